package dev.litehaven.runner;

import dev.litehaven.runner.sqlite.TestDatabase;
import dev.litehaven.runner.swap.Stranger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** What a database file can be like. Each is made by SQLite itself, and left as it says. */
record FileShape(
    Size size,
    PageSize pageSize,
    Journal journal,
    Left left,
    Vacuum vacuum,
    Feature feature,
    Change change) {
  static final int ROWS = 300;
  static final int LATE_ROWS = 40;
  static final int USER_VERSION = 7;
  static final int APPLICATION_ID = 0x4c484442;

  /** SQLite locks bytes from here on, and puts no data on the page that holds them. */
  private static final long LOCK_BYTE = 1L << 30;

  private static final long MARGIN = 8L << 20;

  enum Size {
    SMALL,
    /** Ends just before the lock page: the migration has to step over it. */
    UNDER_1_GIB,
    /** Ends with the first page behind the lock page. */
    AT_1_GIB,
    OVER_1_GIB,
    OVER_4_GIB
  }

  enum PageSize {
    P512,
    P1024,
    P2048,
    P4096,
    P8192,
    P16384,
    P32768,
    P65536;

    int bytes() {
      return Integer.parseInt(name().substring(1));
    }
  }

  /** How its last writer kept it. A file remembers only whether it was WAL. */
  enum Journal {
    WAL,
    DELETE,
    TRUNCATE,
    PERSIST,
    MEMORY,
    OFF;

    /** Whether a change that is half done can be taken back from what is on disk. */
    boolean onDisk() {
      return this != MEMORY && this != OFF;
    }

    String remembered() {
      return this == WAL ? "wal" : "delete";
    }
  }

  /** By its last writer: closed, or by SIGKILL in the middle of a transaction. */
  enum Left {
    AT_REST,
    KILLED
  }

  enum Vacuum {
    NONE,
    FULL,
    INCREMENTAL
  }

  enum Feature {
    PLAIN,
    WITHOUT_ROWID,
    FTS5,
    GENERATED
  }

  enum Change {
    ADD_COLUMN,
    REBUILD
  }

  static List<List<?>> dimensions(List<Size> sizes, List<Journal> journals) {
    return List.of(
        sizes,
        Arrays.asList(PageSize.values()),
        journals,
        Arrays.asList(Left.values()),
        Arrays.asList(Vacuum.values()),
        Arrays.asList(Feature.values()),
        Arrays.asList(Change.values()));
  }

  static FileShape of(List<?> row) {
    return new FileShape(
        (Size) row.get(0),
        (PageSize) row.get(1),
        (Journal) row.get(2),
        (Left) row.get(3),
        (Vacuum) row.get(4),
        (Feature) row.get(5),
        (Change) row.get(6));
  }

  List<Object> row() {
    return List.of(size, pageSize, journal, left, vacuum, feature, change);
  }

  /** Its number, counted from 1. */
  long lockPage() {
    return LOCK_BYTE / pageSize.bytes() + 1;
  }

  /** Makes it, and answers what is committed in it. */
  Content make(Path file) throws Exception {
    try (Connection connection = TestDatabase.open(file);
        Statement statement = connection.createStatement()) {
      statement.execute("PRAGMA page_size=" + pageSize.bytes());
      statement.execute("PRAGMA auto_vacuum=" + vacuum);
      statement.execute("PRAGMA synchronous=OFF");
      statement.execute("PRAGMA journal_mode=" + (size == Size.SMALL ? journal : Journal.OFF));
      for (String sql : schema()) {
        statement.execute(sql);
      }
      var filler = new Filler(connection, pageSize.bytes());
      filler.fillTo(pages());
      requireSize(filler.pages());
      statement.execute("PRAGMA journal_mode=" + journal);
      statement.execute("UPDATE tag SET value = value + 1 WHERE rowid = 1");
    }
    return left == Left.KILLED ? killed(file) : Content.of(file, queries());
  }

  private long pages() {
    return switch (size) {
      case SMALL -> 0;
      case UNDER_1_GIB -> lockPage() - 2;
      case AT_1_GIB -> lockPage() + 1;
      case OVER_1_GIB -> (LOCK_BYTE + MARGIN) / pageSize.bytes();
      case OVER_4_GIB -> (4 * LOCK_BYTE + MARGIN) / pageSize.bytes();
    };
  }

  /** The last rows may have taken a page or two more than was wanted. */
  private void requireSize(long pages) {
    boolean right =
        switch (size) {
          case SMALL -> pages < lockPage();
          case UNDER_1_GIB -> pages > lockPage() - 4 && pages < lockPage();
          case AT_1_GIB -> pages > lockPage() && pages < lockPage() + 4;
          case OVER_1_GIB -> pages > lockPage() + 100;
          case OVER_4_GIB -> pages > 4 * lockPage();
        };
    if (!right) {
      throw new AssertionError(this + " was made with " + pages + " pages");
    }
  }

  private List<String> schema() {
    var sql = new ArrayList<String>();
    sql.add(item("item", ""));
    sql.add(
        numbers(1, ROWS)
            + "INSERT INTO item (id, name, amount, raw) SELECT i, 'name ' || (i % 50), i / 8.0,"
            + " CASE i % 4 WHEN 0 THEN NULL ELSE randomblob(i % 700) END FROM n");
    sql.add("CREATE INDEX item_by_name ON item (name, amount)");
    // No INTEGER PRIMARY KEY, and gaps: its rowids are content that a careless copy renumbers.
    sql.add("CREATE TABLE tag (label TEXT, value)");
    sql.add(numbers(1, ROWS) + "INSERT INTO tag SELECT 'label ' || i % 7, i FROM n");
    sql.add("DELETE FROM tag WHERE rowid % 9 = 0");
    sql.add("CREATE TABLE bulk (id INTEGER PRIMARY KEY, data BLOB)");
    if (feature == Feature.FTS5) {
      sql.add("CREATE VIRTUAL TABLE search USING fts5(name, body)");
      sql.add(
          numbers(1, ROWS)
              + "INSERT INTO search SELECT 'name ' || i, 'body' || (i % 13) || ' words' FROM n");
    }
    sql.add("PRAGMA user_version=" + USER_VERSION);
    sql.add("PRAGMA application_id=" + APPLICATION_ID);
    return sql;
  }

  private static String numbers(int from, int to) {
    return "WITH RECURSIVE n(i) AS (SELECT %d UNION ALL SELECT i + 1 FROM n WHERE i < %d) "
        .formatted(from, to);
  }

  /**
   * @param more columns after the others
   */
  private String item(String name, String more) {
    String columns = "name TEXT NOT NULL, amount REAL, raw BLOB" + more;
    return "CREATE TABLE "
        + name
        + switch (feature) {
          case WITHOUT_ROWID ->
              " (id INTEGER NOT NULL, " + columns + ", PRIMARY KEY (name, id)) WITHOUT ROWID";
          case GENERATED ->
              " (id INTEGER PRIMARY KEY, "
                  + columns
                  + ", label TEXT AS (upper(name) || '-' || id) STORED, weight INTEGER AS"
                  + " (length(raw)) VIRTUAL)";
          case PLAIN, FTS5 -> " (id INTEGER PRIMARY KEY, " + columns + ")";
        };
  }

  /** What must be the same afterwards, in words that old and new schema understand. */
  List<String> queries() {
    var queries = new ArrayList<String>();
    queries.add("SELECT id, name, amount, raw FROM item ORDER BY id");
    queries.add("SELECT id FROM item INDEXED BY item_by_name ORDER BY name, amount, id");
    queries.add("SELECT rowid, label, value FROM tag ORDER BY rowid");
    queries.add("SELECT id, data FROM bulk ORDER BY id");
    if (feature == Feature.FTS5) {
      queries.add("SELECT rowid, name, body FROM search ORDER BY rowid");
      queries.add("SELECT rowid FROM search WHERE search MATCH 'body5 words' ORDER BY rowid");
    }
    if (feature == Feature.GENERATED) {
      queries.add("SELECT id, label, weight FROM item ORDER BY id");
    }
    return queries;
  }

  /** Each migration also makes the file grow by more than a few pages of any size. */
  List<String> migrations() {
    String grow =
        "CREATE TABLE audit (id INTEGER PRIMARY KEY, note BLOB); "
            + numbers(1, 8)
            + "INSERT INTO audit SELECT i, zeroblob(70000 + i) FROM n;"
            + " CREATE INDEX tag_by_label ON tag (label)";
    String risk = ", risk TEXT NOT NULL DEFAULT 'none'";
    return switch (change) {
      case ADD_COLUMN -> List.of("ALTER TABLE item ADD COLUMN" + risk.substring(1), grow);
      case REBUILD ->
          List.of(
              item("item_new", risk)
                  + "; INSERT INTO item_new (id, name, amount, raw)"
                  + " SELECT id, name, amount, raw FROM item;"
                  + " DROP TABLE item; ALTER TABLE item_new RENAME TO item;"
                  + " CREATE INDEX item_by_name ON item (name, amount)",
              grow);
    };
  }

  /** Commits more rows, begins to change everything, and is killed. */
  private Content killed(Path file) throws Exception {
    Content committed;
    try (var app = new Stranger(file)) {
      ask(
          app,
          "PRAGMA journal_mode=" + journal,
          "PRAGMA wal_autocheckpoint=0",
          numbers(ROWS + 1, ROWS + LATE_ROWS)
              + "INSERT INTO item (id, name, amount, raw)"
              + " SELECT i, 'late ' || i, i, randomblob(i) FROM n");
      committed = Content.of(file, queries());
      // Without a journal on disk nothing may reach the file before the commit, or it is lost.
      ask(
          app,
          "PRAGMA cache_spill=" + (journal.onDisk() ? "1" : "OFF"),
          "PRAGMA cache_size=" + (journal.onDisk() ? "1" : "-100000"),
          "BEGIN",
          "UPDATE item SET amount = amount + 1, raw = randomblob(900)",
          "DELETE FROM tag WHERE rowid % 2 = 0",
          "INSERT INTO bulk (data) VALUES (randomblob(300000))");
    }
    requireLeftBehind(file);
    return committed;
  }

  /** Has statements carried out, and waits until they are. */
  private static void ask(Stranger app, String... statements) throws Exception {
    app.tell(String.join(";\n", statements) + ";\nSELECT 'carried out';");
    String heard = app.hear();
    while (!"carried out".equals(heard)) {
      if (heard == null || heard.contains("rror")) {
        throw new AssertionError("the application said " + heard);
      }
      heard = app.hear();
    }
  }

  /** Else the test would not be about what it says. */
  private void requireLeftBehind(Path file) throws Exception {
    Path wal = file.resolveSibling(file.getFileName() + "-wal");
    Path hot = file.resolveSibling(file.getFileName() + "-journal");
    boolean there =
        switch (journal) {
          case WAL -> Files.size(wal) > 300_000;
          case DELETE, TRUNCATE, PERSIST -> Files.size(hot) > 10_000 && hasMagic(hot);
          case MEMORY, OFF -> !Files.exists(hot) && !Files.exists(wal);
        };
    if (!there) {
      throw new AssertionError("the killed process left nothing of what " + this + " means");
    }
  }

  /** A journal that counts begins with these bytes; a spent one with zeros. */
  private static boolean hasMagic(Path journal) throws Exception {
    try (var in = Files.newInputStream(journal)) {
      return Arrays.equals(
          in.readNBytes(4), new byte[] {(byte) 0xd9, (byte) 0xd5, 0x05, (byte) 0xf9});
    }
  }

  /** Makes a file grow to a number of pages by rows of some size. */
  private record Filler(Connection connection, int pageSize) {
    private static final int CHUNK = 4 << 20;

    void fillTo(long target) throws SQLException {
      connection.setAutoCommit(false);
      try (var insert = connection.prepareStatement("INSERT INTO bulk (data) VALUES (?)");
          var zeros = connection.prepareStatement("INSERT INTO bulk (data) VALUES (zeroblob(?))")) {
        var random = new java.util.Random(pageSize);
        for (long left = target - pages(); left > 0; left = target - pages()) {
          long bytes = left * pageSize;
          if (bytes > 4 * MARGIN) {
            zeros.setInt(1, CHUNK);
            zeros.executeUpdate();
          } else {
            // Around the lock page every byte is to be told from every other.
            // With auto_vacuum every pageSize / 5 pages have one of pointers before them.
            long overflow = Math.min(left - 3 - left / (pageSize / 5), CHUNK / pageSize);
            var data = new byte[overflow > 0 ? (int) overflow * (pageSize - 4) : pageSize / 8];
            random.nextBytes(data);
            insert.setBytes(1, data);
            insert.executeUpdate();
          }
        }
        connection.commit();
      }
      connection.setAutoCommit(true);
    }

    long pages() throws SQLException {
      try (var statement = connection.createStatement();
          var answer = statement.executeQuery("PRAGMA page_count")) {
        answer.next();
        return answer.getLong(1);
      }
    }
  }
}
