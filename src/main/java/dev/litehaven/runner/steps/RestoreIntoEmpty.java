package dev.litehaven.runner.steps;

import dev.litehaven.protocol.DatabaseFile;
import dev.litehaven.protocol.Reason;
import dev.litehaven.protocol.RefusedException;
import dev.litehaven.protocol.RestoreReport.TableChange;
import dev.litehaven.protocol.RestoreWork;
import dev.litehaven.protocol.RestoreWork.Mode;
import dev.litehaven.protocol.RunnerReport;
import dev.litehaven.protocol.RunnerStep;
import dev.litehaven.protocol.SwapReport;
import dev.litehaven.runner.backup.DurableFiles.Owner;
import dev.litehaven.runner.restore.CompanionFiles;
import dev.litehaven.runner.restore.RestoreEngine;
import dev.litehaven.runner.restore.RestoreTokens;
import dev.litehaven.runner.restore.Staged;
import dev.litehaven.runner.restore.StagedFiles;
import dev.litehaven.runner.restore.TableChanges;
import dev.litehaven.runner.sqlite.ContentHash.DatabaseHash;
import dev.litehaven.runner.swap.Placement;
import dev.litehaven.runner.swap.Recovery;
import dev.litehaven.runner.swap.SwapVolume;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A restore to where no database is: all files of it appear, or none. */
final class RestoreIntoEmpty {
  private final StepContext context;
  private final RestoreWork work;

  /**
   * @throws RefusedException {@link Reason#INVALID_REQUEST} some tables only are asked for
   */
  RestoreIntoEmpty(StepContext context, RestoreWork work) {
    if (work.selective()) {
      throw new RefusedException(
          Reason.INVALID_REQUEST,
          "Selected tables can only be restored into a database that is there. Restore in place, or"
              + " all of it.");
    }
    this.context = context;
    this.work = work;
  }

  Step.Ending run() throws Exception {
    Path root = context.root();
    var beside = new CompanionFiles(root, context.run());
    try (SwapVolume volume = context.openVolume()) {
      context.phase("recover", "Looking for unfinished work", () -> Recovery.recover(volume));
      var stored = new StoredReports(root);
      stored.reconcile(volume);
      Optional<Step.Ending> earlier = endedBefore(volume, stored);
      if (earlier.isPresent()) {
        beside.putInPlace(Owner.within(root), true);
      } else {
        earlier = new RestoreTokens(root).find(work.token()).map(RestoreStep::alreadyRestored);
      }
      if (earlier.isEmpty() && work.mode() == Mode.IF_ABSENT) {
        earlier = thereAlready();
      }
      if (earlier.isPresent()) {
        beside.settle();
        return earlier.get();
      }
      var staged = StagedFiles.read(Staged.directory(root, context.run()));
      staged.requireSameFiles(context.files());
      if (work.transform().isEmpty()) {
        // Nobody has looked through these for what a transformation takes out of the database.
        beside.unpack(staged.staged(), context.files(), Owner.within(root));
      }
      Step.Ending ending = place(volume, stored, staged);
      beside.putInPlace(Owner.within(root), true);
      beside.settle();
      return ending;
    }
  }

  private Optional<Step.Ending> endedBefore(SwapVolume volume, StoredReports stored)
      throws IOException {
    String runId = context.run().runId();
    Optional<SwapReport> placed =
        volume.report(runId).filter(report -> report.state().equals("DONE"));
    if (placed.isEmpty()) {
      return Optional.empty();
    }
    context.found(placed.get());
    Optional<RunnerReport> report = stored.find(runId, RunnerStep.RESTORE);
    return Optional.of(
        report.isPresent()
            ? new Step.Ending.Repeated(report.get())
            : Step.Ending.succeeded(
                Reason.SUCCEEDED,
                "The run " + runId + " is done, as the journal says; its report is gone."));
  }

  /** A part of a database is neither there nor absent: that is for {@link Placement} to refuse. */
  private Optional<Step.Ending> thereAlready() throws IOException {
    for (DatabaseFile file : context.files()) {
      if (!Files.exists(context.live(file), LinkOption.NOFOLLOW_LINKS)) {
        return Optional.empty();
      }
    }
    return Optional.of(
        Step.Ending.succeeded(
            Reason.UNCHANGED,
            "There is a database already (" + context.paths() + "), and it stays as it is."));
  }

  private Step.Ending place(SwapVolume volume, StoredReports stored, StagedFiles staged)
      throws Exception {
    Owner owner = Owner.within(context.root());
    try (Scratch scratch = context.scratch(owner);
        Placement placement = Placement.begin(volume, context.files())) {
      Map<String, Path> copies = new LinkedHashMap<>();
      for (DatabaseFile file : context.files()) {
        copies.put(file.name(), placement.copyOf(file.name()));
      }
      RestoreEngine engine = RestoreStep.engine(context, staged);
      Map<String, DatabaseHash> contents =
          context.phase(
              "restore", "Restoring a new file", () -> engine.whole(copies, scratch.directory()));
      context.interruption().check();
      new RestoreTokens(context.root())
          .announce(work.token(), RestoreStep.carried(context, staged.staged()), owner);
      Step.Ending.Ended ending = placed(staged.staged(), contents);
      context.found(new SwapReport("DONE", "new", false, 0));
      stored.announce(context.report(ending.outcome(), ending.reason(), ending.message()), owner);
      context.found(
          context.phase(
              "place",
              "Putting the new database in place",
              () -> placement.commit(RestoreStep.hashes(contents))));
      stored.store(context.report(ending.outcome(), ending.reason(), ending.message()), owner);
      stored.reconcile(volume);
      return ending;
    } catch (Exception e) {
      return afterFailure(volume, stored, e);
    }
  }

  /** The journal decides what a failure was. */
  private Step.Ending afterFailure(SwapVolume volume, StoredReports stored, Exception failure)
      throws Exception {
    context.found((SwapReport) null);
    try {
      Recovery.recover(volume);
      stored.reconcile(volume);
      return endedBefore(volume, stored).orElseThrow(() -> failure);
    } catch (IOException | RuntimeException e) {
      if (e != failure) {
        failure.addSuppressed(e);
      }
      throw failure;
    }
  }

  private Step.Ending.Ended placed(Staged staged, Map<String, DatabaseHash> contents) {
    List<TableChange> changes = new ArrayList<>();
    for (DatabaseFile file : context.files()) {
      changes.addAll(
          TableChanges.byContent(
              RestoreStep.prefix(context, file),
              List.of(),
              TableChanges.tables(contents.get(file.name()))));
    }
    context.found(TableChanges.report(staged, changes, true));
    return Step.Ending.succeeded(
        Reason.SUCCEEDED,
        "The database was made from the backup %s of %s%s. Nothing was there before."
            .formatted(
                staged.backupId(),
                staged.createdAt(),
                work.transform().isEmpty() ? "" : ", transformed"));
  }

  /** What {@link #run} would do now; the scripts are run on scratch copies. */
  Step.Ending rehearse(StagedFiles staged) throws Exception {
    Optional<Step.Ending> there = thereAlready();
    if (there.isPresent() && work.mode() == Mode.IF_ABSENT) {
      return there.get();
    }
    for (DatabaseFile file : context.files()) {
      if (Files.exists(context.live(file), LinkOption.NOFOLLOW_LINKS)) {
        throw new RefusedException(
            Reason.TARGET_NOT_EMPTY,
            context.live(file) + " is there already, and only an empty place is filled.");
      }
    }
    try (Scratch scratch = context.scratch(Owner.within(context.root()))) {
      Map<String, Path> copies = new LinkedHashMap<>();
      for (DatabaseFile file : context.files()) {
        copies.put(file.name(), Files.createFile(scratch.file("restored-" + file.name() + ".db")));
      }
      RestoreEngine engine = RestoreStep.engine(context, staged);
      Map<String, DatabaseHash> contents =
          context.phase(
              "restore", "Restoring a copy", () -> engine.whole(copies, scratch.directory()));
      List<TableChange> changes = new ArrayList<>();
      for (DatabaseFile file : context.files()) {
        contents
            .get(file.name())
            .tables()
            .forEach(
                table ->
                    changes.add(
                        new TableChange(
                            RestoreStep.prefix(context, file) + table.table(),
                            -1,
                            table.rows(),
                            table.rows(),
                            0,
                            0)));
      }
      context.found(TableChanges.report(staged.staged(), changes, false));
      return Step.Ending.succeeded(
          Reason.DRY_RUN,
          "The restore of the backup %s of %s would make a database of %d tables. Nothing was touched."
              .formatted(staged.staged().backupId(), staged.staged().createdAt(), changes.size()));
    }
  }
}
