package dev.litehaven.runner.imports;

import dev.litehaven.protocol.Reason;
import dev.litehaven.protocol.RefusedException;
import dev.litehaven.runner.imports.Compression.State;
import dev.litehaven.runner.imports.Compression.Unpacked;
import dev.litehaven.runner.imports.WalFile.End;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A replica of Litestream 0.3: a generation has snapshots, and the log since them in segments. The
 * log is that of several rounds, each an index, and each round's segments follow one another by
 * their offsets.
 *
 * @param path the replica's directory, or that of one generation
 * @param generation the directory of the one that was written to last
 */
record LitestreamSource(Path path, Path generation) implements ImportSource {
  private static final String GENERATIONS = "generations";
  private static final Pattern GENERATION = Pattern.compile("[0-9a-f]{16}");
  private static final Pattern SNAPSHOT = Pattern.compile("([0-9a-f]{8})\\.snapshot\\.lz4");
  private static final Pattern SEGMENT =
      Pattern.compile("([0-9a-f]{8})_([0-9a-f]{8,16})\\.wal\\.lz4");

  /** A snapshot or a segment, which have their place in the log as their name. */
  private record Part(Path file, long index, long offset) {
    Instant modified() throws IOException {
      return Files.getLastModifiedTime(file).toInstant();
    }
  }

  static boolean isReplica(Path directory) {
    return Files.isDirectory(directory.resolve(GENERATIONS)) || isGeneration(directory);
  }

  private static boolean isGeneration(Path directory) {
    return GENERATION.matcher(directory.getFileName().toString()).matches()
        && Files.isDirectory(directory.resolve("snapshots"));
  }

  static LitestreamSource of(Path path) throws IOException {
    if (isGeneration(path)) {
      return new LitestreamSource(path, path);
    }
    Path newest = null;
    Instant newestAt = Instant.MIN;
    try (Stream<Path> all = Files.list(path.resolve(GENERATIONS))) {
      for (Path generation : all.filter(LitestreamSource::isGeneration).sorted().toList()) {
        Instant at = newest(generation);
        if (at.isAfter(newestAt)) {
          newest = generation;
          newestAt = at;
        }
      }
    }
    if (newest == null) {
      throw new RefusedException(
          Reason.BACKUP_NOT_FOUND,
          path
              + " has no snapshot in any of its generations, and without one its log is of nothing."
              + " Copy the whole replica, generations/ID/snapshots/ with it.");
    }
    return new LitestreamSource(path, newest);
  }

  Instant newest() throws IOException {
    return newest(generation);
  }

  private static Instant newest(Path generation) throws IOException {
    Instant newest = Instant.MIN;
    List<Part> snapshots = parts(generation.resolve("snapshots"), SNAPSHOT);
    if (snapshots.isEmpty()) {
      return newest;
    }
    List<Part> all = new ArrayList<>(snapshots);
    all.addAll(parts(generation.resolve("wal"), SEGMENT));
    for (Part part : all) {
      newest = part.modified().isAfter(newest) ? part.modified() : newest;
    }
    return newest;
  }

  /** In the order of the log. */
  private static List<Part> parts(Path directory, Pattern name) throws IOException {
    if (!Files.isDirectory(directory)) {
      return List.of();
    }
    List<Part> parts = new ArrayList<>();
    try (Stream<Path> files = Files.list(directory)) {
      for (Path file : files.toList()) {
        Matcher matcher = name.matcher(file.getFileName().toString());
        if (matcher.matches()) {
          parts.add(
              new Part(
                  file,
                  Long.parseLong(matcher.group(1), 16),
                  matcher.groupCount() == 1 ? 0 : Long.parseLong(matcher.group(2), 16)));
        }
      }
    }
    parts.sort(Comparator.comparingLong(Part::index).thenComparingLong(Part::offset));
    return parts;
  }

  @Override
  public Restored restore(Path scratch) throws IOException {
    List<Part> snapshots = parts(generation.resolve("snapshots"), SNAPSHOT);
    if (snapshots.isEmpty()) {
      throw new RefusedException(
          Reason.BACKUP_NOT_FOUND,
          generation + " has no snapshot. Copy the whole generation, snapshots/ with it.");
    }
    Part snapshot = snapshots.getLast();
    List<Part> segments =
        parts(generation.resolve("wal"), SEGMENT).stream()
            .filter(segment -> segment.index() >= snapshot.index())
            .toList();
    Path database = scratch.resolve(ImportedFile.NAME);
    unpackSnapshot(snapshot, database);
    var replay = new Replay(database, scratch.resolve("log"), snapshot, segments);
    replay.run();
    ImportedFile.finish(database, "What " + generation + " adds up to");
    return new Restored(database, replay.takenAt, replay.warnings);
  }

  private static void unpackSnapshot(Part snapshot, Path database) throws IOException {
    Unpacked unpacked;
    try (OutputStream out = Files.newOutputStream(database, StandardOpenOption.CREATE_NEW)) {
      unpacked = Compression.LZ4.unpack(snapshot.file(), out);
    }
    if (unpacked.state() != State.WHOLE) {
      throw new RefusedException(
          unpacked.state() == State.CUT_SHORT ? Reason.TRUNCATED : Reason.BACKUP_DAMAGED,
          "The snapshot %s %s (%s). Copy it anew from the replica; or move it away, so that the snapshot before it is taken, if there is one."
              .formatted(snapshot.file(), broken(unpacked.state()), unpacked.seen()));
    }
    ImportedFile.header(ImportedFile.start(database), "The snapshot " + snapshot.file());
  }

  private static String broken(State state) {
    return state == State.CUT_SHORT ? "ends too early" : "is damaged";
  }

  /** Round after round of the log into the snapshot. */
  private static final class Replay {
    private final Path database;
    private final Path log;
    private final List<Part> segments;
    private final List<String> warnings = new ArrayList<>();
    private long index;
    private Instant takenAt;
    private String torn;

    Replay(Path database, Path log, Part snapshot, List<Part> segments) throws IOException {
      this.database = database;
      this.log = log;
      this.segments = segments;
      this.index = snapshot.index();
      this.takenAt = snapshot.modified();
    }

    void run() throws IOException {
      for (int next = 0; next < segments.size(); index++) {
        int from = next;
        while (next < segments.size() && segments.get(next).index() == index) {
          next++;
        }
        if (next == from) {
          throw gap(index, 0, segments.get(from));
        }
        apply(segments.subList(from, next), next == segments.size());
      }
    }

    private void apply(List<Part> round, boolean last) throws IOException {
      join(round, last);
      WalFile wal = WalFile.read(log);
      boolean open = wal.committed() < wal.frames() || wal.end() == End.CUT_SHORT;
      if (wal.end() != End.WHOLE && wal.end() != End.CUT_SHORT || open && !last) {
        throw new RefusedException(
            Reason.BACKUP_DAMAGED,
            "The log of index %08x in %s %s, at byte %d. Nothing behind that can be relied on. Copy its segments anew from the replica; or move those from there on away, to import what was before."
                .formatted(
                    index,
                    round.getFirst().file().getParent(),
                    open && wal.end() != End.CHECKSUM
                        ? "ends inside a transaction, though later ones follow"
                        : "is not the log that was written, by its checksums",
                    wal.frames() == 0
                        ? 0
                        : WalFile.HEADER + wal.frames() * (24L + wal.pageSize())));
      }
      if (wal.committed() > 0) {
        requirePageSize(wal, round);
        try (FileChannel file = FileChannel.open(database, StandardOpenOption.WRITE)) {
          wal.applyTo(file);
        }
        for (Part segment : round) {
          takenAt = segment.offset() < wal.committedBytes() ? segment.modified() : takenAt;
        }
      }
      if (open || torn != null) {
        warnings.add(
            "%s. The backup has the state of the last whole transaction before that, of %s; what was written later is not in it. Copy the segment anew from the replica, if it is whole there, and import again."
                .formatted(
                    torn == null
                        ? round.getLast().file() + " ends in the middle of a transaction"
                        : torn,
                    takenAt));
      }
    }

    private void requirePageSize(WalFile wal, List<Part> round) throws IOException {
      int pageSize = ImportedFile.header(ImportedFile.start(database), "The snapshot").pageSize();
      if (wal.pageSize() != pageSize) {
        throw new RefusedException(
            Reason.BACKUP_DAMAGED,
            "%s has pages of %d bytes, and the snapshot some of %d: they are of different databases. Copy the replica anew."
                .formatted(round.getFirst().file(), wal.pageSize(), pageSize));
      }
    }

    /** A round's segments in one file; cut short only where the last of all is. */
    private void join(List<Part> round, boolean last) throws IOException {
      long offset = 0;
      try (OutputStream out = Files.newOutputStream(log)) {
        for (Part segment : round) {
          if (segment.offset() != offset) {
            throw gap(index, offset, segment);
          }
          Unpacked unpacked = Compression.LZ4.unpack(segment.file(), out);
          offset += unpacked.bytes();
          boolean end = last && segment == round.getLast();
          if (unpacked.state() == State.CUT_SHORT && end) {
            torn =
                "%s, the last segment, ends too early (%s)"
                    .formatted(segment.file(), unpacked.seen());
          } else if (unpacked.state() != State.WHOLE) {
            throw new RefusedException(
                unpacked.state() == State.CUT_SHORT ? Reason.TRUNCATED : Reason.BACKUP_DAMAGED,
                "The segment %s %s (%s)%s. Copy it anew from the replica; or move it and all later ones away, to import what was before."
                    .formatted(
                        segment.file(),
                        broken(unpacked.state()),
                        unpacked.seen(),
                        end ? "" : ", and others follow it"));
          }
        }
      }
    }

    private RefusedException gap(long index, long offset, Part found) {
      return new RefusedException(
          Reason.BACKUP_DAMAGED,
          "The segment %08x_%08x.wal.lz4 is missing: the next one there is is %s. What follows a gap cannot be applied. Copy it from the replica; or move that one and all later ones away, to import what was before the gap."
              .formatted(index, offset, found.file()));
    }
  }
}
