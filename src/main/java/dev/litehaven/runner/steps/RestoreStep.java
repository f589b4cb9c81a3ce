package dev.litehaven.runner.steps;

import dev.litehaven.protocol.DatabaseFile;
import dev.litehaven.protocol.Reason;
import dev.litehaven.protocol.RefusedException;
import dev.litehaven.protocol.RestoreReport.TableChange;
import dev.litehaven.protocol.RestoreWork;
import dev.litehaven.runner.backup.BackupManifest.Table;
import dev.litehaven.runner.backup.BackupReader.ReadBack;
import dev.litehaven.runner.backup.BackupType;
import dev.litehaven.runner.backup.Companions;
import dev.litehaven.runner.backup.DurableFiles.Owner;
import dev.litehaven.runner.restore.CompanionFiles;
import dev.litehaven.runner.restore.RestoreEngine;
import dev.litehaven.runner.restore.RestoreTokens;
import dev.litehaven.runner.restore.RestoreTokens.Carried;
import dev.litehaven.runner.restore.Staged;
import dev.litehaven.runner.restore.StagedFiles;
import dev.litehaven.runner.restore.TableChanges;
import dev.litehaven.runner.sqlite.ContentHash.DatabaseHash;
import dev.litehaven.runner.steps.Replacement.Changed;
import dev.litehaven.runner.swap.SwapVolume;
import java.nio.file.Path;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Puts what was fetched for this run in place, all of it or some tables, or says what that would
 * change. What is there is backed up and read back first, and the swap is that of a migration, so
 * that the same run can be rolled back and settled.
 */
final class RestoreStep implements Step {
  @Override
  public Ending run(StepContext context) throws Exception {
    RestoreWork work = context.restore();
    if (work.dryRun()) {
      return new RestoreRehearsal(context, work).run();
    }
    return switch (work.mode()) {
      case IN_PLACE -> inPlace(context, work);
      case EMPTY, IF_ABSENT -> new RestoreIntoEmpty(context, work).run();
    };
  }

  private static Ending inPlace(StepContext context, RestoreWork work) throws Exception {
    Path root = context.root();
    var tokens = new RestoreTokens(root);
    var beside = new CompanionFiles(root, context.run());
    try (SwapVolume volume = context.openVolume()) {
      var replacement = Replacement.begin(context, volume, BackupType.PRE_RESTORE, true);
      Optional<Ending> earlier = replacement.endedBefore();
      if (earlier.isPresent()) {
        if (replacement.done()) {
          // An earlier attempt may have come to an end between the swap and this.
          beside.putInPlace(Owner.of(context.live(context.firstFile())), false);
        }
        beside.finish();
        return earlier.get();
      }
      Optional<Carried> carried = tokens.find(work.token());
      if (carried.isPresent()) {
        beside.settle();
        return alreadyRestored(carried.get());
      }
      replacement.discardBackup();
      var staged = StagedFiles.read(Staged.directory(root, context.run()));
      staged.requireSameFiles(context.files());
      Owner owner = Owner.of(context.live(context.firstFile()));
      Ending ending =
          replacement.replace(
              "",
              owner,
              unpack(context, beside, staged.staged(), owner),
              (copies, backup, scratch) -> {
                Map<String, DatabaseHash> contents =
                    restore(context, staged, copies, backup, scratch);
                tokens.announce(work.token(), carried(context, staged.staged()), owner);
                return new Changed(
                    restored(context, staged.staged(), backup, contents), true, hashes(contents));
              });
      new StoredReports(root).reconcile(volume);
      beside.putInPlace(owner, false);
      beside.finish();
      return ending;
    }
  }

  /** Companion files come back with all of the database only. Answers with those of now. */
  private static Companions unpack(
      StepContext context, CompanionFiles beside, Staged staged, Owner owner) throws Exception {
    if (context.restore().selective()) {
      return null;
    }
    Set<Path> coming =
        context.phase(
            "unpack",
            "Unpacking the files beside the database",
            () -> beside.unpack(staged, context.files(), owner));
    Companions present =
        Companions.find(
                context.root(),
                context.backups().include(),
                context.files().stream().map(DatabaseFile::path).toList())
            .and(coming);
    return present.isEmpty() ? null : present;
  }

  private static Map<String, DatabaseHash> restore(
      StepContext context,
      StagedFiles staged,
      Map<String, Path> copies,
      Optional<ReadBack> backup,
      Scratch scratch)
      throws Exception {
    RestoreEngine engine = engine(context, staged);
    return context.phase(
        "restore",
        "Restoring the copy",
        () -> {
          if (!context.restore().selective()) {
            return engine.whole(copies, scratch.directory());
          }
          ReadBack made =
              backup.orElseThrow(
                  () ->
                      new RefusedException(
                          Reason.CORRUPT,
                          "The database is damaged, so its other tables cannot be kept as they are."
                              + " Nothing was changed. Restore all of it."));
          Map<String, List<Table>> before = new HashMap<>();
          made.manifest().files().forEach(file -> before.put(file.name(), file.tables()));
          return engine.selected(copies, made.restored(), before);
        });
  }

  /** Says what it does, and stops between two things when the end is asked for. */
  static RestoreEngine engine(StepContext context, StagedFiles staged) {
    var engine =
        new RestoreEngine(
            staged,
            context.restore(),
            what -> {
              context.interruption().check();
              context.say("Restoring the copy: " + what);
            });
    context.interruption().onRequest(engine::cancel);
    return engine;
  }

  private static Ending.Ended restored(
      StepContext context,
      Staged staged,
      Optional<ReadBack> backup,
      Map<String, DatabaseHash> contents) {
    List<TableChange> changes = new ArrayList<>();
    for (DatabaseFile file : context.files()) {
      changes.addAll(
          TableChanges.byContent(
              prefix(context, file),
              backup.map(made -> made.manifest().file(file.name()).tables()).orElse(List.of()),
              TableChanges.tables(contents.get(file.name()))));
    }
    context.found(TableChanges.report(staged, changes, true));
    return Ending.succeeded(
        Reason.SUCCEEDED,
        "%s as the backup %s of %s has %s. %s"
            .formatted(
                context.restore().selective() ? "The selected tables are" : "The database is",
                staged.backupId(),
                staged.createdAt(),
                context.restore().selective() ? "them" : "it",
                before(backup)));
  }

  /** Before the names of a file's tables in reports. */
  static String prefix(StepContext context, DatabaseFile file) {
    return file.equals(context.firstFile()) ? "" : file.name() + ".";
  }

  private static String before(Optional<ReadBack> backup) {
    return backup
        .map(made -> "The state before is the verified backup " + made.manifest().id() + ".")
        .orElse(
            "The state before was too damaged to be backed up; its file stays beside the live one"
                + " (.lh-*.old) until you remove it.");
  }

  static Map<String, String> hashes(Map<String, DatabaseHash> contents) {
    Map<String, String> hashes = new HashMap<>();
    contents.forEach((file, content) -> hashes.put(file, content.hash()));
    return hashes;
  }

  static Carried carried(StepContext context, Staged staged) {
    return new Carried(
        context.run().runId(),
        staged.backupId(),
        DateTimeFormatter.ISO_INSTANT.format(context.now()));
  }

  static Ending alreadyRestored(Carried carried) {
    return Ending.succeeded(
        Reason.ALREADY_RESTORED,
        "This restore was carried out before, on %s by run %s from the backup %s. Nothing was changed; what was written since is kept."
            .formatted(carried.at(), carried.runId(), carried.backupId()));
  }
}
