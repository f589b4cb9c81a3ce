package dev.litehaven.runner;

import static dev.litehaven.runner.Volume.work;
import static org.assertj.core.api.Assertions.assertThat;

import dev.litehaven.protocol.DatabaseFile;
import dev.litehaven.protocol.MigrationWork;
import dev.litehaven.protocol.Reason;
import dev.litehaven.protocol.RunnerReport;
import dev.litehaven.protocol.RunnerStep;
import dev.litehaven.runner.FileShape.Change;
import dev.litehaven.runner.FileShape.Feature;
import dev.litehaven.runner.FileShape.Journal;
import dev.litehaven.runner.FileShape.Left;
import dev.litehaven.runner.FileShape.PageSize;
import dev.litehaven.runner.FileShape.Size;
import dev.litehaven.runner.FileShape.Vacuum;
import dev.litehaven.runner.sqlite.TestDatabase;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.assertj.core.api.Assumptions;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.sqlite.Collation;

/**
 * Files of every shape that SQLite gives them, migrated and rolled back: every row is accounted
 * for, what the header says stays, and another SQLite finds the file sound. Any two properties of a
 * file meet in one of them.
 */
class FileShapesTest {
  private static final long SEED = 20_240_601;

  private static final List<List<?>> SMALL =
      FileShape.dimensions(List.of(Size.SMALL), Arrays.asList(Journal.values()));
  private static final List<List<?>> LARGE =
      FileShape.dimensions(
          List.of(Size.UNDER_1_GIB, Size.AT_1_GIB, Size.OVER_1_GIB),
          List.of(Journal.WAL, Journal.DELETE, Journal.PERSIST));

  private static Optional<SystemSqlite> other;

  @TempDir Path root;
  private Path database;
  private FileSetVolume volume;

  @BeforeAll
  static void startOther() throws Exception {
    other = SystemSqlite.start();
  }

  @AfterAll
  static void endOther() {
    other.ifPresent(SystemSqlite::close);
  }

  static Stream<FileShape> small() {
    return AllPairs.rows(SMALL, SEED).stream().map(FileShape::of);
  }

  static Stream<FileShape> large() {
    return AllPairs.rows(LARGE, SEED).stream().map(FileShape::of);
  }

  /** What the suite has time for; both are over 1 GiB when they are migrated. */
  static Stream<FileShape> aroundTheLockPage() {
    return Stream.of(
        new FileShape(
            Size.UNDER_1_GIB,
            PageSize.P4096,
            Journal.WAL,
            Left.KILLED,
            Vacuum.FULL,
            Feature.PLAIN,
            Change.REBUILD),
        new FileShape(
            Size.AT_1_GIB,
            PageSize.P65536,
            Journal.PERSIST,
            Left.AT_REST,
            Vacuum.INCREMENTAL,
            Feature.WITHOUT_ROWID,
            Change.ADD_COLUMN));
  }

  static Stream<FileShape> largest() {
    return Stream.of(
        new FileShape(
            Size.OVER_4_GIB,
            PageSize.P4096,
            Journal.WAL,
            Left.KILLED,
            Vacuum.NONE,
            Feature.FTS5,
            Change.REBUILD),
        new FileShape(
            Size.OVER_4_GIB,
            PageSize.P1024,
            Journal.DELETE,
            Left.AT_REST,
            Vacuum.FULL,
            Feature.PLAIN,
            Change.ADD_COLUMN));
  }

  @Test
  void anyTwoPropertiesMeetInAFile() {
    for (List<List<?>> dimensions : List.of(SMALL, LARGE)) {
      var met = new LinkedHashSet<AllPairs.Pair>();
      var rows = AllPairs.rows(dimensions, SEED);
      rows.stream()
          .map(FileShape::of)
          .map(FileShape::row)
          .map(AllPairs::pairsOf)
          .forEach(met::addAll);
      var wanted = AllPairs.pairs(dimensions);
      long all = dimensions.stream().mapToLong(List::size).reduce(1, (a, b) -> a * b);
      System.out.printf(
          "FileShapesTest: %d pairs in %d of %d files%n", wanted.size(), rows.size(), all);
      assertThat(met).containsAll(wanted);
      assertThat(rows.size()).isLessThan((int) all / 20);
    }
  }

  @Test
  void anotherSqliteLooksOn() {
    Assumptions.assumeThat(other).as("python3 with sqlite3").isPresent();
    System.out.println("FileShapesTest: looked at by SQLite " + other.orElseThrow().version());
  }

  @ParameterizedTest
  @MethodSource("small")
  void noRowIsLost(FileShape shape) throws Exception {
    migratesAndRollsBack(shape);
  }

  @ParameterizedTest
  @MethodSource("aroundTheLockPage")
  void noRowIsLostAroundTheLockPage(FileShape shape) throws Exception {
    migratesAndRollsBack(shape);
  }

  @Tag("soak")
  @ParameterizedTest
  @MethodSource("large")
  void noRowIsLostInLargeFiles(FileShape shape) throws Exception {
    migratesAndRollsBack(shape);
  }

  @Tag("soak")
  @ParameterizedTest
  @MethodSource("largest")
  void noRowIsLostBeyondFourGigabytes(FileShape shape) throws Exception {
    migratesAndRollsBack(shape);
  }

  private void migratesAndRollsBack(FileShape shape) throws Exception {
    newVolume();
    Content before = shape.make(database);
    MigrationWork work = work(shape.migrations().toArray(String[]::new));

    RunnerReport migrated = volume.run(RunnerStep.MIGRATE, "r1", 1, work);
    assertThat(migrated.reason()).as(migrated.message()).isEqualTo(Reason.SUCCEEDED);
    assertThat(migrated.backups())
        .singleElement()
        .satisfies(b -> assertThat(b.verified()).isTrue());
    assertSound(shape);
    assertThat(Content.of(database, shape.queries())).isEqualTo(before);
    assertThat(
            TestDatabase.query(
                database,
                "SELECT (SELECT count(*) FROM item WHERE risk = 'none') = (SELECT count(*) FROM item)"
                    + " AND (SELECT count(*) FROM audit WHERE note = zeroblob(70000 + id)) = 8"))
        .containsExactly("1");
    assertBesideTheLockPage(shape);

    RunnerReport verified = volume.run(RunnerStep.VERIFY, "v1", 2, work);
    assertThat(verified.reason()).as(verified.message()).isEqualTo(Reason.HEALTHY);

    RunnerReport back = volume.run(RunnerStep.ROLLBACK, "r1", 3, null);
    assertThat(back.reason()).as(back.message()).isEqualTo(Reason.ROLLED_BACK);
    assertSound(shape);
    assertThat(Content.of(database, shape.queries())).isEqualTo(before);
    assertThat(TestDatabase.query(database, "SELECT name FROM sqlite_schema WHERE name = 'audit'"))
        .isEmpty();
  }

  private void newVolume() throws Exception {
    database = Files.createDirectories(root.resolve("app")).resolve("data.db");
    volume = new FileSetVolume(root, List.of(new DatabaseFile("main", "app/data.db")));
  }

  /** At rest, as it was made, and in order: asked of two SQLites. */
  private void assertSound(FileShape shape) throws Exception {
    try (Stream<Path> beside = Files.list(database.getParent())) {
      assertThat(beside.map(file -> file.getFileName().toString()))
          .noneMatch(name -> name.matches(".*-(wal|shm|journal)"));
    }
    var kept =
        List.of(
            Integer.toString(shape.pageSize().bytes()),
            Integer.toString(shape.vacuum().ordinal()),
            shape.journal().remembered(),
            Integer.toString(FileShape.USER_VERSION),
            Integer.toString(FileShape.APPLICATION_ID));
    var found = new ArrayList<String>();
    for (String pragma : SystemSqlite.KEPT) {
      found.addAll(TestDatabase.query(database, "PRAGMA " + pragma));
    }
    assertThat(found).isEqualTo(kept);
    if (shape.size() == Size.SMALL || other.isEmpty()) {
      assertThat(TestDatabase.query(database, "PRAGMA integrity_check")).containsExactly("ok");
    }
    if (other.isPresent()) {
      assertThat(other.get().check(database)).isEqualTo("ok");
      assertThat(other.get().kept(database)).isEqualTo(kept);
    }
  }

  /** The migrated file is where the shape wanted it: behind the page that holds no data. */
  private void assertBesideTheLockPage(FileShape shape) throws Exception {
    long pages = Long.parseLong(TestDatabase.query(database, "PRAGMA page_count").getFirst());
    if (shape.size() == Size.SMALL) {
      assertThat(pages).isLessThan(shape.lockPage());
    } else {
      assertThat(pages).isGreaterThan(shape.lockPage());
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "wal    | CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT COLLATE app_order)",
        "delete | CREATE TABLE t (a TEXT COLLATE app_order PRIMARY KEY) WITHOUT ROWID",
        "wal    | CREATE TABLE t (a TEXT); CREATE INDEX i ON t (a COLLATE app_order)",
        "delete | CREATE TABLE t (a TEXT, b INTEGER AS (a < 'm' COLLATE app_order)); CREATE INDEX i ON t (b)",
      })
  void aCollationThatOnlyTheApplicationHasIsRefused(String journalMode, String schema)
      throws Exception {
    newVolume();
    try (var connection = TestDatabase.open(database);
        var statement = connection.createStatement()) {
      Collation.create(
          connection,
          "app_order",
          new Collation() {
            @Override
            protected int xCompare(String one, String other) {
              return other.compareTo(one);
            }
          });
      statement.execute("PRAGMA journal_mode=" + journalMode);
      for (String sql : schema.split(";", -1)) {
        statement.execute(sql);
      }
      statement.execute("INSERT INTO t (a) VALUES ('x'), ('a'), ('k')");
    }
    byte[] bytes = Files.readAllBytes(database);
    Object inode = Files.getAttribute(database, "unix:ino");

    RunnerReport report =
        volume.run(RunnerStep.MIGRATE, "r1", 1, work("ALTER TABLE t ADD COLUMN risk TEXT"));

    assertThat(report.reason()).as(report.message()).isEqualTo(Reason.UNSUPPORTED_DATABASE);
    assertThat(report.message()).contains("app_order", "only its application has");
    assertThat(report.backups()).isEmpty();
    assertThat(database).hasBinaryContent(bytes);
    assertThat(Files.getAttribute(database, "unix:ino")).isEqualTo(inode);
    assertThat(volume.leftOvers()).isEmpty();
    try (Stream<Path> beside = Files.list(database.getParent())) {
      assertThat(beside).containsExactly(database);
    }
  }
}
