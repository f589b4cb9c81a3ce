package dev.litehaven.runner.imports;

import dev.litehaven.runner.imports.ImportSource.Restored;
import dev.litehaven.runner.sqlite.TestDatabase;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/** A copy of a replica that Litestream made, for tests to do harm to. */
record Replica(Path directory, List<String> rows) {
  private static final Path GENUINE = Path.of("src/test/resources/litestream");

  /** As it is; every file of another second, in the order of their names. */
  static Replica copy(String release, Path to, Instant first) throws IOException {
    Path from = GENUINE.resolve(release);
    List<Path> all;
    try (Stream<Path> files = Files.walk(from)) {
      all = files.filter(file -> file.toString().matches(".*\\.(lz4|ltx)")).sorted().toList();
    }
    Instant at = first;
    for (Path file : all) {
      Path copy = to.resolve(from.relativize(file));
      Files.createDirectories(copy.getParent());
      Files.setLastModifiedTime(Files.copy(file, copy), FileTime.from(at));
      at = at.plusSeconds(1);
    }
    return new Replica(to, Files.readAllLines(from.resolve("notes.txt")));
  }

  Path file(String name) throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      return files.filter(file -> file.toString().endsWith(name)).findAny().orElseThrow();
    }
  }

  void cut(String name, int bytes) throws IOException {
    Path file = file(name);
    FileTime at = Files.getLastModifiedTime(file);
    byte[] all = Files.readAllBytes(file);
    Files.write(file, Arrays.copyOf(all, all.length - bytes));
    Files.setLastModifiedTime(file, at);
  }

  /** A negative offset is one from the end. */
  void flip(String name, int offset) throws IOException {
    Path file = file(name);
    byte[] all = Files.readAllBytes(file);
    all[offset < 0 ? all.length + offset : offset] ^= 1;
    Files.write(file, all);
  }

  Restored restore(Path scratch) throws IOException {
    return ImportSource.of(directory).restore(Files.createTempDirectory(scratch, "scratch"));
  }

  static List<String> rows(Restored restored) throws Exception {
    return TestDatabase.query(
        restored.database(), "SELECT id || ' ' || body FROM notes ORDER BY id");
  }

  /** What SQLite says, which itself does not mind bytes behind the last page. */
  static String sound(Restored restored) throws Exception {
    String pages =
        TestDatabase.query(
                restored.database(),
                "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size")
            .getFirst();
    long size = Files.size(restored.database());
    return size == Long.parseLong(pages)
        ? TestDatabase.query(restored.database(), "PRAGMA integrity_check").getFirst()
        : size + " bytes in place of " + pages;
  }
}
