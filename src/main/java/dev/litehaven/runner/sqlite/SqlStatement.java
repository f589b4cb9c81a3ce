package dev.litehaven.runner.sqlite;

import java.util.List;

/**
 * One statement of a script, without its semicolon.
 *
 * @param line where its first token stands, from 1
 */
public record SqlStatement(String sql, int line, List<SqlToken> tokens) {
  public SqlStatement {
    tokens = List.copyOf(tokens);
  }

  /** Its first words, for messages: enough to find it, never its values. */
  public String kind() {
    StringBuilder out = new StringBuilder();
    int words = 0;
    for (SqlToken token : tokens) {
      if (token.kind() != SqlToken.Kind.WORD || words == 2) {
        break;
      }
      out.append(words++ == 0 ? "" : " ").append(token.text().toUpperCase(java.util.Locale.ROOT));
    }
    return out.isEmpty() ? "statement" : out.toString();
  }
}
