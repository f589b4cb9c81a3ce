package dev.litehaven.runner.sqlite;

import java.util.ArrayList;
import java.util.List;

/**
 * Cuts a script into statements. Only the first statement of a text reaches SQLite through most of
 * the driver's methods, silently, so scripts must be cut, and cut where SQLite would.
 */
public final class ScriptSplitter {
  private ScriptSplitter() {}

  /**
   * Cuts a script.
   *
   * @return the statements in order; none for a script of blanks and comments
   * @throws SqlSyntaxException where a string, a name or a trigger never ends
   */
  public static List<SqlStatement> split(String script) {
    List<SqlStatement> statements = new ArrayList<>();
    List<SqlToken> current = new ArrayList<>();
    boolean trigger = false;
    for (SqlToken token : SqlTokenizer.tokens(script)) {
      if (!token.isSymbol(';')) {
        current.add(token);
        trigger = trigger || (current.size() <= 6 && startsTrigger(current));
      } else if (trigger && !endsTrigger(current)) {
        current.add(token);
      } else if (!current.isEmpty()) {
        statements.add(statement(script, current));
        current = new ArrayList<>();
        trigger = false;
      }
    }
    if (trigger && !endsTrigger(current)) {
      throw new SqlSyntaxException(
          current.getFirst().line(), "the CREATE TRIGGER that starts here has no END");
    }
    if (!current.isEmpty()) {
      statements.add(statement(script, current));
    }
    return statements;
  }

  // EXPLAIN [QUERY PLAN] CREATE [TEMP | TEMPORARY] TRIGGER
  private static boolean startsTrigger(List<SqlToken> tokens) {
    int at = 0;
    if (tokens.get(at).is("EXPLAIN")) {
      at++;
      if (at < tokens.size() && tokens.get(at).is("QUERY")) {
        at += 2;
      }
    }
    if (at >= tokens.size() || !tokens.get(at).is("CREATE")) {
      return false;
    }
    at++;
    if (at < tokens.size() && (tokens.get(at).is("TEMP") || tokens.get(at).is("TEMPORARY"))) {
      at++;
    }
    return at < tokens.size() && tokens.get(at).is("TRIGGER");
  }

  // Every statement of a body ends with a semicolon, so the END of the trigger is the one that
  // follows a semicolon; the END of a CASE never does.
  private static boolean endsTrigger(List<SqlToken> tokens) {
    int size = tokens.size();
    return size >= 2 && tokens.get(size - 1).is("END") && tokens.get(size - 2).isSymbol(';');
  }

  private static SqlStatement statement(String script, List<SqlToken> tokens) {
    SqlToken first = tokens.getFirst();
    String sql = script.substring(first.start(), tokens.getLast().end());
    return new SqlStatement(sql, first.line(), tokens);
  }
}
