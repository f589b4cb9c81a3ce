package dev.litehaven.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class MigrationFilesTest {
  private static MigrationScript one(Map<String, String> files) {
    List<MigrationScript> scripts = MigrationFiles.parse(files);
    assertThat(scripts).hasSize(1);
    return scripts.getFirst();
  }

  private static void isScript(
      MigrationScript script, String version, String description, String up, String down) {
    assertThat(script).isEqualTo(new MigrationScript(version, description, up, down, null, null));
  }

  @Test
  void flyway() {
    isScript(
        one(Map.of("V1_2__add_risk.sql", "UP;", "U1_2__add_risk.sql", "DOWN;")),
        "1.2",
        "add risk",
        "UP;",
        "DOWN;");
  }

  @Test
  void golangMigrateAndSqlx() {
    isScript(
        one(Map.of("002_add_risk.up.sql", "UP;", "002_add_risk.down.sql", "DOWN;")),
        "002",
        "add risk",
        "UP;",
        "DOWN;");
  }

  @Test
  void goose() {
    isScript(
        one(Map.of("20240102_x.sql", "-- +goose Up\nUP;\n-- +goose Down\nDOWN;\n")),
        "20240102",
        "x",
        "UP;\n",
        "DOWN;\n");
  }

  @Test
  void dbmateWithOptions() {
    isScript(
        one(Map.of("3_x.sql", "-- migrate:up transaction:false\nUP;\n\n-- migrate:down\nDOWN;")),
        "3",
        "x",
        "UP;\n\n",
        "DOWN;");
  }

  @Test
  void plain() {
    isScript(one(Map.of("3-create-tables.sql", "UP;")), "3", "create tables", "UP;", null);
    isScript(one(Map.of("3.sql", "UP;")), "3", "", "UP;", null);
  }

  @Test
  void otherFilesArePassedOver() {
    isScript(one(Map.of("README.md", "read me", "1_a.sql", "UP;")), "1", "a", "UP;", null);
  }

  @Test
  void aVersionWrittenInTwoWaysStaysTwoForTheComparatorToRefuse() {
    assertThat(MigrationFiles.parse(Map.of("2_a.sql", "A", "002_b.sql", "B")))
        .extracting(MigrationScript::version)
        .containsExactlyInAnyOrder("2", "002");
  }

  @Test
  void whatCannotBeUnderstoodIsRefusedAndNamed() {
    Map<String, Map<String, String>> cases =
        Map.of(
            "R__views.sql", Map.of("R__views.sql", "x"),
            "schema.sql", Map.of("schema.sql", "x"),
            "4_a.down.sql", Map.of("4_a.down.sql", "x"),
            "4_b.sql", Map.of("4_a.sql", "x", "4_b.sql", "y"));
    cases.forEach(
        (named, files) ->
            assertThatThrownBy(() -> MigrationFiles.parse(files))
                .isInstanceOf(RefusedException.class)
                .hasMessageContaining(named));
  }
}
