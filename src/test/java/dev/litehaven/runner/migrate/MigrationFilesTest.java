package dev.litehaven.runner.migrate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.litehaven.protocol.MigrationScript;
import dev.litehaven.protocol.Reason;
import dev.litehaven.protocol.RefusedException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MigrationFilesTest {
  @Test
  void readsFlyway() {
    List<MigrationScript> scripts =
        MigrationFiles.parse(
            Map.of(
                "V2_1__add_risk.sql", "up 2.1",
                "V1__first.sql", "up 1",
                "U1__first.sql", "down 1",
                "README.md", "text"));
    assertThat(scripts)
        .containsExactly(
            new MigrationScript("1", "first", "up 1", "down 1", null, null),
            new MigrationScript("2.1", "add risk", "up 2.1", null, null, null));
  }

  @Test
  void readsGolangMigrateAndSqlx() {
    assertThat(
            MigrationFiles.parse(
                Map.of(
                    "000002_add_risk.up.sql", "up",
                    "000002_add_risk.down.sql", "down",
                    "sub/20260102030405_plain.sql", "plain")))
        .containsExactly(
            new MigrationScript("000002", "add risk", "up", "down", null, null),
            new MigrationScript("20260102030405", "plain", "plain", null, null, null));
  }

  @Test
  void readsGoose() {
    String file =
        """
        -- a comment before
        -- +goose Up
        -- +goose StatementBegin
        CREATE TRIGGER t AFTER INSERT ON a BEGIN SELECT 1; END;
        -- +goose StatementEnd
        CREATE TABLE b (c);

        -- +goose Down
        DROP TABLE b;
        """;
    assertThat(MigrationFiles.parse(Map.of("00003_goose.sql", file)))
        .containsExactly(
            new MigrationScript(
                "00003",
                "goose",
                "CREATE TRIGGER t AFTER INSERT ON a BEGIN SELECT 1; END;\nCREATE TABLE b (c);\n\n",
                "DROP TABLE b;\n\n",
                null,
                null));
  }

  @Test
  void readsDbmate() {
    String file = "-- migrate:up\nCREATE TABLE b (c);\n-- migrate:down\n";
    assertThat(MigrationFiles.parse(Map.of("20260102_x.sql", file)))
        .containsExactly(
            new MigrationScript("20260102", "x", "CREATE TABLE b (c);\n", null, null, null));
  }

  @Test
  void twoFilesOfOneVersionStayTwo() {
    assertThat(MigrationFiles.parse(Map.of("V2__a.sql", "a", "V002__b.sql", "b"))).hasSize(2);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "R__views.sql | SELECT 1 | repeatable",
        "B1__base.sql | SELECT 1 | repeatable",
        "views.sql | SELECT 1 | no version",
        "U3__gone.sql | SELECT 1 | no way up",
        "3_x.down.sql | SELECT 1 | no way up",
        "3_x.go | package main | a program",
        "3_x.sql | -- migrate:up transaction:false | transaction:false",
        "3_x.sql | -- +goose NO TRANSACTION | NO TRANSACTION",
        "3_x.sql | -- +goose ENVSUB ON | ENVSUB",
        "3_x.sql | -- +goose Down | none for the way up",
        "3_x.sql | -- +goose Sideways | not known",
      })
  void refusesWhatItCannotRun(String name, String content, String why) {
    assertThatThrownBy(() -> MigrationFiles.parse(Map.of(name, content)))
        .isInstanceOfSatisfying(
            RefusedException.class, e -> assertThat(e.reason()).isEqualTo(Reason.SOURCE_INVALID))
        .hasMessageContaining(name)
        .hasMessageContaining(why);
  }

  @Test
  void refusesTwoPartsAndTwoWaysDown() {
    assertThatThrownBy(
            () ->
                MigrationFiles.parse(
                    Map.of("1_x.sql", "-- migrate:up\nSELECT 1;\n-- migrate:up\nSELECT 2;")))
        .hasMessageContaining("two parts marked up");
    assertThatThrownBy(
            () ->
                MigrationFiles.parse(Map.of("V1__x.sql", "a", "U1__x.sql", "a", "U01__y.sql", "b")))
        .hasMessageContaining("another way down in");
  }

  @Test
  void commentLinesSayWhichFilesAMigrationIsAbout() {
    String text =
        "-- Written by hand.\n--litehaven:file guides\n-- litehaven:attach main, replica\n"
            + "-- litehaven:moves sessions -> main.guide_sessions\n\n"
            + "-- migrate:up\nSELECT 1;\n-- migrate:down\nSELECT 2;";
    var expected =
        new MigrationScript(
            "1",
            "x",
            "SELECT 1;\n",
            "SELECT 2;\n",
            null,
            null,
            "guides",
            List.of("main", "replica"),
            List.of(new MigrationScript.Move("sessions", "main.guide_sessions")));
    assertThat(MigrationFiles.parse(Map.of("1_x.sql", text))).containsExactly(expected);
    assertThat(
            MigrationFiles.parse(
                Map.of("V1__x.sql", "-- litehaven:attach guides\nSELECT 1;", "U1__x.sql", "S")))
        .singleElement()
        .satisfies(script -> assertThat(script.attach()).containsExactly("guides"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "-- litehaven:files guides | none of litehaven:file",
        "-- litehaven:file | names nothing",
        "-- litehaven:moves a b | FROM -> TO",
        "SELECT 1;~-- litehaven:file guides | before the first statement",
        "-- litehaven:file a~-- litehaven:file b | two directives",
      })
  void aDirectiveThatIsMisspeltIsNotTakenForAComment(String text, String why) {
    assertThatThrownBy(() -> MigrationFiles.parse(Map.of("1_x.sql", text.replace('~', '\n'))))
        .isInstanceOfSatisfying(
            RefusedException.class, e -> assertThat(e.reason()).isEqualTo(Reason.SOURCE_INVALID))
        .hasMessageContaining("1_x.sql")
        .hasMessageContaining(why);
  }

  @Test
  void theWayDownIsAboutTheFilesOfTheWayUp() {
    assertThatThrownBy(
            () ->
                MigrationFiles.parse(
                    Map.of(
                        "1_x.up.sql",
                        "SELECT 1;",
                        "1_x.down.sql",
                        "-- litehaven:file guides\nSELECT 2;")))
        .hasMessageContaining("where it goes forward");
  }
}
