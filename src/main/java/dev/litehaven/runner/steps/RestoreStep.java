package dev.litehaven.runner.steps;

import dev.litehaven.protocol.DatabaseFile;
import dev.litehaven.protocol.Reason;
import dev.litehaven.protocol.RefusedException;
import dev.litehaven.protocol.RestoreReport.TableChange;
import dev.litehaven.protocol.RestoreWork;
import dev.litehaven.runner.backup.BackupReader.ReadBack;
import dev.litehaven.runner.backup.BackupType;
import dev.litehaven.runner.backup.DurableFiles;
import dev.litehaven.runner.backup.DurableFiles.Owner;
import dev.litehaven.runner.restore.RestoreTokens;
import dev.litehaven.runner.restore.RestoreTokens.Carried;
import dev.litehaven.runner.restore.Staged;
import dev.litehaven.runner.restore.StagedFiles;
import dev.litehaven.runner.restore.TableChanges;
import dev.litehaven.runner.steps.Replacement.Changed;
import dev.litehaven.runner.swap.SwapVolume;
import java.io.IOException;
import java.nio.file.Path;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Puts what was fetched for this run in place. What is there is backed up and read back first, and
 * the swap is that of a migration, so that the same run can be rolled back and settled.
 */
final class RestoreStep implements Step {
  @Override
  public Ending run(StepContext context) throws Exception {
    RestoreWork work = context.restore();
    return switch (work.mode()) {
      case IN_PLACE -> inPlace(context, work);
      case EMPTY, IF_ABSENT ->
          throw new RefusedException(Reason.INVALID_REQUEST, "Not in this mode.");
    };
  }

  private static Ending inPlace(StepContext context, RestoreWork work) throws Exception {
    Path directory = Staged.directory(context.root(), context.run());
    var tokens = new RestoreTokens(context.root());
    try (SwapVolume volume = context.openVolume()) {
      var replacement = Replacement.begin(context, volume, BackupType.PRE_RESTORE, true);
      Optional<Ending> earlier = replacement.endedBefore();
      if (earlier.isPresent()) {
        finish(directory);
        return earlier.get();
      }
      Optional<Carried> carried = tokens.find(work.token());
      if (carried.isPresent()) {
        finish(directory);
        return alreadyRestored(carried.get());
      }
      replacement.discardBackup();
      var staged = StagedFiles.read(directory);
      staged.requireSameFiles(context.files());
      Owner owner = Owner.of(context.live(context.firstFile()));
      Ending ending =
          replacement.replace(
              "",
              owner,
              (copies, backup, scratch) -> {
                restore(context, staged, copies);
                tokens.announce(work.token(), carried(context, staged), owner);
                return new Changed(restored(context, staged, backup), true);
              });
      new StoredReports(context.root()).reconcile(volume);
      finish(directory);
      return ending;
    }
  }

  private static void restore(StepContext context, StagedFiles staged, Map<String, Path> copies)
      throws Exception {
    for (Map.Entry<String, Path> copy : copies.entrySet()) {
      context.phase(
          "fill",
          "Filling the copy with the backup's " + copy.getKey(),
          () -> staged.fill(copy.getKey(), copy.getValue()));
      context.interruption().check();
      context.phase(
          "verify",
          "Comparing " + copy.getKey() + " with what was backed up",
          () -> staged.requireContent(copy.getKey(), copy.getValue()));
      context.interruption().check();
    }
  }

  private static Ending.Ended restored(
      StepContext context, StagedFiles staged, Optional<ReadBack> backup) {
    Staged from = staged.staged();
    context.found(TableChanges.report(from, changes(context, staged, backup), true));
    return Ending.succeeded(
        Reason.SUCCEEDED,
        "The database is as the backup "
            + from.backupId()
            + " of "
            + from.createdAt()
            + " has it. "
            + before(backup));
  }

  private static List<TableChange> changes(
      StepContext context, StagedFiles staged, Optional<ReadBack> backup) {
    List<TableChange> changes = new ArrayList<>();
    for (DatabaseFile file : context.files()) {
      changes.addAll(
          TableChanges.byContent(
              file.equals(context.firstFile()) ? "" : file.name() + ".",
              backup.map(made -> made.manifest().file(file.name()).tables()).orElse(List.of()),
              staged.file(file.name()).tables()));
    }
    return changes;
  }

  private static String before(Optional<ReadBack> backup) {
    return backup
        .map(made -> "The state before is the verified backup " + made.manifest().id() + ".")
        .orElse(
            "The state before was too damaged to be backed up; its file stays beside the live one"
                + " (.lh-*.old) until you remove it.");
  }

  private static Carried carried(StepContext context, StagedFiles staged) {
    return new Carried(
        context.run().runId(),
        staged.staged().backupId(),
        DateTimeFormatter.ISO_INSTANT.format(context.now()));
  }

  private static Ending alreadyRestored(Carried carried) {
    return Ending.succeeded(
        Reason.ALREADY_RESTORED,
        "This restore was carried out before, on %s by run %s from the backup %s. Nothing was changed; what was written since is kept."
            .formatted(carried.at(), carried.runId(), carried.backupId()));
  }

  /** What was fetched has done its duty. */
  private static void finish(Path directory) throws IOException {
    DurableFiles.deleteTree(directory);
  }
}
