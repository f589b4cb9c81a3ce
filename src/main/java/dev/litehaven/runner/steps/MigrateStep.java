package dev.litehaven.runner.steps;

import dev.litehaven.protocol.DatabaseFile;
import dev.litehaven.protocol.Destructive;
import dev.litehaven.protocol.MigrationWork;
import dev.litehaven.protocol.PlanReport;
import dev.litehaven.protocol.Reason;
import dev.litehaven.protocol.RefusedException;
import dev.litehaven.protocol.RunnerReport;
import dev.litehaven.protocol.RunnerReport.Outcome;
import dev.litehaven.protocol.RunnerStep;
import dev.litehaven.protocol.SwapReport;
import dev.litehaven.runner.backup.BackupReader.ReadBack;
import dev.litehaven.runner.backup.BackupType;
import dev.litehaven.runner.backup.DurableFiles.Owner;
import dev.litehaven.runner.migrate.MigrationEngine.Applied;
import dev.litehaven.runner.sqlite.ContentHash;
import dev.litehaven.runner.swap.Recovery;
import dev.litehaven.runner.swap.SwapSession;
import dev.litehaven.runner.swap.SwapVolume;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Backs the database up, migrates private copies of its files, verifies them and swaps them in as
 * one. Up to the swap nothing happens to the live files, and a failure leaves nothing behind; from
 * the swap on the journal on the volume says how it ended, also to a later attempt.
 */
final class MigrateStep implements Step {
  @Override
  public Ending run(StepContext context) throws Exception {
    MigrationWork work = context.migration();
    DatabaseFile first = context.firstFile();
    var stored = new StoredReports(context.root());
    try (SwapVolume volume = context.openVolume()) {
      context.phase("recover", "Looking for unfinished work", () -> Recovery.recover(volume));
      stored.reconcile(volume);
      Optional<Ending> earlier = endedBefore(context, volume, stored);
      if (earlier.isPresent()) {
        return earlier.get();
      }
      Backups.discard(context, BackupType.PRE_MIGRATION, context.run().runId());
      var engine = new Engine(context);
      if (nothingPending(context, engine)) {
        return PlanStep.upToDate(null);
      }
      SettleStep.settleEarlier(context, volume);
      Owner owner = Owner.of(context.live(first));
      try (Scratch scratch = context.scratch(owner)) {
        return replace(context, volume, stored, engine, work, scratch, owner);
      }
    }
  }

  /** A run that was carried out before is not carried out again. */
  private static Optional<Ending> endedBefore(
      StepContext context, SwapVolume volume, StoredReports stored) throws IOException {
    String runId = context.run().runId();
    Optional<SwapReport> swap = volume.report(runId);
    if (swap.isEmpty() || swap.get().state().equals("UNDONE")) {
      return Optional.empty();
    }
    context.found(swap.get());
    if (!swap.get().state().equals("DONE")) {
      return Optional.of(
          new Ending.Ended(
              Outcome.REFUSED,
              Reason.ROLLED_BACK,
              "The run " + runId + " was rolled back before. Use a new run id to try again."));
    }
    Optional<RunnerReport> report = stored.find(runId, RunnerStep.MIGRATE);
    if (report.isPresent()) {
      return Optional.of(new Ending.Repeated(report.get()));
    }
    Backups.mention(context, BackupType.PRE_MIGRATION, runId);
    return Optional.of(
        Ending.succeeded(
            Reason.SUCCEEDED,
            "The run " + runId + " is done, as the journal says; its report is gone."));
  }

  /**
   * Saves a copy and a backup where the history alone says that there is nothing to do. A database
   * that cannot be read without recovering it first is looked at later, in the copy.
   */
  private static boolean nothingPending(StepContext context, Engine engine) throws Exception {
    Path live = context.live(context.firstFile());
    if (!Files.isRegularFile(live, LinkOption.NOFOLLOW_LINKS)) {
      return false; // refused when the swap looks at it
    }
    try {
      return context.phase("pending", "Reading the history", () -> engine.nothingPending(live));
    } catch (SQLException | IOException e) {
      return false;
    }
  }

  private static Ending replace(
      StepContext context,
      SwapVolume volume,
      StoredReports stored,
      Engine engine,
      MigrationWork work,
      Scratch scratch,
      Owner owner)
      throws Exception {
    String plan = work.expectedPlanHash() == null ? "" : work.expectedPlanHash();
    try (SwapSession session =
        context.phase(
            "quiesceAndCopy",
            "Bringing the database to rest and copying it",
            () -> SwapSession.begin(volume, plan, context.files()))) {
      Map<String, Path> copies = new LinkedHashMap<>();
      for (DatabaseFile file : context.files()) {
        copies.put(file.name(), session.copyOf(file.name()));
      }
      ReadBack backup = backUp(context, copies, scratch);
      context.interruption().check();
      Applied applied = engine.apply(copies, backup.restored());
      if (applied.nothingToDo()) {
        session.close();
        discard(context);
        return PlanStep.upToDate(applied.plan());
      }
      requireApproved(work, applied.plan());
      Map<String, String> contents =
          context.phase("contentHash", "Hashing the new content", () -> contentHashes(copies));
      context.interruption().check();
      context.phase("seal", "Forcing the new database to disk", session::seal);
      context.phase("hash", "Hashing the old and the new file", session::awaitHashes);
      context.interruption().check();
      Ending.Ended ending = migrated(applied.plan(), backup);
      context.found(new SwapReport("DONE", "new", false, 0));
      stored.announce(context.report(ending.outcome(), ending.reason(), ending.message()), owner);
      context.found(
          context.phase(
              "swap", "Putting the new database in place", () -> session.commit(contents)));
      keep(context, stored, ending, owner);
      return ending;
    } catch (Exception e) {
      return afterFailure(context, volume, stored, e);
    }
  }

  private static ReadBack backUp(StepContext context, Map<String, Path> copies, Scratch scratch)
      throws Exception {
    context.interruption().check();
    return Backups.makeVerified(
        context, BackupType.PRE_MIGRATION, context.run().runId(), copies, scratch.directory());
  }

  /** Where approval is asked for, it is given by naming the plan, and by nothing else. */
  private static void requireApproved(MigrationWork work, PlanReport plan) {
    if (work.destructive() == Destructive.REQUIRE_APPROVAL
        && work.expectedPlanHash() == null
        && Engine.destructive(plan)) {
      throw new RefusedException(
          Reason.DESTRUCTIVE_CHANGE,
          "The migration would lose or change data and needs approval. Nothing was changed. Look at"
              + " the findings and approve the plan "
              + plan.planHash()
              + ".");
    }
  }

  private static Ending.Ended migrated(PlanReport plan, ReadBack backup) {
    return Ending.succeeded(
        Reason.SUCCEEDED,
        "The database is at version "
            + plan.versionAfter()
            + ". The state before is the verified backup "
            + backup.manifest().id()
            + ".");
  }

  /** The swap is done whatever happens here: what was announced before it counts already. */
  private static void keep(
      StepContext context, StoredReports stored, Ending.Ended ending, Owner owner) {
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
  private static Ending afterFailure(
      StepContext context, SwapVolume volume, StoredReports stored, Exception failure)
      throws Exception {
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
      return endedBefore(context, volume, stored).orElseThrow(() -> failure);
    }
    try {
      discard(context);
    } catch (IOException e) {
      failure.addSuppressed(e);
    }
    throw failure;
  }

  private static void discard(StepContext context) throws IOException {
    Backups.discard(context, BackupType.PRE_MIGRATION, context.run().runId());
  }

  private static Map<String, String> contentHashes(Map<String, Path> copies) throws SQLException {
    Map<String, String> hashes = new HashMap<>();
    for (Map.Entry<String, Path> copy : copies.entrySet()) {
      hashes.put(copy.getKey(), ContentHash.ofFile(copy.getValue()).hash());
    }
    return hashes;
  }
}
