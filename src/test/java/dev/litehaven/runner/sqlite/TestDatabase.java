package dev.litehaven.runner.sqlite;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;

/** Real database files for tests, made by plain JDBC and not by the code under test. */
public final class TestDatabase {
  private TestDatabase() {}

  /** A new database in the directory; each text is one statement. */
  public static Path create(Path directory, String name, String... statements) throws SQLException {
    Path file = directory.resolve(name);
    run(file, statements);
    return file;
  }

  public static void run(Path file, String... statements) throws SQLException {
    try (Connection connection = open(file);
        Statement statement = connection.createStatement()) {
      for (String sql : statements) {
        statement.execute(sql);
      }
    }
  }

  public static Connection open(Path file) throws SQLException {
    return DriverManager.getConnection("jdbc:sqlite:" + file);
  }

  /** First column of all rows, as text. */
  public static List<String> query(Path file, String sql) throws SQLException {
    List<String> values = new ArrayList<>();
    try (Connection connection = open(file);
        Statement statement = connection.createStatement();
        var rows = statement.executeQuery(sql)) {
      while (rows.next()) {
        values.add(rows.getString(1));
      }
    }
    return values;
  }

  /**
   * The last of the numbers in the column {@code id} of a table, after it was made sure that every
   * one from 1 up to it is there.
   */
  public static long prefix(Path file, String table) throws SQLException {
    String[] seen =
        query(
                file,
                "SELECT count(*) || ' ' || coalesce(max(id), 0) || ' ' || min(id) FROM " + table)
            .getFirst()
            .split(" ", -1);
    assertThat(seen[0]).as("no number is missing").isEqualTo(seen[1]);
    assertThat(seen[2]).isEqualTo("1");
    return Long.parseLong(seen[1]);
  }

  /** A second file with the same bytes; the first one must be closed. */
  public static Path copyOf(Path file) throws java.io.IOException {
    return Files.copy(file, file.resolveSibling("copy-of-" + file.getFileName()));
  }
}
