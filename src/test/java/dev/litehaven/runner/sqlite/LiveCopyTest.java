package dev.litehaven.runner.sqlite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.litehaven.protocol.Reason;
import dev.litehaven.protocol.RefusedException;
import dev.litehaven.runner.sqlite.LiveCopy.Copied;
import dev.litehaven.runner.sqlite.LiveCopy.Limits;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LiveCopyTest {
  @TempDir Path directory;

  @ParameterizedTest
  @ValueSource(strings = {"wal", "delete", "truncate", "persist"})
  void copiesWhatIsCommittedWhileTheApplicationIsConnected(String mode) throws Exception {
    Path live = bigDatabase(mode, 100);
    Path target = directory.resolve("copy.db");
    try (Connection app = TestDatabase.open(live);
        Statement statement = app.createStatement()) {
      statement.execute("PRAGMA journal_mode=" + mode);
      statement.execute("INSERT INTO t (a, b) VALUES (7, 7)");

      Copied copied = LiveCopy.copy(live, target);

      assertThat(copied.journalMode()).isEqualTo(mode.equals("wal") ? "wal" : "delete");
      statement.execute("INSERT INTO t (a, b) VALUES (8, 8)");
    }
    assertThat(TestDatabase.query(target, "SELECT count(*) FROM t WHERE a IN (7, 8)"))
        .containsExactly("1");
    assertThat(TestDatabase.query(target, "PRAGMA integrity_check")).containsExactly("ok");
    assertThat(TestDatabase.query(target, "PRAGMA journal_mode"))
        .containsExactly(mode.equals("wal") ? "wal" : "delete");
  }

  @ParameterizedTest
  @ValueSource(strings = {"wal", "delete"})
  void isConsistentUnderAWriterThatNeverRests(String mode) throws Exception {
    Path live = bigDatabase(mode, 20_000);
    try (Writer writer = new Writer(live)) {
      for (int i = 0; i < 5; i++) {
        Path target = directory.resolve("copy" + i + ".db");
        long before = writer.commits();
        LiveCopy.copy(live, target);
        List<String> sums = TestDatabase.query(target, "SELECT sum(a) - sum(b) FROM t");
        assertThat(sums).containsExactly("0");
        assertThat(Long.parseLong(TestDatabase.query(target, "SELECT sum(a) FROM t").getFirst()))
            .isGreaterThanOrEqualTo(before * 5);
        assertThat(TestDatabase.query(target, "PRAGMA quick_check")).containsExactly("ok");
      }
    }
  }

  @Test
  void keepsWritersOutForOneCopyWhenItWouldNeverEnd() throws Exception {
    Path live = bigDatabase("delete", 100_000);
    Path target = directory.resolve("copy.db");
    try (Writer writer = new Writer(live)) {
      // Single pages: without holding, every commit of the writer would be a restart.
      Limits small = new Limits(Duration.ofSeconds(20), 1, 1, Duration.ofMinutes(1), 1_000_000);
      Copied copied = LiveCopy.copy(live, target, small);
      assertThat(copied.restarts()).isPositive();
      long commits = writer.commits();
      writer.awaitCommitAfter(commits);
    }
    assertThat(TestDatabase.query(target, "SELECT sum(a) - sum(b) FROM t")).containsExactly("0");
  }

  @Test
  void givesUpRatherThanKeepingWritersOutForLong() throws Exception {
    Path live = bigDatabase("delete", 100_000);
    Path target = directory.resolve("copy.db");
    try (Writer writer = new Writer(live)) {
      Limits never = new Limits(Duration.ofSeconds(20), 1, 1, Duration.ZERO, 1);
      assertThatThrownBy(() -> LiveCopy.copy(live, target, never))
          .isInstanceOfSatisfying(
              RefusedException.class, e -> assertThat(e.reason()).isEqualTo(Reason.DATABASE_LOCKED))
          .hasMessageContaining("it was written 1 times while it was copied");
      writer.awaitCommitAfter(writer.commits());
    }
    assertThat(Files.exists(target)).isFalse();
    assertThat(TestDatabase.query(live, "PRAGMA quick_check")).containsExactly("ok");
  }

  @Test
  void leavesTheLiveFileAsItIs() throws Exception {
    Path live = bigDatabase("delete", 1000);
    byte[] before = Files.readAllBytes(live);
    LiveCopy.copy(live, directory.resolve("copy.db"));
    assertThat(Files.readAllBytes(live)).isEqualTo(before);
    try (var files = Files.list(directory)) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .containsExactlyInAnyOrder("live.db", "copy.db");
    }
  }

  @Test
  void readsAWalThatACrashedApplicationLeft() throws Exception {
    Path live = bigDatabase("wal", 100);
    Path crashed = directory.resolve("crashed.db");
    try (Connection app = TestDatabase.open(live);
        Statement statement = app.createStatement()) {
      statement.execute("INSERT INTO t (a, b) VALUES (7, 7)");
      Files.copy(live, crashed);
      Files.copy(directory.resolve("live.db-wal"), directory.resolve("crashed.db-wal"));
    }
    Path target = directory.resolve("copy.db");
    LiveCopy.copy(crashed, target);
    assertThat(TestDatabase.query(target, "SELECT count(*) FROM t WHERE a = 7"))
        .containsExactly("1");
  }

  @Test
  void rollsAHotJournalBack() throws Exception {
    Path live = bigDatabase("delete", 5000);
    Path crashed = directory.resolve("crashed.db");
    try (Connection app = TestDatabase.open(live);
        Statement statement = app.createStatement()) {
      statement.execute("PRAGMA cache_size=5");
      statement.execute("BEGIN");
      statement.execute("UPDATE t SET a = -1");
      // The cache is too small to hold it: half of the change is in the file, all of it in the
      // journal.
      Files.copy(live, crashed);
      Files.copy(directory.resolve("live.db-journal"), directory.resolve("crashed.db-journal"));
      statement.execute("ROLLBACK");
    }
    Path target = directory.resolve("copy.db");
    LiveCopy.copy(crashed, target);
    assertThat(TestDatabase.query(target, "SELECT count(*) FROM t WHERE a = -1"))
        .containsExactly("0");
  }

  @Test
  void saysThatTheDatabaseIsLocked() throws Exception {
    Path live = bigDatabase("delete", 100);
    Path target = directory.resolve("copy.db");
    Limits impatient = new Limits(Duration.ofMillis(100), 1000, 3, Duration.ofSeconds(1), 30);
    try (Connection app = TestDatabase.open(live);
        Statement statement = app.createStatement()) {
      statement.execute("BEGIN EXCLUSIVE");
      assertThatThrownBy(() -> LiveCopy.copy(live, target, impatient))
          .isInstanceOfSatisfying(
              RefusedException.class, e -> assertThat(e.reason()).isEqualTo(Reason.DATABASE_LOCKED))
          .hasMessageContaining("stop the application");
    }
    assertThat(Files.exists(target)).isFalse();
  }

  @Test
  void neverTakesHalfACopyForAWholeOne() throws Exception {
    Path live = bigDatabase("delete", 200_000);
    Path target = directory.resolve("copy.db");
    Limits impatient = new Limits(Duration.ofMillis(100), 1, 1000, Duration.ZERO, 1000);
    try (Connection app = TestDatabase.open(live);
        Statement statement = app.createStatement()) {
      statement.execute("PRAGMA busy_timeout=20000");
      Thread locker =
          Thread.ofPlatform()
              .start(
                  () -> {
                    while (Files.notExists(target)) {
                      Thread.onSpinWait();
                    }
                    try {
                      statement.execute("BEGIN EXCLUSIVE");
                    } catch (SQLException e) {
                      throw new IllegalStateException(e);
                    }
                  });
      assertThatThrownBy(() -> LiveCopy.copy(live, target, impatient))
          .isInstanceOfSatisfying(
              RefusedException.class, e -> assertThat(e.reason()).isEqualTo(Reason.DATABASE_LOCKED))
          .hasMessageContaining("not complete");
      locker.join();
    }
    assertThat(Files.exists(target)).isFalse();
  }

  @Test
  void refusesAFileThatIsNoDatabase() throws Exception {
    Path file = Files.writeString(directory.resolve("text.db"), "no database at all".repeat(100));
    assertThatThrownBy(() -> LiveCopy.copy(file, directory.resolve("copy.db")))
        .isInstanceOfSatisfying(
            RefusedException.class, e -> assertThat(e.reason()).isEqualTo(Reason.NOT_A_DATABASE));
  }

  @Test
  void makesNoDatabaseWhereNoneIs() {
    Path missing = directory.resolve("missing.db");
    assertThatThrownBy(() -> LiveCopy.copy(missing, directory.resolve("copy.db")))
        .isInstanceOf(RefusedException.class);
    assertThat(directory).isEmptyDirectory();
  }

  @Test
  void neverOverwrites() throws Exception {
    Path live = bigDatabase("delete", 1);
    assertThatThrownBy(() -> LiveCopy.copy(live, live))
        .isInstanceOf(IllegalArgumentException.class);
  }

  /** Commits without a break; the sums of both columns are equal at every commit. */
  private static final class Writer implements AutoCloseable {
    private final AtomicBoolean over = new AtomicBoolean();
    private final AtomicLong commits = new AtomicLong();
    private final Thread thread;

    Writer(Path live) throws InterruptedException {
      thread = Thread.ofPlatform().start(() -> write(live));
      awaitCommitAfter(0);
    }

    long commits() {
      return commits.get();
    }

    void awaitCommitAfter(long number) throws InterruptedException {
      synchronized (commits) {
        while (commits.get() <= number && thread.isAlive()) {
          commits.wait(1000);
        }
      }
      assertThat(commits.get()).isGreaterThan(number);
    }

    private void write(Path live) {
      try (Connection app = TestDatabase.open(live);
          Statement statement = app.createStatement()) {
        statement.execute("PRAGMA busy_timeout=20000");
        // Without waiting for the disk there are hundreds of commits in the time of one copy.
        statement.execute("PRAGMA synchronous=OFF");
        while (!over.get()) {
          statement.execute("BEGIN IMMEDIATE");
          statement.execute("UPDATE t SET a = a + 1 WHERE id % 4000 = 1");
          statement.execute("UPDATE t SET b = b + 1 WHERE id % 4000 = 1");
          statement.execute("COMMIT");
          commits.incrementAndGet();
          synchronized (commits) {
            commits.notifyAll();
          }
        }
      } catch (SQLException e) {
        throw new IllegalStateException(e);
      }
    }

    @Override
    public void close() throws InterruptedException {
      over.set(true);
      thread.join();
    }
  }

  private Path bigDatabase(String mode, int rows) throws Exception {
    return TestDatabase.create(
        directory,
        "live.db",
        "PRAGMA journal_mode=" + mode,
        "CREATE TABLE t (id INTEGER PRIMARY KEY, a INT, b INT, filler TEXT)",
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < "
            + rows
            + ") INSERT INTO t (a, b, filler) SELECT 0, 0, hex(zeroblob(100)) FROM n");
  }
}
