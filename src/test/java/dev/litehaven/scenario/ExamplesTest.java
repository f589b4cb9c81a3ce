package dev.litehaven.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.litehaven.runner.RunnerMain;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What people are told to apply does on the scenarios' databases what the READMEs say. */
class ExamplesTest {
  private static final Path EXAMPLES = Path.of("k8s/examples");
  private static final String PORTFOLIO_ROWS =
      "SELECT (SELECT count(*) FROM portfolios) || ' ' || (SELECT count(*) FROM holdings) || ' ' ||"
          + " (SELECT count(*) FROM transactions) || ' ' || (SELECT sum(quantity) FROM holdings)"
          + " || ' ' || (SELECT count(*) FROM audit_log) || ' ' || (SELECT count(*) FROM journal)";

  @TempDir Path directory;

  @ParameterizedTest
  @CsvSource({"minimal,", "allegutta,ALLEGUTTA_PORTFOLIO", "statefulset,TRIVIA"})
  void theFilesInConfigMapsAreTheCommittedOnes(String example, Scenarios seed) throws IOException {
    JsonNode data = documents(example + "/00-app-files.yaml").getFirst().get("data");
    assertThat(data.get("app.py").asText())
        .as("run scripts/examples.py")
        .isEqualTo(Files.readString(EXAMPLES.resolve("app/app.py")));
    assertThat(data.path("seed.sql").asText()).isEqualTo(seed == null ? "" : seed.sql());
  }

  @Test
  void allSqlOfTheAlleguttaExampleRunsAndKeepsEveryRow() throws Exception {
    Path database = Scenarios.ALLEGUTTA_PORTFOLIO.build(directory);
    List<String> before = query(database, PORTFOLIO_ROWS);

    assertThat(migrate("allegutta/20-migration.yaml", database)).isZero();
    assertThat(query(database, "SELECT DISTINCT risk FROM holdings ORDER BY 1"))
        .containsExactly("high", "low", "medium");
    assertThat(migrate("allegutta/v2/20-migration.yaml", database)).isZero();
    assertThat(query(database, "SELECT count(*) FROM dividends_after_tax WHERE net = 0"))
        .containsExactly("0");
    assertThat(migrate("allegutta/bad/20-migration.yaml", database)).isZero();
    assertThat(query(database, "SELECT name FROM sqlite_schema WHERE type = 'trigger' ORDER BY 1"))
        .containsExactly("holdings_audit", "journal_needs_currency");

    assertThat(query(database, PORTFOLIO_ROWS)).isEqualTo(before);
  }

  @Test
  void columnsThatExistAlreadyAreHarmless() throws Exception {
    Path database = Scenarios.ALLEGUTTA_PORTFOLIO.build(directory);
    try (Connection connection = open(database);
        Statement statement = connection.createStatement()) {
      statement.executeUpdate(
          "ALTER TABLE holdings ADD COLUMN risk TEXT NOT NULL DEFAULT 'unrated';"
              + " UPDATE holdings SET risk = 'low' WHERE id = 1");
    }
    assertThat(migrate("allegutta/20-migration.yaml", database)).isZero();
    assertThat(query(database, "SELECT risk FROM holdings WHERE id IN (1, 2) ORDER BY id"))
        .as("what was there stays, what was not rated is")
        .containsExactly("low", "high");
  }

  @Test
  void everyDownLeadsBackToTheSchemaBefore() throws Exception {
    Path database = Scenarios.ALLEGUTTA_PORTFOLIO.build(directory);
    assertThat(migrate("allegutta/20-migration.yaml", database)).isZero();
    String schema =
        "SELECT type, sql FROM sqlite_schema WHERE name NOT LIKE 'litehaven%' ORDER BY type, name";
    List<String> before = query(database, schema);
    assertThat(migrate("allegutta/bad/20-migration.yaml", database)).isZero();
    assertThat(query(database, schema)).isNotEqualTo(before);

    assertThat(migrate(downTo("002"), database)).isZero();
    assertThat(query(database, schema)).isEqualTo(before);
  }

  @Test
  void theStatefulSetExampleRunsOnItsSeed() throws Exception {
    Path database = Scenarios.TRIVIA.build(directory);
    Path migrations = Files.createDirectory(directory.resolve("migrations"));
    Map<?, ?> files =
        new YAMLMapper()
            .convertValue(
                documents("statefulset/20-migration.yaml").getFirst().get("data"), Map.class);
    for (Map.Entry<?, ?> file : files.entrySet()) {
      Files.writeString(migrations.resolve((String) file.getKey()), (String) file.getValue());
    }
    int exit =
        RunnerMain.run(
            new String[] {
              "migrate",
              "--database",
              database.toString(),
              "-f",
              EXAMPLES.resolve("statefulset/20-migration.yaml").toString(),
              "--migrations",
              migrations.toString()
            });
    assertThat(exit).isZero();
    assertThat(
            query(
                database,
                "EXPLAIN QUERY PLAN SELECT id FROM questions"
                    + " WHERE CAST(times_correct AS FLOAT) / NULLIF(times_asked, 0) > 0.9"))
        .anySatisfy(line -> assertThat(line).contains("ix_questions_rate"));
    assertThat(query(database, "SELECT count(*), sum(best_streak) FROM players"))
        .containsExactly("40|0");
  }

  /** The last migration of the example as somebody writes it who wants back. */
  private Path downTo(String version) throws IOException {
    JsonNode migration = documents("allegutta/bad/20-migration.yaml").getFirst();
    var spec = (com.fasterxml.jackson.databind.node.ObjectNode) migration.get("spec");
    spec.put("targetVersion", version);
    // Going down takes away what the migrations added: that is what is asked for here.
    spec.putObject("policy").put("destructive", "Allow");
    spec.putObject("verify");
    Path file = directory.resolve("down.yaml");
    new YAMLMapper().writeValue(file.toFile(), migration);
    return file;
  }

  private static int migrate(String example, Path database) {
    return migrate(EXAMPLES.resolve(example), database);
  }

  private static int migrate(Path manifest, Path database) {
    return RunnerMain.run(
        new String[] {"migrate", "-f", manifest.toString(), "--database", database.toString()});
  }

  private static List<JsonNode> documents(String file) throws IOException {
    YAMLMapper yaml = new YAMLMapper();
    try (MappingIterator<JsonNode> documents =
        yaml.readerFor(JsonNode.class).readValues(EXAMPLES.resolve(file).toFile())) {
      return documents.readAll();
    }
  }

  private static Connection open(Path file) throws SQLException {
    return DriverManager.getConnection("jdbc:sqlite:" + file);
  }

  private static List<String> query(Path database, String sql) throws SQLException {
    try (Connection connection = open(database);
        Statement statement = connection.createStatement();
        ResultSet result = statement.executeQuery(sql)) {
      List<String> rows = new ArrayList<>();
      while (result.next()) {
        List<String> row = new ArrayList<>();
        for (int column = 1; column <= result.getMetaData().getColumnCount(); column++) {
          row.add(result.getString(column));
        }
        rows.add(String.join("|", row));
      }
      return rows;
    }
  }
}
