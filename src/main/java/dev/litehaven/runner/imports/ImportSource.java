package dev.litehaven.runner.imports;

import dev.litehaven.protocol.Reason;
import dev.litehaven.protocol.RefusedException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;

/** One existing backup of somebody else's. */
public sealed interface ImportSource permits FileSource, LitestreamSource, LtxSource {
  /** Where it lies; for messages. */
  Path path();

  /**
   * Brings it into a new, private file that holds everything and has no sidecars.
   *
   * @param scratch a directory of its own
   * @throws RefusedException when it cannot be relied on, and what to do about that
   */
  Restored restore(Path scratch) throws IOException;

  /**
   * What came of a source.
   *
   * @param takenAt the instant whose state it holds, as far as the source says
   * @param warnings what is missing from it, each a sentence; empty: nothing is known to be
   */
  record Restored(Path database, Instant takenAt, List<String> warnings) {
    public Restored {
      warnings = List.copyOf(warnings);
    }
  }

  /**
   * Says by its content what a path is.
   *
   * @throws RefusedException when there is nothing, or nothing that could be a backup
   */
  static ImportSource of(Path given) throws IOException {
    Path path = given.toAbsolutePath().normalize();
    if (!Files.exists(path)) {
      throw new RefusedException(
          Reason.FILE_NOT_FOUND, "There is no " + path + ". Correct the path.");
    }
    if (!Files.isDirectory(path)) {
      return FileSource.of(path);
    }
    boolean wal = LitestreamSource.isReplica(path);
    boolean ltx = LtxSource.isReplica(path);
    if (wal && ltx) {
      return newerHalf(LitestreamSource.of(path), LtxSource.of(path));
    }
    if (!wal && !ltx) {
      throw new RefusedException(
          Reason.NOT_A_DATABASE,
          path
              + " is a directory, but no replica of Litestream: it has neither generations/ nor"
              + " ltx/. Name the directory that has one of them, or the backup's file.");
    }
    return ltx ? LtxSource.of(path) : LitestreamSource.of(path);
  }

  /** Where Litestream was upgraded, the replica of the older release ends with that. */
  private static ImportSource newerHalf(LitestreamSource wal, LtxSource ltx) throws IOException {
    if (wal.newest().isAfter(ltx.newest())) {
      throw new RefusedException(
          Reason.INVALID_REQUEST,
          "%s has replicas of two releases of Litestream, and the older one's was written to last. Name the one to import: %s or %s."
              .formatted(wal.path(), ltx.levels(), wal.generation()));
    }
    return ltx;
  }
}
