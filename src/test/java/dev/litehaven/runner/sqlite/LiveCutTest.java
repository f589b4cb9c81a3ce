package dev.litehaven.runner.sqlite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.litehaven.protocol.Reason;
import dev.litehaven.protocol.RefusedException;
import dev.litehaven.runner.sqlite.LiveCut.Limits;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LiveCutTest {
  private static final int CUTS = 12;

  @TempDir Path directory;

  /**
   * The writer counts in the first file, then in the second, then in both at once. So the second is
   * never ahead, and the first at most by one. Copies made one after the other are.
   */
  @ParameterizedTest
  @CsvSource({"wal,wal", "delete,delete", "wal,delete", "delete,wal"})
  void everyCutIsOfOneInstantUnderAWriterOfBothFiles(String firstMode, String secondMode)
      throws Exception {
    Path first = database("first.db", firstMode);
    Path second = database("second.db", secondMode);
    var unhurried =
        new Limits(
            Duration.ofSeconds(30), Duration.ofSeconds(5), 1 << 20, LiveCutTest::aFewMilliseconds);
    try (Writer writer = new Writer(first, second)) {
      for (int i = 0; i < CUTS; i++) {
        writer.awaitAnotherRound();
        Path a = directory.resolve("a" + i + ".db");
        Path b = directory.resolve("b" + i + ".db");
        Map<Path, Path> files = new LinkedHashMap<>();
        files.put(first, a);
        files.put(second, b);
        LiveCut.copy(files, unhurried);
        assertThat(counter(a) - counter(b)).as("cut %d", i).isBetween(0L, 1L);
        for (Path copy : List.of(a, b)) {
          assertThat(TestDatabase.query(copy, "PRAGMA integrity_check")).containsExactly("ok");
          assertThat(TestDatabase.query(copy, "SELECT count(*) FROM fill")).containsExactly("3000");
        }
      }
      assertThat(writer.rounds()).isGreaterThan(CUTS);
    }
  }

  @Test
  void leavesNothingBesideFilesThatNobodyUsesAndChangesNoneOfThem() throws Exception {
    Path first = database("first.db", "wal");
    Path second = database("second.db", "delete");
    byte[] before = Files.readAllBytes(first);
    TreeSet<String> names = names();
    LiveCut.copy(
        Map.of(first, directory.resolve("copy/a.db"), second, directory.resolve("copy/b.db")));
    assertThat(Files.readAllBytes(first)).isEqualTo(before);
    assertThat(names()).isEqualTo(names);
  }

  @Test
  void aFileThatIsLockedForGoodIsNamedAndNoCopyIsLeft() throws Exception {
    Path first = database("first.db", "wal");
    Path second = database("second.db", "wal");
    var limits = new Limits(Duration.ofMillis(200), Duration.ofSeconds(1), 1 << 20, () -> {});
    Path a = directory.resolve("copy/a.db");
    try (Connection app = TestDatabase.open(second);
        Statement statement = app.createStatement()) {
      statement.execute("BEGIN IMMEDIATE");
      refused(
          Map.of(first, a, second, directory.resolve("copy/b.db")),
          limits,
          Reason.DATABASE_LOCKED,
          "second.db");
      // Giving up has let go of the file that was free.
      TestDatabase.run(first, "UPDATE n SET i = i + 1");
    }
    assertThat(a).doesNotExist();
  }

  @Test
  void aRollbackModeFileTooLongToCopyUnderALockIsRefusedWithWhatToDo() throws Exception {
    Path first = database("first.db", "wal");
    Path second = database("second.db", "delete");
    var slow = new Limits(Duration.ofSeconds(1), Duration.ofSeconds(1), 1000, () -> {});
    refused(
        Map.of(first, directory.resolve("copy/a.db"), second, directory.resolve("copy/b.db")),
        slow,
        Reason.UNSUPPORTED_DATABASE,
        "journal_mode=WAL");
  }

  private static void refused(Map<Path, Path> files, Limits limits, Reason reason, String text) {
    assertThatThrownBy(() -> LiveCut.copy(files, limits))
        .isInstanceOfSatisfying(
            RefusedException.class, e -> assertThat(e.reason()).isEqualTo(reason))
        .hasMessageContaining(text);
  }

  private Path database(String name, String mode) throws Exception {
    Files.createDirectories(directory.resolve("copy"));
    return TestDatabase.create(
        directory,
        name,
        "PRAGMA journal_mode=" + mode,
        "CREATE TABLE n (i INTEGER)",
        "INSERT INTO n VALUES (0)",
        "CREATE TABLE fill (x)",
        "WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 3000)"
            + " INSERT INTO fill SELECT hex(randomblob(100)) FROM c");
  }

  private static void aFewMilliseconds() {
    try {
      Thread.sleep(25);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private TreeSet<String> names() throws Exception {
    try (Stream<Path> files = Files.list(directory)) {
      return new TreeSet<>(files.map(file -> file.getFileName().toString()).toList());
    }
  }

  private static long counter(Path copy) throws SQLException {
    return Long.parseLong(TestDatabase.query(copy, "SELECT i FROM n").getFirst());
  }

  /** An application that writes its files one after the other, and now and then both at once. */
  private static final class Writer implements AutoCloseable {
    private final AtomicBoolean stop = new AtomicBoolean();
    private final AtomicLong rounds = new AtomicLong();
    private final Thread thread;
    private volatile Throwable failure;

    Writer(Path first, Path second) {
      thread =
          Thread.ofPlatform()
              .start(
                  () -> {
                    try {
                      write(first, second);
                    } catch (SQLException | RuntimeException e) {
                      failure = e;
                    }
                  });
    }

    private void write(Path first, Path second) throws SQLException {
      try (Connection a = TestDatabase.open(first);
          Connection b = TestDatabase.open(second);
          Statement one = a.createStatement();
          Statement two = b.createStatement();
          Connection both = TestDatabase.open(first);
          Statement cross = both.createStatement()) {
        cross.execute("ATTACH '" + second + "' AS other");
        for (Statement statement : List.of(one, two, cross)) {
          statement.execute("PRAGMA busy_timeout=5000");
          statement.execute("PRAGMA synchronous=OFF");
        }
        while (!stop.get()) {
          one.execute("UPDATE n SET i = i + 1");
          two.execute("UPDATE n SET i = i + 1");
          cross.execute("BEGIN IMMEDIATE");
          cross.execute("UPDATE main.n SET i = i + 1");
          cross.execute("UPDATE other.n SET i = i + 1");
          cross.execute("COMMIT");
          rounds.incrementAndGet();
        }
      }
    }

    long rounds() {
      return rounds.get();
    }

    void awaitAnotherRound() throws Exception {
      long now = rounds.get();
      while (rounds.get() == now && failure == null) {
        Thread.sleep(1);
      }
      assertThat(failure).as("the application never fails for a copy").isNull();
    }

    @Override
    public void close() throws Exception {
      stop.set(true);
      thread.join();
      assertThat(failure).as("the application never fails for a copy").isNull();
    }
  }
}
