package dev.litehaven.runner.steps;

import dev.litehaven.protocol.DatabaseFile;
import dev.litehaven.protocol.Reason;
import dev.litehaven.protocol.RefusedException;
import dev.litehaven.protocol.RunnerReport;
import dev.litehaven.protocol.RunnerReport.Outcome;
import dev.litehaven.protocol.SwapReport;
import dev.litehaven.runner.backup.BackupReader.ReadBack;
import dev.litehaven.runner.backup.BackupType;
import dev.litehaven.runner.backup.Companions;
import dev.litehaven.runner.backup.DurableFiles.Owner;
import dev.litehaven.runner.sqlite.ContentHash;
import dev.litehaven.runner.swap.Recovery;
import dev.litehaven.runner.swap.SwapSession;
import dev.litehaven.runner.swap.SwapVolume;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The replacement of a database's files by private copies that something was done to: backed up
 * before, swapped in as one, and from the swap on the journal on the volume says how it ended, also
 * to a later attempt. Up to the swap nothing happens to the live files, and a failure leaves
 * nothing behind.
 */
final class Replacement {
  private final StepContext context;
  private final SwapVolume volume;
  private final StoredReports stored;
  private final BackupType backupType;
  private final boolean evenIfDamaged;

  private Replacement(
      StepContext context,
      SwapVolume volume,
      StoredReports stored,
      BackupType backupType,
      boolean evenIfDamaged) {
    this.context = context;
    this.volume = volume;
    this.stored = stored;
    this.backupType = backupType;
    this.evenIfDamaged = evenIfDamaged;
  }

  /** What is done to the copies between the backup and the swap. */
  interface Change {
    /**
     * @param copies by the names of their files: what is live, and afterwards what is to be; closed
     * @param backup of what is live; empty where that is too damaged for one
     */
    Changed make(Map<String, Path> copies, Optional<ReadBack> backup, Scratch scratch)
        throws Exception;
  }

  /**
   * @param ending how the step ends
   * @param replaces false: the copies are as they were, and nothing is swapped
   * @param contents content hashes of the copies by the names of their files; null: not measured
   */
  record Changed(Step.Ending ending, boolean replaces, Map<String, String> contents) {
    static Changed nothing(Step.Ending ending) {
      return new Changed(ending, false, null);
    }
  }

  /**
   * Ends what an earlier run left half done.
   *
   * @param evenIfDamaged whether a database that cannot be backed up, being damaged, is replaced;
   *     its file then stays beside the live one, since nothing settles it without a backup
   */
  static Replacement begin(
      StepContext context, SwapVolume volume, BackupType backupType, boolean evenIfDamaged)
      throws Exception {
    context.phase("recover", "Looking for unfinished work", () -> Recovery.recover(volume));
    var stored = new StoredReports(context.root());
    stored.reconcile(volume);
    return new Replacement(context, volume, stored, backupType, evenIfDamaged);
  }

  /** A run that was carried out before is not carried out again. */
  Optional<Step.Ending> endedBefore() throws IOException {
    String runId = context.run().runId();
    Optional<SwapReport> swap = volume.report(runId);
    if (swap.isEmpty() || swap.get().state().equals("UNDONE")) {
      return Optional.empty();
    }
    context.found(swap.get());
    if (!swap.get().state().equals("DONE")) {
      return Optional.of(
          new Step.Ending.Ended(
              Outcome.REFUSED,
              Reason.ROLLED_BACK,
              "The run " + runId + " was rolled back before. Use a new run id to try again."));
    }
    Optional<RunnerReport> report = stored.find(runId, context.request().step());
    if (report.isPresent()) {
      return Optional.of(new Step.Ending.Repeated(report.get()));
    }
    Backups.mention(context, List.of(backupType), runId);
    return Optional.of(
        Step.Ending.succeeded(
            Reason.SUCCEEDED,
            "The run " + runId + " is done, as the journal says; its report is gone."));
  }

  /** Whether this run has swapped and was not rolled back. */
  boolean done() throws IOException {
    return volume
        .report(context.run().runId())
        .filter(swap -> swap.state().equals("DONE"))
        .isPresent();
  }

  /** Removes what an earlier attempt backed up that did not replace anything. */
  void discardBackup() throws IOException {
    Backups.discard(context, backupType, context.run().runId());
  }

  /**
   * @param plan kept in the record on the volume
   * @param companions that are backed up with what is live; null: none
   */
  Step.Ending replace(String plan, Owner owner, Companions companions, Change change)
      throws Exception {
    SettleStep.settleEarlier(context, volume);
    try (Scratch scratch = context.scratch(owner);
        SwapSession session =
            context.phase(
                "quiesceAndCopy",
                "Bringing the database to rest and copying it",
                () -> SwapSession.begin(volume, plan, context.files()))) {
      Map<String, Path> copies = new LinkedHashMap<>();
      for (DatabaseFile file : context.files()) {
        copies.put(file.name(), session.copyOf(file.name()));
      }
      Optional<ReadBack> backup = backUp(copies, companions, scratch);
      context.interruption().check();
      Changed changed = change.make(copies, backup, scratch);
      if (!changed.replaces()) {
        session.close();
        discardBackup();
        return changed.ending();
      }
      Map<String, String> contents =
          changed.contents() != null
              ? changed.contents()
              : context.phase(
                  "contentHash", "Hashing the new content", () -> contentHashes(copies));
      context.interruption().check();
      context.phase("seal", "Forcing the new database to disk", session::seal);
      context.phase("hash", "Hashing the old and the new file", session::awaitHashes);
      context.interruption().check();
      var ending = (Step.Ending.Ended) changed.ending();
      context.found(new SwapReport("DONE", "new", false, 0));
      stored.announce(context.report(ending.outcome(), ending.reason(), ending.message()), owner);
      context.found(
          context.phase(
              "swap", "Putting the new database in place", () -> session.commit(contents)));
      keep(ending, owner);
      return ending;
    } catch (Exception e) {
      return afterFailure(e);
    }
  }

  private Optional<ReadBack> backUp(
      Map<String, Path> copies, Companions companions, Scratch scratch) throws Exception {
    context.interruption().check();
    try {
      return Optional.of(
          Backups.makeVerified(
              context, backupType, context.run().runId(), copies, companions, scratch.directory()));
    } catch (RefusedException e) {
      if (!evenIfDamaged || e.reason() != Reason.CORRUPT) {
        throw e;
      }
      context.say("What is live cannot be backed up: " + e.getMessage());
      return Optional.empty();
    }
  }

  /** The swap is done whatever happens here: what was announced before it counts already. */
  private void keep(Step.Ending.Ended ending, Owner owner) {
    try {
      stored.store(context.report(ending.outcome(), ending.reason(), ending.message()), owner);
    } catch (IOException e) {
      context.say("The report was kept as announced: " + e.getMessage());
    }
  }

  /**
   * The journal decides what a failure was: an undone run leaves nothing, a swap that was under way
   * is finished.
   */
  private Step.Ending afterFailure(Exception failure) throws Exception {
    context.found((SwapReport) null);
    SwapReport swap;
    try {
      Recovery.recover(volume);
      swap = volume.report(context.run().runId()).orElse(null);
      stored.reconcile(volume);
    } catch (IOException | RuntimeException e) {
      failure.addSuppressed(e);
      throw failure;
    }
    context.found(swap);
    if (swap != null && swap.state().equals("DONE")) {
      return endedBefore().orElseThrow(() -> failure);
    }
    try {
      discardBackup();
    } catch (IOException e) {
      failure.addSuppressed(e);
    }
    throw failure;
  }

  private static Map<String, String> contentHashes(Map<String, Path> copies) throws SQLException {
    Map<String, String> hashes = new HashMap<>();
    for (Map.Entry<String, Path> copy : copies.entrySet()) {
      hashes.put(copy.getKey(), ContentHash.ofFile(copy.getValue()).hash());
    }
    return hashes;
  }
}
