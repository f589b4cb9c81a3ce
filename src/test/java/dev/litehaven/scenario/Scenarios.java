package dev.litehaven.scenario;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;

/**
 * The frozen databases of the scenarios, built from {@code src/test/resources/scenarios}. The same
 * rows and schema every time; see the README there for what each one is.
 */
public enum Scenarios {
  ALLEGUTTA_PORTFOLIO("portfolio.db", "allegutta/portfolio.sql"),

  /** Layout SEPARATE; belongs together with {@link #ARROWTUNER_USERS}. */
  ARROWTUNER_ARROWS("arrow_database.db", "arrowtuner/arrow_database.sql"),
  ARROWTUNER_USERS("user_data.db", "arrowtuner/user_data.sql"),

  /** Layout UNIFIED: both in one file, with all 27 columns that others lack. */
  ARROWTUNER_UNIFIED(
      "arrow_database.db",
      "arrowtuner/arrow_database.sql",
      "arrowtuner/user_data.sql",
      "arrowtuner/arrow_database-unified.sql"),

  /** As {@link #ARROWTUNER_ARROWS}, with a schema_migrations that has no column {@code version}. */
  ARROWTUNER_ODD_HISTORY(
      "arrow_database.db",
      "arrowtuner/arrow_database.sql",
      "arrowtuner/arrow_database-odd-history.sql"),

  FLASKSTORE("flaskstore.db", "flaskstore/flaskstore.sql"),
  RIDERPRO_MAIN("main.db", "riderpro/main.sql"),
  RIDERPRO_REPLICA("replica.db", "riderpro/replica.sql"),
  RIDERPRO_USERDATA("userdata.db", "riderpro/userdata.sql"),
  TRIVIA("trivia.db", "trivia/trivia.sql");

  private final String fileName;
  private final List<String> scripts;

  Scenarios(String fileName, String... scripts) {
    this.fileName = fileName;
    this.scripts = List.of(scripts);
  }

  /** What the app calls its file. */
  public String fileName() {
    return fileName;
  }

  /** Builds the database under its own name, closed and without sidecars; returns the file. */
  public Path build(Path directory) {
    return buildAs(directory.resolve(fileName));
  }

  /**
   * Builds the database as this file, closed and without sidecars.
   *
   * @throws IllegalArgumentException when the file is there already
   */
  public Path buildAs(Path file) {
    if (Files.exists(file)) {
      throw new IllegalArgumentException(file + " is there already");
    }
    try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file);
        Statement statement = connection.createStatement()) {
      for (String script : scripts) {
        // The driver runs all statements of a text in executeUpdate only.
        statement.executeUpdate(sql(script));
      }
    } catch (SQLException e) {
      throw new IllegalStateException("cannot build " + this + " from " + scripts, e);
    }
    return file;
  }

  /** The scripts one after the other, as one text. */
  public String sql() {
    return String.join("\n", scripts.stream().map(Scenarios::sql).toList());
  }

  private static String sql(String script) {
    try (InputStream in = Scenarios.class.getResourceAsStream("/scenarios/" + script)) {
      if (in == null) {
        throw new IllegalStateException("no test resource scenarios/" + script);
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
