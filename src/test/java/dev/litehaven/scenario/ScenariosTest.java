package dev.litehaven.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The fixtures are sound databases, and they are the ones that other tests count on. */
class ScenariosTest {
  private static final String ARROW_ROWS =
      "arrows 72, component_fits 154, components 27, manufacturers 8, spine_conversions 135,"
          + " spine_specifications 264";
  private static final String USER_ROWS =
      "backup_metadata 30, bow_setups 84, guide_sessions 64, sessions 37, users 55";

  private static final Map<Scenarios, Map<String, Long>> ROWS = new EnumMap<>(Scenarios.class);
  private static final Map<Scenarios, String> JOURNAL_MODES = new EnumMap<>(Scenarios.class);

  static {
    frozen(
        Scenarios.ALLEGUTTA_PORTFOLIO,
        "wal",
        "audit_log 62, dividends 36, holdings 40, journal 25, portfolios 4, prices 210,"
            + " securities 15, settings 6, transactions 143");
    frozen(Scenarios.ARROWTUNER_ARROWS, "wal", ARROW_ROWS + ", schema_migrations 22");
    frozen(Scenarios.ARROWTUNER_USERS, "wal", USER_ROWS);
    frozen(
        Scenarios.ARROWTUNER_UNIFIED,
        "wal",
        ARROW_ROWS + ", " + USER_ROWS + ", schema_migrations 23");
    frozen(Scenarios.ARROWTUNER_ODD_HISTORY, "wal", ARROW_ROWS + ", schema_migrations 5");
    frozen(
        Scenarios.FLASKSTORE,
        "delete",
        "addresses 72, order_items 230, orders 90, product_search 60, products 60, reviews 70,"
            + " schema_version 5, users 80");
    frozen(
        Scenarios.RIDERPRO_MAIN,
        "wal",
        "acknowledgments 69, gps_points 120, riders 24, routes 8, shipments 150, sync_queue 30");
    frozen(
        Scenarios.RIDERPRO_REPLICA,
        "wal",
        "acknowledgments 54, routes 8, shipments 120, sync_state 1");
    frozen(Scenarios.RIDERPRO_USERDATA, "delete", "preferences 48, sessions 37, users 30");
    frozen(
        Scenarios.TRIVIA,
        "wal",
        "categories 6, choices 504, game_answers 261, game_players 87, games 30, players 40,"
            + " questions 126");
  }

  private static void frozen(Scenarios scenario, String journalMode, String rows) {
    Map<String, Long> counts = new LinkedHashMap<>();
    for (String entry : rows.split(", ", -1)) {
      String[] parts = entry.split(" ", -1);
      counts.put(parts[0], Long.valueOf(parts[1]));
    }
    ROWS.put(scenario, counts);
    JOURNAL_MODES.put(scenario, journalMode);
  }

  @ParameterizedTest
  @EnumSource
  void isSoundAndHasItsRows(Scenarios scenario, @TempDir Path directory) throws Exception {
    try (Connection connection = open(scenario.build(directory))) {
      assertThat(rows(connection, "PRAGMA integrity_check")).containsExactly("ok");
      assertThat(rows(connection, "PRAGMA foreign_key_check")).isEmpty();
      assertThat(rows(connection, "PRAGMA journal_mode"))
          .containsExactly(JOURNAL_MODES.get(scenario));
      assertThat(counts(connection)).containsExactlyInAnyOrderEntriesOf(ROWS.get(scenario));
    }
  }

  @ParameterizedTest
  @EnumSource
  void isClosedWithNothingBesideIt(Scenarios scenario, @TempDir Path directory) throws IOException {
    Path file = scenario.build(directory);
    try (Stream<Path> all = Files.list(directory)) {
      assertThat(all).containsExactly(file);
    }
    assertThat(file).hasFileName(scenario.fileName());
  }

  @Test
  void isTheSameEveryTime(@TempDir Path directory) throws IOException {
    Path first = Scenarios.TRIVIA.buildAs(directory.resolve("first.db"));
    Path second = Scenarios.TRIVIA.buildAs(directory.resolve("second.db"));
    assertThat(Files.mismatch(first, second)).isEqualTo(-1);
  }

  @Test
  void neverWritesIntoAnotherDatabase(@TempDir Path directory) {
    Scenarios.TRIVIA.build(directory);
    assertThatThrownBy(() -> Scenarios.TRIVIA.build(directory))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("trivia.db is there already");
  }

  @Test
  void deletedNumbersAreNotGivenOutAgain(@TempDir Path directory) throws Exception {
    try (Connection connection = open(Scenarios.ALLEGUTTA_PORTFOLIO.build(directory))) {
      assertThat(rows(connection, "SELECT seq FROM sqlite_sequence WHERE name = 'transactions'"))
          .containsExactly("187");
      assertThat(rows(connection, "SELECT max(id) FROM transactions")).containsExactly("143");
    }
  }

  @Test
  void unifiedHas27ColumnsThatSeparateLacks(@TempDir Path directory) throws Exception {
    List<String> separate = new ArrayList<>();
    for (Scenarios half : List.of(Scenarios.ARROWTUNER_ARROWS, Scenarios.ARROWTUNER_USERS)) {
      try (Connection connection = open(half.build(directory))) {
        separate.addAll(columns(connection));
      }
    }
    Path unified = Scenarios.ARROWTUNER_UNIFIED.buildAs(directory.resolve("unified.db"));
    try (Connection connection = open(unified)) {
      List<String> all = columns(connection);
      assertThat(all).containsAll(separate);
      all.removeAll(separate);
      assertThat(all)
          .hasSize(27)
          .contains(
              "users.updated_at",
              "users.last_login",
              "users.picture",
              "bow_setups.created_at",
              "bow_setups.updated_at",
              "manufacturers.website",
              "manufacturers.established");
    }
  }

  @Test
  void everyFixtureFileIsInUse() throws IOException {
    String used = String.join("\n", Arrays.stream(Scenarios.values()).map(Scenarios::sql).toList());
    Path scenarios = Path.of("src/test/resources/scenarios");
    try (Stream<Path> files = Files.walk(scenarios)) {
      List<Path> scripts = files.filter(file -> file.toString().endsWith(".sql")).toList();
      assertThat(scripts)
          .hasSize(10)
          .allSatisfy(script -> assertThat(used).contains(Files.readString(script)));
    }
  }

  private static Connection open(Path file) throws SQLException {
    return DriverManager.getConnection("jdbc:sqlite:" + file);
  }

  private static Map<String, Long> counts(Connection connection) throws SQLException {
    Map<String, Long> counts = new LinkedHashMap<>();
    for (String table :
        rows(
            connection,
            "SELECT name FROM pragma_table_list WHERE schema = 'main'"
                + " AND type IN ('table', 'virtual') AND name NOT LIKE 'sqlite_%'")) {
      counts.put(table, Long.valueOf(rows(connection, "SELECT count(*) FROM " + table).getFirst()));
    }
    return counts;
  }

  private static List<String> columns(Connection connection) throws SQLException {
    return rows(
        connection,
        "SELECT t.name || '.' || c.name FROM pragma_table_list t, pragma_table_xinfo (t.name) c"
            + " WHERE t.schema = 'main' AND t.type = 'table' AND t.name NOT LIKE 'sqlite_%'");
  }

  private static List<String> rows(Connection connection, String query) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet result = statement.executeQuery(query)) {
      List<String> rows = new ArrayList<>();
      while (result.next()) {
        rows.add(result.getString(1));
      }
      return rows;
    }
  }
}
