package dev.litehaven.runner.sqlite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ScriptSplitterTest {
  @Test
  void cutsAtSemicolonsAndKnowsLines() {
    assertThat(ScriptSplitter.split("SELECT 1;\n\n  SELECT 2 ;\nSELECT 3"))
        .extracting(SqlStatement::sql, SqlStatement::line)
        .containsExactly(tuple("SELECT 1", 1), tuple("SELECT 2", 3), tuple("SELECT 3", 4));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "INSERT INTO t VALUES ('a;b', 'it''s; fine')",
        "SELECT \"a;b\"\"c;\" FROM t",
        "SELECT [a;b] FROM [c;]",
        "SELECT `a;``b` FROM t",
        "SELECT 1 -- not; here\n + 2",
        "SELECT 1 /* nor; ; here */ + 2",
        "SELECT x';', 1e5, 1.5E-3, .5, 0x1F",
        "SELECT '--', '/*', \"'\", '\"'",
        "CREATE TRIGGER t AFTER INSERT ON a BEGIN INSERT INTO b VALUES (1); DELETE FROM c; END",
        "CREATE TEMP TRIGGER t AFTER INSERT ON a BEGIN SELECT 1; END",
        "CREATE TEMPORARY TRIGGER IF NOT EXISTS t AFTER INSERT ON a BEGIN SELECT 1; END",
        "EXPLAIN QUERY PLAN CREATE TEMP TRIGGER t AFTER INSERT ON a BEGIN SELECT 1; END",
        "create trigger t after update on a when case new.x when 1 then 0 end begin"
            + " update b set x = case when new.x > 1 then case y when 2 then 3 end else 4 end;"
            + " select case 1 when 1 then 2 end; end",
        "CREATE TRIGGER \"END;\" AFTER INSERT ON a BEGIN SELECT 'END;'; -- END;\n END",
      })
  void keepsOneStatementWhole(String sql) {
    assertThat(ScriptSplitter.split(sql + ";\nSELECT 'next';"))
        .extracting(SqlStatement::sql)
        .containsExactly(sql, "SELECT 'next'");
  }

  @Test
  void aTableThatIsNamedTriggerIsNoTrigger() {
    assertThat(ScriptSplitter.split("CREATE TABLE trigger_log (a); SELECT 1")).hasSize(2);
    assertThat(ScriptSplitter.split("CREATE TABLE \"trigger\" (a); SELECT 1")).hasSize(2);
  }

  @Test
  void caseEndInAPlainStatementEndsNothing() {
    assertThat(ScriptSplitter.split("SELECT CASE WHEN 1 THEN 2 END; SELECT 3")).hasSize(2);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "  \n\t ", ";;;", "-- only a comment", "/* open", "\uFEFF ;"})
  void findsNothingWhereNothingIs(String sql) {
    assertThat(ScriptSplitter.split(sql)).isEmpty();
  }

  @Test
  void skipsAByteOrderMark() {
    assertThat(ScriptSplitter.split("\uFEFFSELECT 1"))
        .extracting(SqlStatement::sql)
        .containsExactly("SELECT 1");
  }

  @Test
  void saysWhereAStringNeverEnds() {
    for (String sql : List.of("SELECT 1;\nSELECT 'a;\n", "SELECT 1;\nSELECT \"a", "\n[a", "\n`a")) {
      assertThatThrownBy(() -> ScriptSplitter.split(sql))
          .isInstanceOfSatisfying(SqlSyntaxException.class, e -> assertThat(e.line()).isEqualTo(2))
          .hasMessageContaining("never ends");
    }
  }

  @Test
  void saysWhereATriggerHasNoEnd() {
    assertThatThrownBy(
            () ->
                ScriptSplitter.split(
                    "SELECT 1;\nCREATE TRIGGER t AFTER INSERT ON a BEGIN SELECT 1;"))
        .isInstanceOf(SqlSyntaxException.class)
        .hasMessageContaining("no END");
  }

  @Test
  void linesCountInsideStringsAndComments() {
    assertThat(ScriptSplitter.split("SELECT 'a\nb'; /* \n\n */\r\nSELECT 2"))
        .extracting(SqlStatement::line)
        .containsExactly(1, 5);
  }

  private static org.assertj.core.groups.Tuple tuple(Object... values) {
    return org.assertj.core.groups.Tuple.tuple(values);
  }
}
