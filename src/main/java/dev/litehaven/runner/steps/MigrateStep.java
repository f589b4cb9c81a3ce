package dev.litehaven.runner.steps;

import dev.litehaven.protocol.Destructive;
import dev.litehaven.protocol.MigrationWork;
import dev.litehaven.protocol.PlanReport;
import dev.litehaven.protocol.Reason;
import dev.litehaven.protocol.RefusedException;
import dev.litehaven.runner.backup.BackupReader.ReadBack;
import dev.litehaven.runner.backup.BackupType;
import dev.litehaven.runner.backup.DurableFiles.Owner;
import dev.litehaven.runner.migrate.MigrationEngine.Applied;
import dev.litehaven.runner.steps.Replacement.Changed;
import dev.litehaven.runner.swap.SwapVolume;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.Map;
import java.util.Optional;

/**
 * Backs the database up, migrates private copies of its files, verifies them and swaps them in as
 * one.
 */
final class MigrateStep implements Step {
  @Override
  public Ending run(StepContext context) throws Exception {
    MigrationWork work = context.migration();
    try (SwapVolume volume = context.openVolume()) {
      var replacement = Replacement.begin(context, volume, BackupType.PRE_MIGRATION, false);
      Optional<Ending> earlier = replacement.endedBefore();
      if (earlier.isPresent()) {
        return earlier.get();
      }
      replacement.discardBackup();
      var engine = new Engine(context);
      if (nothingPending(context, engine)) {
        return PlanStep.upToDate(null);
      }
      return replacement.replace(
          work.expectedPlanHash() == null ? "" : work.expectedPlanHash(),
          Owner.of(context.live(context.firstFile())),
          null,
          (copies, backup, scratch) -> migrate(engine, work, copies, backup.orElseThrow()));
    }
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

  private static Changed migrate(
      Engine engine, MigrationWork work, Map<String, Path> copies, ReadBack backup)
      throws IOException {
    Applied applied = engine.apply(copies, backup.restored());
    if (applied.nothingToDo()) {
      return Changed.nothing(PlanStep.upToDate(applied.plan()));
    }
    requireApproved(work, applied.plan());
    return new Changed(migrated(applied.plan(), backup), true, null);
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
}
