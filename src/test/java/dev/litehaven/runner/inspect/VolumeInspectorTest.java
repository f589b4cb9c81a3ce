package dev.litehaven.runner.inspect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.litehaven.protocol.DatabaseFile;
import dev.litehaven.protocol.InspectReport;
import dev.litehaven.protocol.InspectReport.FileInfo;
import dev.litehaven.protocol.Reason;
import dev.litehaven.protocol.RefusedException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class VolumeInspectorTest {
  @TempDir Path volume;

  private static Connection connect(Path file) throws SQLException {
    return DriverManager.getConnection("jdbc:sqlite:" + file);
  }

  private Path database(String path, String... statements) throws Exception {
    Path file = volume.resolve(path);
    Files.createDirectories(file.getParent());
    try (Connection connection = connect(file);
        Statement statement = connection.createStatement()) {
      statement.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT)");
      statement.execute(
          "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000)"
              + " INSERT INTO t SELECT i, hex(randomblob(8)) FROM n");
      for (String sql : statements) {
        statement.execute(sql);
      }
    }
    return file;
  }

  private List<FileInfo> found(String... excluded) throws IOException {
    return VolumeInspector.inspect(volume, List.of(), List.of(excluded)).report().files();
  }

  private FileInfo inspect(String path) throws IOException {
    return VolumeInspector.inspect(volume, List.of(new DatabaseFile("main", path)), List.of())
        .report()
        .files()
        .getFirst();
  }

  private Set<String> listing() throws IOException {
    try (Stream<Path> files = Files.walk(volume)) {
      Set<String> all = new HashSet<>();
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        all.add(
            volume.relativize(file)
                + " "
                + Files.getLastModifiedTime(file)
                + " "
                + Files.size(file));
      }
      return all;
    }
  }

  @Test
  void aFileInPlaceOfTheVolumesRootIsSaidToBeMountedByItself() throws Exception {
    Path file = database("app.db");
    assertThatThrownBy(() -> VolumeInspector.inspect(file, List.of(), List.of()))
        .isInstanceOfSatisfying(
            RefusedException.class,
            refusal -> assertThat(refusal.reason()).isEqualTo(Reason.SUB_PATH_FILE))
        .hasMessageContaining("Mount its directory");
  }

  @Test
  void databasesAreFoundByTheirHeaderWhateverTheyAreCalled() throws Exception {
    database("app/data.bin");
    database("app/portfolio.db");
    database("cache/thumbs.db");
    Files.writeString(volume.resolve("notes.txt"), "SQLite format 3, says this text");
    Files.createDirectories(volume.resolve(".litehaven/tmp"));
    database(".litehaven/tmp/copy.db");
    database("app/.portfolio.db.lh-r1.old");
    assertThat(found("cache/**"))
        .extracting(FileInfo::path)
        .containsExactly("app/data.bin", "app/portfolio.db");
  }

  @Test
  void aSoundDatabaseIsDescribed() throws Exception {
    Path file =
        database(
            "app.db",
            "PRAGMA journal_mode=WAL",
            "CREATE TABLE flyway_schema_history (installed_rank INT, version TEXT, success INT)",
            "INSERT INTO flyway_schema_history VALUES (1, '1', 1), (2, '1.1', 1)");
    FileInfo info = inspect("app.db");
    assertThat(info)
        .isEqualTo(
            new FileInfo(
                "main",
                "app.db",
                Files.size(file),
                "wal",
                4096,
                "Flyway",
                "1.1",
                2,
                ((Number) Files.getAttribute(file, "unix:uid")).longValue(),
                ((Number) Files.getAttribute(file, "unix:gid")).longValue(),
                Files.getPosixFilePermissions(file).contains(PosixFilePermission.GROUP_WRITE),
                null,
                null));
  }

  @Test
  void whetherItsGroupMayWriteItIsSeen() throws Exception {
    Path file = database("app.db");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-rw-r--"));
    assertThat(inspect("app.db").groupWritable()).isTrue();
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--rw-"));
    assertThat(inspect("app.db").groupWritable()).isFalse();
  }

  @Test
  void nothingIsChangedOrLeft() throws Exception {
    database("wal.db", "PRAGMA journal_mode=WAL");
    database("plain.db");
    Set<String> before = listing();
    assertThat(found()).hasSize(2).allMatch(file -> file.problem() == null);
    assertThat(listing()).isEqualTo(before);
  }

  /** The writer is another process, as it is in a pod. */
  @Test
  void aDatabaseInUseIsReadBesideItsWriterWhoseLocksStay() throws Exception {
    Path file = database("live.db", "PRAGMA journal_mode=WAL");
    Process writer =
        new ProcessBuilder("sqlite3", file.toString()).redirectErrorStream(true).start();
    try (var in = writer.outputWriter();
        var out = writer.inputReader()) {
      in.write("BEGIN IMMEDIATE; INSERT INTO t(v) VALUES ('new'); SELECT 'held';\n");
      in.flush();
      assertThat(out.readLine()).isEqualTo("held");
      assertThat(inspect("live.db").problem()).isNull();
      try (Connection other = connect(file);
          Statement statement = other.createStatement()) {
        statement.execute("PRAGMA busy_timeout=0");
        assertThatThrownBy(() -> statement.execute("BEGIN IMMEDIATE"))
            .isInstanceOf(SQLException.class)
            .hasMessageContaining("BUSY");
      }
      in.write("COMMIT; SELECT count(*) FROM t;\n");
      in.flush();
      assertThat(out.readLine()).isEqualTo("2001");
    } finally {
      writer.destroy();
    }
  }

  @Test
  void everyUnusableFileHasItsOwnReason() throws Exception {
    Files.createFile(volume.resolve("empty.db"));
    Files.writeString(volume.resolve("text.sqlite"), "not a database");
    byte[] random = new byte[8192];
    new Random(7).nextBytes(random);
    Files.write(volume.resolve("secret.db"), random);
    Path cut = database("cut.db");
    try (RandomAccessFile file = new RandomAccessFile(cut.toFile(), "rw")) {
      file.setLength(file.length() - 4096);
    }
    Files.createSymbolicLink(volume.resolve("link.db"), database("real.db"));
    Files.createLink(volume.resolve("second-name"), database("twice.db"));
    assertThat(found())
        .filteredOn(file -> file.problem() != null)
        .extracting(FileInfo::path, FileInfo::problem)
        .containsExactlyInAnyOrder(
            org.assertj.core.groups.Tuple.tuple("empty.db", Reason.EMPTY_FILE),
            org.assertj.core.groups.Tuple.tuple("text.sqlite", Reason.NOT_A_DATABASE),
            org.assertj.core.groups.Tuple.tuple("secret.db", Reason.ENCRYPTED),
            org.assertj.core.groups.Tuple.tuple("cut.db", Reason.TRUNCATED),
            org.assertj.core.groups.Tuple.tuple("link.db", Reason.SYMBOLIC_LINK),
            org.assertj.core.groups.Tuple.tuple("twice.db", Reason.HARD_LINKED),
            org.assertj.core.groups.Tuple.tuple("second-name", Reason.HARD_LINKED));
    assertThat(inspect("gone.db").problem()).isEqualTo(Reason.FILE_NOT_FOUND);
    assertThat(inspect("../gone.db").problem()).isEqualTo(Reason.PATH_OUTSIDE_VOLUME);
    assertThat(inspect("/etc/passwd").problem()).isEqualTo(Reason.PATH_OUTSIDE_VOLUME);
  }

  @Test
  void aPathThroughALinkedDirectoryIsRefused() throws Exception {
    database("real/app.db");
    Files.createSymbolicLink(volume.resolve("linked"), volume.resolve("real"));
    assertThat(inspect("linked/app.db").problem()).isEqualTo(Reason.SYMBOLIC_LINK);
    assertThat(found()).extracting(FileInfo::path).containsExactly("real/app.db");
  }

  @Test
  void theVolumeIsDescribed() throws Exception {
    InspectReport report = VolumeInspector.inspect(volume, List.of(), List.of()).report();
    assertThat(report.filesystem()).isNotBlank();
    assertThat(report.totalBytes()).isGreaterThanOrEqualTo(report.freeBytes()).isPositive();
    assertThat(report.unfinishedRun()).isNull();
    assertThat(report.highestEpoch()).isZero();
  }

  @Test
  void namesAreShortAndUnique() {
    Set<String> taken = new HashSet<>();
    assertThat(
            Stream.of(
                    "app/main.db",
                    "old/main.db",
                    "Main.DB",
                    "x/app/main.db",
                    "a_b c.sqlite3",
                    "main")
                .map(path -> VolumeInspector.uniqueName(path, taken)))
        .containsExactly("main", "old-main", "main-db-2", "app-main", "a-b-c", "main-2");
  }

  @Test
  void whatIsNoGlobIsRefused() {
    assertThatThrownBy(() -> found("{a"))
        .isInstanceOf(RefusedException.class)
        .extracting(e -> ((RefusedException) e).reason())
        .isEqualTo(Reason.INVALID_REQUEST);
  }
}
