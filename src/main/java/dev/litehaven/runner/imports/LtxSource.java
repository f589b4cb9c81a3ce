package dev.litehaven.runner.imports;

import dev.litehaven.protocol.Reason;
import dev.litehaven.protocol.RefusedException;
import dev.litehaven.runner.imports.LtxFile.UnusableException;
import java.io.IOException;
import java.nio.ByteBuffer;
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
 * A replica of Litestream 0.5: files with the changes of ranges of transactions, at levels. Higher
 * levels have the same transactions in fewer files, and the highest one whole databases.
 *
 * @param levels the directory with one directory for each level
 */
record LtxSource(Path path, Path levels) implements ImportSource {
  private static final String DIRECTORY = "ltx";
  private static final int SNAPSHOT_LEVEL = 9;
  private static final Pattern NAME = Pattern.compile("([0-9a-f]{16})-([0-9a-f]{16})\\.ltx");

  /** A file by its name: which transactions it says to have. */
  private record Part(Path file, int level, long min, long max) {}

  static boolean isReplica(Path directory) {
    return Files.isDirectory(directory.resolve(DIRECTORY)) || isLevels(directory);
  }

  private static boolean isLevels(Path directory) {
    return directory.getFileName().toString().equals(DIRECTORY)
        && Files.isDirectory(directory.resolve("0"));
  }

  static LtxSource of(Path path) {
    return new LtxSource(path, isLevels(path) ? path : path.resolve(DIRECTORY));
  }

  @Override
  public Restored restore(Path scratch) throws IOException {
    List<Part> parts = parts();
    List<Part> cutShort = new ArrayList<>();
    while (true) {
      List<Part> chain = chain(parts, cutShort);
      List<LtxFile> files = new ArrayList<>();
      Part unusable = check(chain, files);
      if (unusable == null) {
        Path database = scratch.resolve(ImportedFile.NAME);
        apply(chain, files.getLast(), database);
        ImportedFile.finish(database, "What " + levels + " adds up to");
        return new Restored(database, files.getLast().timestamp(), warnings(files, cutShort));
      }
      // The same transactions may be in files of another level.
      cutShort.add(unusable);
      parts.remove(unusable);
    }
  }

  Instant newest() throws IOException {
    Instant newest = Instant.MIN;
    for (Part part : parts()) {
      Instant modified = Files.getLastModifiedTime(part.file()).toInstant();
      newest = modified.isAfter(newest) ? modified : newest;
    }
    return newest;
  }

  private List<Part> parts() throws IOException {
    List<Part> parts = new ArrayList<>();
    for (int level = 0; level <= SNAPSHOT_LEVEL; level++) {
      Path directory = levels.resolve(Integer.toString(level));
      if (!Files.isDirectory(directory)) {
        continue;
      }
      try (Stream<Path> files = Files.list(directory)) {
        for (Path file : files.toList()) {
          Matcher name = NAME.matcher(file.getFileName().toString());
          if (name.matches()) {
            parts.add(
                new Part(
                    file,
                    level,
                    Long.parseUnsignedLong(name.group(1), 16),
                    Long.parseUnsignedLong(name.group(2), 16)));
          }
        }
      }
    }
    return parts;
  }

  /** The newest whole database, and from there on always the file that reaches farthest. */
  private List<Part> chain(List<Part> parts, List<Part> cutShort) {
    List<Part> chain = new ArrayList<>();
    Comparator<Part> reach = Comparator.comparingLong(Part::max).thenComparingInt(Part::level);
    parts.stream()
        .filter(part -> part.min() == 1)
        .max(
            Comparator.comparing((Part part) -> part.level() == SNAPSHOT_LEVEL)
                .thenComparing(reach))
        .ifPresent(chain::add);
    if (chain.isEmpty()) {
      throw noBeginning(parts, cutShort);
    }
    while (true) {
      long have = chain.getLast().max();
      List<Part> later = parts.stream().filter(part -> part.max() > have).toList();
      if (later.isEmpty()) {
        return chain;
      }
      chain.add(
          later.stream()
              .filter(part -> part.min() <= have + 1)
              .max(reach)
              .orElseThrow(() -> gap(have, later, cutShort)));
    }
  }

  private RefusedException noBeginning(List<Part> parts, List<Part> cutShort) {
    if (!cutShort.isEmpty()) {
      return new RefusedException(
          Reason.TRUNCATED,
          "%s ends too early, and no other file has the database from its first transaction on. Copy it anew from the replica."
              .formatted(cutShort.getFirst().file()));
    }
    return new RefusedException(
        Reason.BACKUP_NOT_FOUND,
        levels
            + (parts.isEmpty()
                ? " has no LTX files."
                : " has no file that begins with transaction 1, so the database they change is"
                    + " missing.")
            + " Copy the whole replica, with all levels and 9 above all. The directory that"
            + " Litestream keeps beside a database is none.");
  }

  private static RefusedException gap(long have, List<Part> later, List<Part> cutShort) {
    Part next = later.stream().min(Comparator.comparingLong(Part::min)).orElseThrow();
    String range = "%016x to %016x".formatted(have + 1, next.min() - 1);
    return new RefusedException(
        Reason.BACKUP_DAMAGED,
        "The transactions %s are missing: the next file there is is %s.%s What follows a gap cannot be applied. Copy them from the replica; or move that file and all later ones away, to import what was before the gap."
            .formatted(
                range,
                next.file(),
                cutShort.isEmpty()
                    ? ""
                    : " " + cutShort.getLast().file() + " should have them, and ends too early."));
  }

  /**
   * Reads all of them before any is applied.
   *
   * @param files gets what they are
   * @return the first one that is cut short; null: they are all whole
   */
  private static Part check(List<Part> chain, List<LtxFile> files) throws IOException {
    for (Part part : chain) {
      LtxFile file;
      try {
        file = LtxFile.read(part.file(), LtxFile.Pages.NONE);
      } catch (UnusableException e) {
        if (e.cutShort()) {
          return part;
        }
        throw damaged(part, e.getMessage());
      }
      LtxFile before = files.isEmpty() ? null : files.getLast();
      if (file.minTxid() != part.min() || file.maxTxid() != part.max()) {
        throw damaged(part, "is not of the transactions that its name says");
      }
      if (before != null && file.pageSize() != before.pageSize()) {
        throw damaged(part, "has pages of another size than the file before it");
      }
      if (before != null
          && file.minTxid() == before.maxTxid() + 1
          && file.preApply() != 0
          && before.keepsChecksums()
          && file.preApply() != before.postApply()) {
        throw damaged(part, "is a change of another database than the one before it has left");
      }
      files.add(file);
    }
    return null;
  }

  private static RefusedException damaged(Part part, String how) {
    return new RefusedException(
        Reason.BACKUP_DAMAGED,
        "%s %s. Copy it anew from the replica. If it is like that there, move it away: its transactions may be in files of another level, and else it says which are missing."
            .formatted(part.file(), how));
  }

  private static void apply(List<Part> chain, LtxFile last, Path database) throws IOException {
    try (FileChannel out =
        FileChannel.open(
            database,
            StandardOpenOption.CREATE_NEW,
            StandardOpenOption.READ,
            StandardOpenOption.WRITE)) {
      for (Part part : chain) {
        try {
          LtxFile file =
              LtxFile.read(
                  part.file(),
                  (number, content) -> {
                    long at = (number - 1) * last.pageSize();
                    ByteBuffer rest = ByteBuffer.wrap(content);
                    while (rest.hasRemaining()) {
                      at += out.write(rest, at);
                    }
                  });
          WalFile.resize(out, file.commit() * file.pageSize());
        } catch (UnusableException e) {
          throw new IOException(part.file() + " changed while it was read", e);
        }
      }
      if (last.keepsChecksums() && checksum(out, last) != last.postApply()) {
        throw damaged(
            chain.getLast(),
            "leaves a database that does not have the checksum that it should have then");
      }
    }
  }

  private static long checksum(FileChannel database, LtxFile last) throws IOException {
    byte[] content = new byte[last.pageSize()];
    long combined = 0;
    for (long number = 1; number <= last.commit(); number++) {
      ByteBuffer page = ByteBuffer.wrap(content);
      while (page.hasRemaining()) {
        if (database.read(page, (number - 1) * content.length + page.position()) < 0) {
          throw new IOException("the database in scratch space became shorter");
        }
      }
      if (number != LtxFile.lockPage(content.length)) {
        combined ^= LtxFile.pageChecksum(number, content);
      }
    }
    return LtxFile.databaseChecksum(combined);
  }

  private static List<String> warnings(List<LtxFile> files, List<Part> cutShort) {
    LtxFile last = files.getLast();
    return cutShort.stream()
        .map(
            part ->
                part.max() <= last.maxTxid()
                    ? "%s ends too early. Nothing is lost by that: its transactions are in other files."
                        .formatted(part.file())
                    : "%s, which has the newest transactions, ends too early. The backup has the state of transaction %016x, of %s; what was written later is not in it. Copy the file anew from the replica, if it is whole there, and import again."
                        .formatted(part.file(), last.maxTxid(), last.timestamp()))
        .toList();
  }
}
