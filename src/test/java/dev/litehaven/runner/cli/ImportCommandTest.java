package dev.litehaven.runner.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.github.luben.zstd.Zstd;
import dev.litehaven.runner.sqlite.TestDatabase;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Backups of other tools, taken over by hand; and used as any other backup then. */
class ImportCommandTest {
  private static final Instant JANUARY = Instant.parse("2026-01-31T12:00:00Z");
  private static final Instant FEBRUARY = Instant.parse("2026-02-28T12:00:00.250Z");

  @TempDir Path dir;
  private Path volume;
  private Path others;
  private Path database;

  private record Answer(int exit, String out, String err) {}

  @BeforeEach
  void aPlaceForADatabaseThatIsNotThereYet() throws Exception {
    volume = Files.createDirectory(dir.resolve("volume"));
    others = Files.createDirectory(dir.resolve("others"));
    database = volume.resolve("app.db");
  }

  private static Answer cli(String... arguments) {
    var out = new StringWriter();
    var err = new StringWriter();
    int exit = Cli.run(arguments, new PrintWriter(out), new PrintWriter(err));
    return new Answer(exit, out.toString(), err.toString());
  }

  private Answer on(String command, Object... more) {
    List<String> arguments = new ArrayList<>(List.of(command, "--database", database.toString()));
    Arrays.stream(more).map(Object::toString).forEach(arguments::add);
    return cli(arguments.toArray(String[]::new));
  }

  private Path backup(String name, String text) throws Exception {
    return TestDatabase.create(
        others,
        name,
        "CREATE TABLE notes (id INTEGER PRIMARY KEY, body TEXT)",
        "INSERT INTO notes VALUES (1, '" + text + "')");
  }

  private static Path at(Path file, Instant time) throws IOException {
    return Files.setLastModifiedTime(file, FileTime.from(time));
  }

  private Path gzip(Path file) throws IOException {
    Path packed = others.resolve(file.getFileName() + ".gz");
    try (var out = new GZIPOutputStream(Files.newOutputStream(packed))) {
      Files.copy(file, out);
    }
    return packed;
  }

  /** Every file below a directory, with what is in it and when it was written. */
  private static Map<String, List<Object>> everything(Path below) throws IOException {
    Map<String, List<Object>> all = new TreeMap<>();
    try (Stream<Path> files = Files.walk(below)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        all.put(
            file.toString(),
            List.of(Arrays.hashCode(Files.readAllBytes(file)), Files.getLastModifiedTime(file)));
      }
    }
    return all;
  }

  private List<String> backups() throws IOException {
    try (Stream<Path> files = Files.walk(volume)) {
      return files
          .filter(file -> file.endsWith("verified.json"))
          .map(file -> file.getParent().getFileName().toString())
          .sorted()
          .toList();
    }
  }

  private List<String> restored(String... options) throws Exception {
    Path to = Files.createTempDirectory(dir, "to").resolve("copy.db");
    List<Object> all = new ArrayList<>(List.of(options));
    all.addAll(List.of("--to", to));
    Answer answer = on("restore", all.toArray());
    assertThat(answer.exit()).as(answer.err()).isZero();
    return TestDatabase.query(to, "SELECT body FROM notes ORDER BY id");
  }

  @Test
  void severalOfThemAreListedAndRestoredAsAnyOtherBackup() throws Exception {
    Path plain = at(backup("old.sqlite", "old"), JANUARY);
    Path packed = at(gzip(backup("newer.db", "newer")), FEBRUARY);
    Path zstd = others.resolve("newest.zst");
    Files.write(zstd, Zstd.compress(Files.readAllBytes(backup("newest.db", "newest"))));
    at(zstd, FEBRUARY.plusSeconds(3600));
    var before = everything(others);

    Answer imported = on("import", plain, packed, zstd);
    assertThat(imported.exit()).as(imported.err()).isZero();
    assertThat(imported.out()).contains("3 backups were imported and read back.", "Imported");
    assertThat(everything(others)).isEqualTo(before);
    assertThat(backups())
        .satisfiesExactly(
            id -> assertThat(id).matches("20260131T120000Z-imported-[0-9a-f]{12}"),
            id -> assertThat(id).matches("20260228T120000Z-imported-[0-9a-f]{12}"),
            id -> assertThat(id).matches("20260228T130000Z-imported-[0-9a-f]{12}"));

    Answer list = on("list");
    assertThat(list.out().lines().filter(line -> line.contains("Imported")))
        .hasSize(3)
        .allMatch(line -> line.endsWith(" verified"));
    assertThat(on("list", "--output", "json").out())
        .contains("\"createdAt\" : \"2026-02-28T12:00:00.250Z\"");
    assertThat(cli("verify", "--backup", volume.resolve(".litehaven/backups").toString()).exit())
        .isZero();
    assertThat(restored()).containsExactly("newest");
    assertThat(restored("--before", "2026-02-28T12:30:00Z")).containsExactly("newer");
    assertThat(restored("--before", "2026-02-01T00:00:00Z")).containsExactly("old");
  }

  @Test
  void aSecondTimeChangesNothing() throws Exception {
    Path plain = at(backup("old.db", "old"), JANUARY);
    assertThat(on("import", plain).exit()).isZero();
    var before = everything(volume);
    Answer again = on("import", plain, at(gzip(plain), JANUARY));
    assertThat(again.exit()).isZero();
    assertThat(again.out()).contains("Unchanged", "2 were imported before");
    assertThat(everything(volume)).isEqualTo(before);
    // Another instant makes another backup, and so does other content of the same one.
    assertThat(on("import", at(plain, FEBRUARY)).out()).contains("1 backup was imported");
    assertThat(on("import", at(backup("other.db", "other"), FEBRUARY)).exit()).isZero();
    assertThat(backups()).hasSize(3);
  }

  @Test
  void oneThatWasNeverReadBackIsMadeAnew() throws Exception {
    Path plain = at(backup("old.db", "old"), JANUARY);
    assertThat(on("import", plain).exit()).isZero();
    try (Stream<Path> files = Files.walk(volume)) {
      Files.delete(files.filter(file -> file.endsWith("verified.json")).findAny().orElseThrow());
    }
    assertThat(on("import", plain).out()).contains("1 backup was imported");
    assertThat(backups()).hasSize(1);
  }

  @Test
  void theTimeThatIsGivenCounts() throws Exception {
    Path plain = at(backup("old.db", "old"), FEBRUARY);
    Answer given = on("import", plain, "--created-at", "2025-12-24T19:00:00+01:00");
    assertThat(given.exit()).as(given.err()).isZero();
    assertThat(backups().getFirst()).startsWith("20251224T180000Z-imported-");

    assertThat(on("import", plain, "--created-at", "yesterday").err())
        .contains("InvalidRequest", "yesterday");
    Answer two = on("import", plain, gzip(plain), "--created-at", "2025-12-24T19:00:00Z");
    assertThat(two.exit()).isEqualTo(2);
    assertThat(two.err()).contains("one source");
    at(plain, Instant.now().plusSeconds(86_400));
    Answer future = on("import", plain);
    assertThat(future.exit()).isEqualTo(2);
    assertThat(future.err()).contains("InvalidRequest", "--created-at");
    assertThat(backups()).hasSize(1);
  }

  @Test
  void theLogBesideAFileBelongsToIt() throws Exception {
    Path live = backup("live.db", "in the file");
    Path copied = others.resolve("copied.db");
    try (Connection app = TestDatabase.open(live);
        Statement sql = app.createStatement()) {
      sql.execute("PRAGMA journal_mode=WAL");
      sql.execute("PRAGMA wal_autocheckpoint=0");
      sql.execute("INSERT INTO notes VALUES (2, 'in the log')");
      Files.copy(live, copied);
      Files.copy(others.resolve("live.db-wal"), others.resolve("copied.db-wal"));
    }
    at(copied, JANUARY);
    at(others.resolve("copied.db-wal"), FEBRUARY);
    var before = everything(others);
    Answer imported = on("import", copied);
    assertThat(imported.exit()).as(imported.err()).isZero();
    assertThat(restored()).containsExactly("in the file", "in the log");
    assertThat(backups().getFirst()).startsWith("20260228T120000Z-");
    assertThat(everything(others)).isEqualTo(before);

    // The end of a log that was cut off while it was copied.
    Path log = others.resolve("copied.db-wal");
    Files.write(log, Arrays.copyOf(Files.readAllBytes(log), (int) Files.size(log) - 100));
    at(log, FEBRUARY.plusSeconds(1));
    Answer torn = on("import", copied);
    assertThat(torn.exit()).as(torn.err()).isEqualTo(1);
    assertThat(torn.out()).contains("Warning: ", "copied.db-wal ends in the middle of a page");
    assertThat(restored()).containsExactly("in the file");
    assertThat(on("import", log).err()).contains("NotADatabase", "name that");
  }

  @Test
  void whatAHotJournalHasIsRolledBackInTheCopy() throws Exception {
    Path live = backup("live.db", "committed");
    Path copied = others.resolve("copied.db");
    try (Connection app = TestDatabase.open(live);
        Statement sql = app.createStatement()) {
      sql.execute(
          "WITH RECURSIVE n(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < 200)"
              + " INSERT INTO notes SELECT i, printf('%.*c', 2000, 'x') FROM n");
      sql.execute("PRAGMA cache_size=2");
      app.setAutoCommit(false);
      sql.execute("UPDATE notes SET body = 'never committed' WHERE id < 150");
      Files.copy(live, copied);
      Files.copy(others.resolve("live.db-journal"), others.resolve("copied.db-journal"));
      app.rollback();
    }
    assertThat(Files.readString(copied, java.nio.charset.StandardCharsets.ISO_8859_1))
        .contains("never committed");
    var before = everything(others);
    Answer imported = on("import", copied);
    assertThat(imported.exit()).as(imported.err()).isZero();
    assertThat(restored()).hasSize(200).startsWith("committed").doesNotContain("never committed");
    assertThat(everything(others)).isEqualTo(before);
  }

  @Test
  void whatCannotBeReliedOnIsRefusedForItsOwnReasonAndTheOthersAreImported() throws Exception {
    Path good = at(backup("good.db", "good"), JANUARY);
    byte[] bytes = Files.readAllBytes(good);
    byte[] gz = Files.readAllBytes(gzip(good));
    byte[] zst = Zstd.compress(bytes);
    byte[] random = new byte[8192];
    new Random(1).nextBytes(random);
    byte[] flipped = gz.clone();
    flipped[flipped.length - 6] ^= 1;
    Map<Path, String> bad =
        Map.of(
            others.resolve("none.db"),
            "FileNotFound",
            Files.writeString(others.resolve("text.db"), "hello".repeat(999)),
            "NotADatabase",
            Files.write(others.resolve("empty.db"), new byte[0]),
            "EmptyFile",
            Files.write(others.resolve("short.db"), Arrays.copyOf(bytes, 5000)),
            "Truncated",
            Files.write(others.resolve("cut.db.gz"), Arrays.copyOf(gz, 150)),
            "Truncated",
            Files.write(others.resolve("cut.db.zst"), Arrays.copyOf(zst, 150)),
            "Truncated",
            Files.write(others.resolve("flipped.gz"), flipped),
            "BackupDamaged",
            Files.write(others.resolve("cipher.db"), random),
            "Encrypted",
            Files.write(
                others.resolve("packed.db.xz"),
                new byte[] {(byte) 0xfd, 0x37, 0x7a, 0x58, 0x5a, 0}),
            "NotADatabase",
            others,
            "NotADatabase");
    for (Map.Entry<Path, String> source : bad.entrySet()) {
      Answer answer = on("import", source.getKey());
      assertThat(answer.exit()).as(source + answer.out()).isEqualTo(2);
      assertThat(answer.err().lines().reduce((a, b) -> b).orElseThrow())
          .startsWith("error: " + source.getValue() + ": ")
          .contains(source.getKey().toString());
    }
    assertThat(backups()).isEmpty();

    List<Object> all = new ArrayList<>(bad.keySet());
    all.add(5, good);
    Answer answer = on("import", all.toArray());
    assertThat(answer.exit()).isEqualTo(2);
    assertThat(answer.err())
        .contains("10 of 11 sources could not be imported; 1 backup was imported");
    assertThat(backups()).hasSize(1);
    assertThat(restored()).containsExactly("good");
  }

  @Test
  void aFileWhosePagesContradictEachOtherIsNoBackup() throws Exception {
    Path file = backup("damaged.db", "x");
    TestDatabase.run(
        file,
        "CREATE INDEX by_body ON notes(body)",
        "PRAGMA writable_schema=ON",
        "UPDATE sqlite_schema SET rootpage = (SELECT rootpage FROM sqlite_schema WHERE name = 'notes')"
            + " WHERE name = 'by_body'");
    Answer answer = on("import", file);
    assertThat(answer.exit()).isEqualTo(2);
    assertThat(answer.err()).contains("Corrupt");
    assertThat(backups()).isEmpty();
  }

  @Test
  void aPlaceThatCannotBeWrittenToIsSaidBeforeAnythingIsRead() throws Exception {
    Path file = Files.writeString(dir.resolve("file"), "");
    Answer answer =
        on("import", backup("good.db", "good"), "--backup-dir", file.resolve("backups"));
    assertThat(answer.exit()).isEqualTo(2);
    assertThat(answer.err()).contains("BackupFailed", "--backup-dir").doesNotContain("Reading");
  }

  @Test
  void theDatabaseItselfAndADatabaseOfSeveralFilesAreNoSources() throws Exception {
    TestDatabase.create(volume, "app.db", "CREATE TABLE t (x)");
    Answer itself = on("import", database);
    assertThat(itself.exit()).isEqualTo(2);
    assertThat(itself.err()).contains("InvalidRequest", "litehaven backup");
    Answer several =
        on("import", backup("good.db", "good"), "--database", volume.resolve("users.db"));
    assertThat(several.exit()).isEqualTo(2);
    assertThat(several.err()).contains("InvalidRequest", "has 2");
  }

  @Test
  void nothingIsLeftInScratchSpace() throws Exception {
    assertThat(on("import", backup("good.db", "good"), others).exit()).isEqualTo(2);
    try (Stream<Path> left = Files.walk(volume.resolve(".litehaven"))) {
      assertThat(left.map(Path::toString)).noneMatch(path -> path.contains("/.litehaven/tmp/"));
    }
  }

  @Test
  void aReplicaOfLitestreamIsAsGoodAsAFile() throws Exception {
    Path replicas = Path.of("src/test/resources/litestream");
    Answer imported = on("import", replicas.resolve("0.5.5"), replicas.resolve("0.3.13"));
    assertThat(imported.exit()).as(imported.err()).isZero();
    assertThat(imported.out()).contains("2 backups were imported and read back.");
    List<String> rows = Files.readAllLines(replicas.resolve("0.3.13/notes.txt"));
    assertThat(restored())
        .containsExactlyElementsOf(rows.stream().map(row -> row.split(" ", 2)[1]).toList());
  }
}
