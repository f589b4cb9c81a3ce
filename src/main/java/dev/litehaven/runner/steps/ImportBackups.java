package dev.litehaven.runner.steps;

import dev.litehaven.protocol.BackupRecord;
import dev.litehaven.protocol.Reason;
import dev.litehaven.protocol.RefusedException;
import dev.litehaven.protocol.Sha256;
import dev.litehaven.runner.backup.BackupReader;
import dev.litehaven.runner.backup.BackupReader.Depth;
import dev.litehaven.runner.backup.BackupReader.ReadBack;
import dev.litehaven.runner.backup.BackupType;
import dev.litehaven.runner.backup.Contents;
import dev.litehaven.runner.backup.DurableFiles;
import dev.litehaven.runner.backup.DurableFiles.Owner;
import dev.litehaven.runner.backup.FileBackup;
import dev.litehaven.runner.imports.ImportSource;
import dev.litehaven.runner.imports.ImportSource.Restored;
import dev.litehaven.runner.imports.ImportedFile;
import dev.litehaven.runner.store.BackupStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Makes backups of what other tools have backed up: each source becomes one, of the instant that it
 * is from. A source that was imported before is left at that, so a second time changes nothing; one
 * that cannot be relied on does not keep the others from being imported.
 */
public final class ImportBackups implements Step {
  private static final int HASH_DIGITS = 12;

  private final List<Path> sources;
  private final Instant createdAt;
  private final List<BackupRecord> done = new ArrayList<>();
  private final List<String> warnings = new ArrayList<>();
  private final List<RefusedException> failures = new ArrayList<>();
  private int known;

  /**
   * @param createdAt of the one source; null: what the sources say
   */
  public ImportBackups(List<Path> sources, Instant createdAt) {
    this.sources = List.copyOf(sources);
    this.createdAt = createdAt;
  }

  /** Whether something that was imported is not all of its source. */
  public boolean warns() {
    return !warnings.isEmpty();
  }

  @Override
  public Ending run(StepContext context) throws Exception {
    if (context.files().size() > 1) {
      throw new RefusedException(
          Reason.INVALID_REQUEST,
          "What is imported is one file, and the database has "
              + context.files().size()
              + ": nobody knows that several sources are of one instant. Nothing was imported.");
    }
    if (createdAt != null && sources.size() > 1) {
      throw new RefusedException(
          Reason.INVALID_REQUEST,
          "--created-at is the time of one source. Import those whose time it is one by one.");
    }
    Path live = context.live(context.firstFile());
    Owner owner = Files.exists(live) ? Owner.of(live) : Owner.within(context.root());
    try (BackupStore store = Places.of(context, owner);
        Scratch scratch = context.scratch(owner)) {
      requireWritable(context, store);
      for (Path source : sources) {
        context.interruption().check();
        Path own = Files.createDirectory(scratch.file("source"));
        try {
          one(context, store, source, own);
        } finally {
          DurableFiles.deleteTree(own);
        }
      }
    }
    return ending();
  }

  /** Before a large source is unpacked for nothing. */
  private static void requireWritable(StepContext context, BackupStore store) {
    String key = context.firstFile().name() + "/.import-" + context.run().runId();
    try {
      store.replace(key, new byte[0]);
      store.delete(key);
    } catch (IOException e) {
      Failures.Failure seen = Failures.of(e);
      throw new RefusedException(
          seen.reason() == Reason.RUNNER_FAILED ? Reason.BACKUP_FAILED : seen.reason(),
          "Backups cannot be written to %s (%s). Nothing was imported. Name with --backup-dir a directory that this user may write to."
              .formatted(store.describe(""), e),
          e);
    }
  }

  /** Read and checked, and not yet a backup. */
  private record Sound(Restored restored, Contents contents) {}

  private void one(StepContext context, BackupStore store, Path source, Path scratch)
      throws Exception {
    Sound sound;
    try {
      sound = read(context, source, scratch);
    } catch (RefusedException e) {
      if (!aboutTheSource(e.reason())) {
        throw e;
      }
      context.say("error: " + e.getMessage());
      failures.add(e);
      return;
    }
    for (String warning : sound.restored().warnings()) {
      context.say("warning: " + warning);
      warnings.add(warning);
    }
    keep(context, store, source, sound, scratch);
  }

  private Sound read(StepContext context, Path source, Path scratch) throws Exception {
    Restored restored =
        context.phase("read", "Reading " + source, () -> ImportSource.of(source).restore(scratch));
    requirePast(context.now(), takenAt(restored), source);
    return context.phase(
        "check",
        "Checking what is in " + source,
        () -> {
          Contents contents = Contents.read(restored.database(), source.toString());
          ImportedFile.requireSound(restored.database(), source.toString());
          return new Sound(restored, contents);
        });
  }

  private Instant takenAt(Restored restored) {
    return createdAt == null ? restored.takenAt().truncatedTo(ChronoUnit.MILLIS) : createdAt;
  }

  /** Retention holds everything while there is a backup that seems to be from the future. */
  private static void requirePast(Instant now, Instant takenAt, Path source) {
    if (takenAt.isAfter(now)) {
      throw new RefusedException(
          Reason.INVALID_REQUEST,
          "%s would be of %s, and it is %s now. Say with --created-at when it was made."
              .formatted(source, takenAt, now));
    }
  }

  /** Another source may still be sound; and the place for backups answers. */
  private static boolean aboutTheSource(Reason reason) {
    return reason != Reason.NO_SPACE && reason != Reason.INTERRUPTED;
  }

  private void keep(StepContext context, BackupStore store, Path source, Sound sound, Path scratch)
      throws Exception {
    Instant takenAt = takenAt(sound.restored());
    String content = sound.contents().contentHash();
    // The same content of the same instant is the same backup, whenever it is imported.
    String runId = Sha256.of(content + " " + takenAt).substring(0, HASH_DIGITS);
    String name = context.firstFile().name();
    for (String key : FileBackup.find(store, name, BackupType.IMPORTED, runId)) {
      BackupRecord record = BackupReader.describe(store, key, context.backupSharesVolume());
      if (record.verified()) {
        context.say(source + " was imported before, as " + record.id());
        context.found(record);
        done.add(record);
        known++;
        return;
      }
    }
    FileBackup.discard(store, name, BackupType.IMPORTED, runId);
    Map<String, Path> pristine = Map.of(name, sound.restored().database());
    try {
      ReadBack back =
          Backups.makeVerified(
              context,
              store,
              Backups.subject(
                  context,
                  BackupType.IMPORTED,
                  runId,
                  pristine,
                  Map.of(name, sound.contents()),
                  null,
                  takenAt),
              // Its indexes were checked against its tables before.
              Depth.CONTENTS,
              scratch);
      done.add(back.record(context.backupSharesVolume()));
    } catch (Exception e) {
      context.forgetBackups();
      done.forEach(context::found);
      throw e;
    }
  }

  private Ending ending() {
    int imported = done.size() - known;
    var words = new StringBuilder();
    words.append(imported == 1 ? "1 backup was" : imported + " backups were");
    words.append(" imported and read back");
    if (known > 0) {
      words.append("; ").append(known).append(known == 1 ? " was" : " were");
      words.append(" imported before and left alone");
    }
    words.append('.');
    warnings.forEach(warning -> words.append(" Warning: ").append(warning));
    if (failures.isEmpty()) {
      return Ending.succeeded(
          imported == 0 ? Reason.UNCHANGED : Reason.SUCCEEDED, words.toString());
    }
    var message = new StringBuilder();
    if (sources.size() > 1) {
      message
          .append(failures.size())
          .append(" of ")
          .append(sources.size())
          .append(" sources could not be imported; ")
          .append(words)
          .append(' ');
    }
    failures.forEach(failure -> message.append(failure.getMessage()).append(' '));
    throw new RefusedException(failures.getFirst().reason(), message.toString().strip());
  }
}
