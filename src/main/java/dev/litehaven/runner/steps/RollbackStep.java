package dev.litehaven.runner.steps;

import dev.litehaven.protocol.DatabaseFile;
import dev.litehaven.protocol.Reason;
import dev.litehaven.protocol.RefusedException;
import dev.litehaven.protocol.RunnerReport;
import dev.litehaven.protocol.RunnerReport.Outcome;
import dev.litehaven.protocol.RunnerStep;
import dev.litehaven.protocol.SwapReport;
import dev.litehaven.runner.backup.BackupReader.ReadBack;
import dev.litehaven.runner.backup.BackupType;
import dev.litehaven.runner.backup.DurableFiles.Owner;
import dev.litehaven.runner.restore.CompanionFiles;
import dev.litehaven.runner.sqlite.ContentHash;
import dev.litehaven.runner.sqlite.LiveCut;
import dev.litehaven.runner.swap.Recovery;
import dev.litehaven.runner.swap.Rollback;
import dev.litehaven.runner.swap.SwapVolume;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Puts the database of before the named run back, all its files. The state that goes is backed up
 * and read back first, and stays on the volume beside the live file until it is settled.
 */
final class RollbackStep implements Step {
  @Override
  public Ending run(StepContext context) throws Exception {
    String runId = context.targetRun();
    var stored = new StoredReports(context.root());
    try (SwapVolume volume = context.openVolume()) {
      context.phase("recover", "Looking for unfinished work", () -> Recovery.recover(volume));
      stored.reconcile(volume);
      Optional<Ending> before = ended(context, volume, stored, runId);
      Ending ending = before.isPresent() ? before.get() : rollBack(context, volume, stored, runId);
      if (volume.report(runId).filter(swap -> swap.state().equals("ROLLED_BACK")).isPresent()) {
        new CompanionFiles(context.root(), runId).putBack();
      }
      return ending;
    }
  }

  private static Optional<Ending> ended(
      StepContext context, SwapVolume volume, StoredReports stored, String runId)
      throws IOException {
    SwapReport swap =
        volume
            .report(runId)
            .orElseThrow(
                () ->
                    new RefusedException(
                        Reason.INVALID_REQUEST,
                        "The volume knows of no run "
                            + runId
                            + ", so there is nothing to put back."
                            + " Name a run that swapped here, or restore a backup."));
    context.found(swap);
    if (BackFromBackup.done(context, volume)) {
      Backups.mention(context, List.of(BackupType.FAILED_STATE), context.run().runId());
      context.found(new SwapReport("ROLLED_BACK", "old", false, -1));
      return Optional.of(rolledBack(runId));
    }
    if (swap.state().equals("UNDONE")) {
      return Optional.of(
          Ending.succeeded(
              Reason.ROLLED_BACK,
              "The run " + runId + " never replaced the database: the old one is in place."));
    }
    if (!swap.state().equals("ROLLED_BACK")) {
      return Optional.empty();
    }
    Optional<RunnerReport> earlier = stored.find(runId, RunnerStep.ROLLBACK);
    if (earlier.isPresent()) {
      return Optional.of(new Ending.Repeated(earlier.get()));
    }
    Backups.mention(context, List.of(BackupType.FAILED_STATE), runId);
    return Optional.of(rolledBack(runId));
  }

  private static Ending rollBack(
      StepContext context, SwapVolume volume, StoredReports stored, String runId) throws Exception {
    requireAllFiles(context, volume.paths(runId), runId);
    if (volume.settled(runId) && !runId.equals(context.run().runId())) {
      return BackFromBackup.restore(context, volume, runId)
          ? rolledBack(runId)
          : needsDecision(
              context,
              runId,
              "Since run %s something was written that its backup of before does not have. Nothing was changed. Roll back by force to give that up (it stays in a backup of type FailedState), or migrate forward."
                  .formatted(runId));
    }
    Owner owner = Owner.of(context.live(context.firstFile()));
    Map<String, Stamp> stamps = new HashMap<>();
    for (DatabaseFile file : context.files()) {
      stamps.put(file.name(), Stamp.of(context.live(file)));
    }
    Optional<ReadBack> backup = backUpFailedState(context, runId, owner);
    SwapReport swap;
    try {
      context.interruption().check();
      swap =
          context.phase(
              "rollback",
              "Putting the database of before run " + runId + " back",
              () ->
                  Rollback.rollback(
                      volume, runId, context.request().force(), RollbackStep::contentHash));
    } catch (RefusedException e) {
      Backups.discard(context, BackupType.FAILED_STATE, runId);
      if (e.reason() != Reason.ROLLBACK_NEEDS_DECISION) {
        throw e;
      }
      return needsDecision(context, runId, e.getMessage() + ".");
    } catch (Exception e) {
      Backups.discard(context, BackupType.FAILED_STATE, runId);
      throw e;
    }
    context.found(swap);
    if (!swap.state().equals("ROLLED_BACK")) {
      Backups.discard(context, BackupType.FAILED_STATE, runId);
      return needsDecision(
          context,
          runId,
          "The new database was written to while it was to be put back, so it stays. Decide"
              + " whether to give those rows up, or migrate forward.");
    }
    if (backup.isPresent()) {
      renewIfOutdated(context, volume, runId, stamps, backup.get(), owner);
    }
    Ending.Ended ending = rolledBack(runId);
    stored.store(
        StoredReports.as(
            runId, context.report(ending.outcome(), ending.reason(), ending.message())),
        owner);
    return ending;
  }

  /** With the number of rows that are at stake, where it can be told. */
  private static Ending needsDecision(StepContext context, String runId, String message)
      throws Exception {
    Optional<RowsSince> since =
        context.phase(
            "count",
            "Counting the rows since run " + runId,
            () -> RowsSince.count(context.root(), runId, context.files()));
    context.found(new SwapReport("DONE", "new", true, since.map(RowsSince::rows).orElse(-1L)));
    return new Ending.Ended(
        Outcome.NEEDS_DECISION,
        Reason.ROLLBACK_NEEDS_DECISION,
        since.map(rows -> rows.sentence() + " ").orElse("") + message);
  }

  /** All go back, whatever is named; so all must be in the backup of the state that goes. */
  private static void requireAllFiles(StepContext context, List<String> replaced, String runId) {
    Set<String> named = new HashSet<>();
    context.files().forEach(file -> named.add(file.path()));
    if (!named.equals(Set.copyOf(replaced))) {
      throw new RefusedException(
          Reason.INVALID_REQUEST,
          "Run "
              + runId
              + " replaced "
              + String.join(", ", replaced)
              + " as one, and "
              + context.paths()
              + " is to be put back. Nothing was changed. Name exactly the files that it replaced.");
    }
  }

  /** Empty when the failed state cannot be read and its loss as a backup is accepted. */
  private static Optional<ReadBack> backUpFailedState(
      StepContext context, String runId, Owner owner) throws Exception {
    Backups.discard(context, BackupType.FAILED_STATE, runId);
    try (Scratch scratch = context.scratch(owner)) {
      Map<String, Path> copies =
          context.phase(
              "copy",
              "Copying the state that goes",
              () -> Copies.copy(context, scratch, LiveCut::copyStopped));
      return Optional.of(
          Backups.makeVerified(
              context, BackupType.FAILED_STATE, runId, copies, scratch.directory()));
    } catch (RefusedException e) {
      boolean unreadable = e.reason() == Reason.CORRUPT || e.reason() == Reason.NOT_A_DATABASE;
      if (unreadable && context.request().force()) {
        return Optional.empty();
      }
      throw unreadable
          ? new RefusedException(
              e.reason(),
              e.getMessage()
                  + " No verified backup can be made of it. Rolling back by force keeps its bytes"
                  + " beside the live file only.",
              e)
          : e;
    }
  }

  /** Backs up what the rollback kept when somebody wrote between the copy and the lease. */
  private static void renewIfOutdated(
      StepContext context,
      SwapVolume volume,
      String runId,
      Map<String, Stamp> stamps,
      ReadBack backup,
      Owner owner)
      throws Exception {
    Map<String, Path> kept = new HashMap<>();
    boolean outdated = false;
    for (DatabaseFile file : context.files()) {
      Optional<Path> failed = volume.failedFile(runId, file.name());
      if (failed.isEmpty()) {
        return;
      }
      kept.put(file.name(), failed.get());
      outdated |=
          !Stamp.of(failed.get()).equals(stamps.get(file.name()))
              && !contentHash(failed.get())
                  .equals(backup.manifest().file(file.name()).contentHash());
    }
    if (!outdated) {
      return;
    }
    Backups.discard(context, BackupType.FAILED_STATE, runId);
    try (Scratch scratch = context.scratch(owner)) {
      Backups.makeVerified(context, BackupType.FAILED_STATE, runId, kept, scratch.directory());
    }
  }

  private static Ending.Ended rolledBack(String runId) {
    return new Ending.Ended(
        Outcome.SUCCEEDED,
        Reason.ROLLED_BACK,
        "The database of before run "
            + runId
            + " is in place again, whole. The state that went is kept.");
  }

  private static String contentHash(Path database) throws IOException {
    try {
      return ContentHash.ofFile(database).hash();
    } catch (SQLException e) {
      throw new IOException(e);
    }
  }

  /** What changes with every write that reaches the file. */
  private record Stamp(long size, FileTime modified) {
    static Stamp of(Path file) throws IOException {
      return new Stamp(Files.size(file), Files.getLastModifiedTime(file));
    }
  }
}
