package dev.litehaven.runner.swap;

import static org.assertj.core.api.Assertions.assertThat;

import dev.litehaven.protocol.RunRef;
import dev.litehaven.protocol.Sha256;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Map;
import java.util.TreeMap;

/** Real databases for the tests on real files. */
final class Databases {
  static final int ROWS = 200;

  private Databases() {}

  static RunRef run(String id, long epoch) {
    return new RunRef(id, "test/db", "claim", epoch, "test");
  }

  static Connection open(Path path) throws SQLException {
    return DriverManager.getConnection("jdbc:sqlite:" + path);
  }

  /** 200 rows, all committed, in one file. */
  static void create(Path path, String journalMode) throws Exception {
    Files.createDirectories(path.getParent());
    try (var c = open(path);
        var s = c.createStatement()) {
      s.execute("PRAGMA journal_mode=" + journalMode);
      s.execute("CREATE TABLE t(id INTEGER PRIMARY KEY, v TEXT NOT NULL)");
      insert(c, 1, ROWS);
    }
  }

  static void insert(Connection c, int from, int to) throws SQLException {
    c.setAutoCommit(false);
    try (var p = c.prepareStatement("INSERT INTO t(id, v) VALUES(?, ?)")) {
      for (int i = from; i <= to; i++) {
        p.setInt(1, i);
        p.setString(2, "row " + i + " " + "x".repeat(200));
        p.executeUpdate();
      }
    }
    c.commit();
    c.setAutoCommit(true);
  }

  static void insertOne(Path path, int id) throws SQLException {
    update(path, "INSERT INTO t(id, v) VALUES(" + id + ", 'one')");
  }

  static void migrate(Path copy) throws SQLException {
    try (var c = open(copy);
        var s = c.createStatement()) {
      s.execute("ALTER TABLE t ADD COLUMN risk INTEGER NOT NULL DEFAULT 0");
    }
  }

  static String sql(Path path, String sql) throws SQLException {
    try (var c = open(path);
        var s = c.createStatement();
        var r = s.executeQuery(sql)) {
      return r.next() ? r.getString(1) : null;
    }
  }

  static void update(Path path, String sql) throws SQLException {
    try (var c = open(path);
        var s = c.createStatement()) {
      s.executeUpdate(sql);
    }
  }

  /** Old or new, and complete: every row there and SQLite content. */
  static String generation(Path path, int rows) throws SQLException {
    assertThat(sql(path, "PRAGMA integrity_check")).isEqualTo("ok");
    assertThat(sql(path, "SELECT count(*) FROM t")).isEqualTo(Integer.toString(rows));
    var columns = sql(path, "SELECT count(*) FROM pragma_table_info('t') WHERE name = 'risk'");
    return columns.equals("1") ? "new" : "old";
  }

  /** Every file of the volume with its bytes, but not Litehaven's own directory. */
  static Map<String, String> contents(Path root) throws IOException {
    var out = new TreeMap<String, String>();
    try (var files = Files.walk(root)) {
      for (Path p : (Iterable<Path>) files::iterator) {
        if (Files.isRegularFile(p, java.nio.file.LinkOption.NOFOLLOW_LINKS)
            && !p.startsWith(root.resolve(IntentStore.DIRECTORY))) {
          out.put(
              root.relativize(p) + " " + Files.getAttribute(p, "unix:ino"),
              Sha256.of(Files.readAllBytes(p)));
        }
      }
    }
    return out;
  }

  /**
   * Fills a directory with a copy of another, file by file: what a kill of the process would leave.
   */
  static void copyTree(Path from, Path to) throws IOException {
    try (var files = Files.walk(from)) {
      for (Path p : (Iterable<Path>) files::iterator) {
        var target = to.resolve(from.relativize(p).toString());
        if (Files.isDirectory(p)) {
          Files.createDirectories(target);
        } else {
          Files.copy(p, target);
        }
      }
    }
  }
}
