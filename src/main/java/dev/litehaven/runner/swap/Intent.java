package dev.litehaven.runner.swap;

import dev.litehaven.protocol.SwapReport;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * What a run is about to do to the volume, and how far it is. Written before each part, so that
 * whoever comes after a crash knows what is lying there and whose it is.
 *
 * @param epoch fencing token of the attempt that wrote it
 * @param mountPath where the volume was mounted; names below are relative to it
 * @param settled the kept files were removed; there is no way back by this record any more
 */
record Intent(
    int formatVersion,
    String runId,
    long epoch,
    String databaseIdentity,
    String migration,
    String planHash,
    State state,
    boolean settled,
    String mountPath,
    List<FileIntent> files) {
  static final int FORMAT_VERSION = 1;

  Intent {
    files = List.copyOf(files);
  }

  /** Each with what an engineer who reads the record must know. */
  enum State {
    COPYING(
        "A private copy is being migrated. The live files are untouched. Recovery removes the copy"
            + " (newName)."),
    COMMIT(
        "The verified copies are being renamed over the live names. Recovery goes on with that,"
            + " unless somebody wrote to an old file in between. Do not start the application."),
    PLACING(
        "Private copies are being filled; nothing is at the live names. Recovery removes the copies"
            + " (newName)."),
    PLACE(
        "The copies are being given the live names, at which nothing was. Recovery goes on with"
            + " that. Do not start the application."),
    UNDO("The swap was given up. Recovery removes newName and oldName; the live files stay."),
    DONE(
        "The migrated files are live. oldName is each database as it was before, until it is"
            + " settled."),
    UNDONE("Nothing was swapped. The live files are as they were."),
    ROLLBACK(
        "The old files are being renamed back over the live names. Recovery goes on with that,"
            + " unless somebody wrote to the live file in between. Do not start the application."),
    ROLLED_BACK("The old files are live again. failedName is what the migration had made.");

    private final String meaning;

    State(String meaning) {
      this.meaning = meaning;
    }

    String meaning() {
      return meaning;
    }

    boolean finished() {
      return this == DONE || this == UNDONE || this == ROLLED_BACK;
    }
  }

  /**
   * @param path of the live file, relative to the volume's root
   * @param mode permission bits in octal
   * @param journalMode {@code wal} or {@code delete}; null: the new file's own
   * @param newName the private copy, beside the live file; likewise the other two
   * @param before the old file; without a hash while it is still being copied; null: there is none
   * @param after the new file; null before COMMIT, and before PLACE
   * @param afterContent content hash of the new file as the caller measured it; null: not measured
   * @param failed the new file when the rollback was decided; null before that
   */
  record FileIntent(
      String name,
      String path,
      int uid,
      int gid,
      String mode,
      String journalMode,
      String newName,
      String oldName,
      String failedName,
      Fingerprint before,
      Fingerprint after,
      String afterContent,
      Fingerprint failed) {
    FileIntent withBefore(Fingerprint print) {
      return new FileIntent(
          name,
          path,
          uid,
          gid,
          mode,
          journalMode,
          newName,
          oldName,
          failedName,
          print,
          after,
          afterContent,
          failed);
    }

    FileIntent withAfter(Fingerprint print, String content) {
      return new FileIntent(
          name,
          path,
          uid,
          gid,
          mode,
          journalMode,
          newName,
          oldName,
          failedName,
          before,
          print,
          content,
          failed);
    }

    FileIntent withFailed(Fingerprint print) {
      return new FileIntent(
          name,
          path,
          uid,
          gid,
          mode,
          journalMode,
          newName,
          oldName,
          failedName,
          before,
          after,
          afterContent,
          print);
    }
  }

  Intent at(State next) {
    return with(next, settled, files);
  }

  Intent with(State next, List<FileIntent> changed) {
    return with(next, settled, changed);
  }

  Intent asSettled() {
    return with(state, true, files);
  }

  private Intent with(State next, boolean nowSettled, List<FileIntent> changed) {
    return new Intent(
        formatVersion,
        runId,
        epoch,
        databaseIdentity,
        migration,
        planHash,
        next,
        nowSettled,
        mountPath,
        changed);
  }

  /** Sets need tombstones: no instant may show one file old and another new. */
  boolean isSet() {
    return files.size() > 1;
  }

  /** Whether the files come where nothing was, so that there is no way back. */
  boolean places() {
    return files.getFirst().before() == null;
  }

  Path live(Path root, FileIntent file) {
    return root.resolve(file.path());
  }

  /** Each directory that names are changed in, once. */
  List<Path> directories(Path root) {
    return files.stream().map(f -> live(root, f).getParent()).distinct().toList();
  }

  SwapReport report(boolean writtenSince) {
    var content =
        switch (state) {
          case DONE -> "new";
          case COPYING, UNDONE, ROLLED_BACK -> places() ? "none" : "old";
          case PLACING -> "none";
          case COMMIT, PLACE, UNDO, ROLLBACK -> "unknown";
        };
    return new SwapReport(state.name(), content, writtenSince, -1);
  }

  /** A database's sidecars, which live and die with its name. */
  static List<Path> sidecars(Path database) {
    return Stream.of("-wal", "-shm", "-journal")
        .map(suffix -> database.resolveSibling(database.getFileName() + suffix))
        .toList();
  }
}
