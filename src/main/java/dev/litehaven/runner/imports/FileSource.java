package dev.litehaven.runner.imports;

import dev.litehaven.protocol.Reason;
import dev.litehaven.protocol.RefusedException;
import dev.litehaven.runner.imports.Compression.State;
import dev.litehaven.runner.imports.Compression.Unpacked;
import dev.litehaven.runner.sqlite.Sidecars;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * A database file, compressed or as it is. What an application left beside it when it was copied
 * belongs to it: the log has its newest transactions, a hot journal what has to be undone.
 */
record FileSource(Path path, Compression compression) implements ImportSource {
  static FileSource of(Path given) throws IOException {
    for (String suffix : Sidecars.SUFFIXES) {
      String name = given.getFileName().toString();
      if (name.endsWith(suffix)) {
        Path database = given.resolveSibling(name.substring(0, name.length() - suffix.length()));
        throw new RefusedException(
            Reason.NOT_A_DATABASE,
            "%s is what SQLite keeps beside a database. It is read together with %s: name that."
                .formatted(given, database));
      }
    }
    // SQLite, too, looks for sidecars beside the file itself and not beside a link to it.
    Path path = given.toRealPath();
    return new FileSource(path, Compression.of(ImportedFile.start(path)));
  }

  @Override
  public Restored restore(Path scratch) throws IOException {
    Path copy = scratch.resolve(ImportedFile.NAME);
    return compression == Compression.NONE ? copy(copy) : unpack(copy);
  }

  private Restored unpack(Path copy) throws IOException {
    Unpacked unpacked;
    try (OutputStream out = Files.newOutputStream(copy, StandardOpenOption.CREATE_NEW)) {
      unpacked = compression.unpack(path, out);
    }
    if (unpacked.state() != State.WHOLE) {
      boolean cut = unpacked.state() == State.CUT_SHORT;
      throw new RefusedException(
          cut ? Reason.TRUNCATED : Reason.BACKUP_DAMAGED,
          "%s %s (%s), after %d bytes of a database. It was not imported. %s"
              .formatted(
                  path,
                  cut ? "ends too early" : "does not have the content that its checksum is of",
                  unpacked.seen(),
                  unpacked.bytes(),
                  cut
                      ? "Copy it anew from where it was made, or import an older one."
                      : "Copy it anew from where it was made and compare its size and hash, or"
                          + " import an older one."));
    }
    String what = "What is in " + path;
    ImportedFile.header(ImportedFile.start(copy), what);
    ImportedFile.finish(copy, what);
    return new Restored(copy, modified(path), List.of());
  }

  private Restored copy(Path copy) throws IOException {
    ImportedFile.header(ImportedFile.start(path), path.toString());
    Path log = Sidecars.of(path, "-wal");
    Path journal = Sidecars.of(path, "-journal");
    Map<Path, Object> before = state(path, log, journal);
    Files.copy(path, copy);
    boolean sidecars = false;
    for (Path sidecar : List.of(log, journal)) {
      if (Files.exists(sidecar) && Files.size(sidecar) > 0) {
        String name = sidecar.getFileName().toString();
        Files.copy(sidecar, Sidecars.of(copy, name.substring(name.lastIndexOf('-'))));
        sidecars = true;
      }
    }
    if (!before.equals(state(path, log, journal))) {
      throw new RefusedException(
          Reason.LIVE_WRITER,
          path
              + " changed while it was copied, so the copy would be torn. A database in use is"
              + " backed up with litehaven backup; a backup that is being made, imported when it is"
              + " finished.");
    }
    List<String> warnings = new ArrayList<>();
    Instant takenAt = modified(path);
    if (sidecars) {
      Path copiedLog = Sidecars.of(copy, "-wal");
      if (Files.exists(copiedLog)) {
        warnOfRest(log, WalFile.read(copiedLog), warnings);
        takenAt = modified(log).isAfter(takenAt) ? modified(log) : takenAt;
      }
      Sidecars.absorb(copy, path.toString());
    }
    ImportedFile.finish(copy, path.toString());
    return new Restored(copy, takenAt, warnings);
  }

  /**
   * SQLite drops the rest of a log without a word, which is right only for what nobody finished.
   */
  private static void warnOfRest(Path log, WalFile read, List<String> warnings) {
    String seen =
        switch (read.end()) {
          case WHOLE, OTHER_SALT -> null;
          case CUT_SHORT -> "ends in the middle of a page";
          case CHECKSUM -> "is not what was written to it from there on";
          case NO_LOG -> "does not begin as a log does";
        };
    if (seen != null) {
      warnings.add(
          "%s %s: what it has up to its %s was imported, and transactions behind that, if there were any, are not in the backup."
              .formatted(
                  log,
                  seen,
                  read.committed() == 0
                      ? "first transaction, which is nothing,"
                      : "last whole transaction, which ends at byte " + read.committedBytes()));
    }
  }

  private static Map<Path, Object> state(Path... files) throws IOException {
    Map<Path, Object> states = new HashMap<>();
    for (Path file : files) {
      try {
        Map<String, Object> now = Files.readAttributes(file, "size,lastModifiedTime,fileKey");
        states.put(file, Objects.requireNonNull(now));
      } catch (NoSuchFileException e) {
        states.put(file, "none");
      }
    }
    return states;
  }

  private static Instant modified(Path file) throws IOException {
    return Files.getLastModifiedTime(file).toInstant();
  }
}
