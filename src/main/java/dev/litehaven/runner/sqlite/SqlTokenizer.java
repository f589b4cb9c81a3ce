package dev.litehaven.runner.sqlite;

import dev.litehaven.runner.sqlite.SqlToken.Kind;
import java.util.ArrayList;
import java.util.List;

/**
 * Cuts SQL into tokens by the rules of SQLite's {@code tokenize.c}. Where the two differ a
 * statement could be hidden from {@link StatementGuard}, so what is doubtful is an error here.
 */
final class SqlTokenizer {
  private final String sql;
  private int at;
  private int line = 1;
  private int lineCountedTo;

  private SqlTokenizer(String sql) {
    this.sql = sql;
  }

  /**
   * @throws SqlSyntaxException on an unterminated string or name, or a character SQLite would
   *     refuse
   */
  static List<SqlToken> tokens(String sql) {
    return new SqlTokenizer(sql).run();
  }

  private List<SqlToken> run() {
    List<SqlToken> tokens = new ArrayList<>();
    while (skipBlanksAndComments()) {
      int start = at;
      int startLine = lineAt(start);
      Kind kind = next(startLine);
      tokens.add(new SqlToken(kind, sql.substring(start, at), start, startLine));
    }
    return tokens;
  }

  private boolean skipBlanksAndComments() {
    while (at < sql.length()) {
      char c = sql.charAt(at);
      if (isBlank(c)) {
        at++;
      } else if (sql.startsWith("--", at)) {
        int end = sql.indexOf('\n', at);
        at = end < 0 ? sql.length() : end;
      } else if (sql.startsWith("/*", at)) {
        // SQLite takes a comment that never ends for one that ends with the text.
        int end = sql.indexOf("*/", at + 2);
        at = end < 0 ? sql.length() : end + 2;
      } else {
        return true;
      }
    }
    return false;
  }

  private Kind next(int startLine) {
    char c = sql.charAt(at);
    if (c == '\'') {
      quoted('\'', startLine);
      return Kind.STRING;
    }
    if (c == '"' || c == '`') {
      quoted(c, startLine);
      return Kind.QUOTED_NAME;
    }
    if (c == '[') {
      bracketed(startLine);
      return Kind.QUOTED_NAME;
    }
    if ("?:@$#".indexOf(c) >= 0) {
      return variable(startLine);
    }
    if ((c == 'x' || c == 'X') && at + 1 < sql.length() && sql.charAt(at + 1) == '\'') {
      at++;
      quoted('\'', startLine);
      return Kind.BLOB;
    }
    if (isDigit(c) || (c == '.' && at + 1 < sql.length() && isDigit(sql.charAt(at + 1)))) {
      number();
      return Kind.NUMBER;
    }
    if (isNameCharacter(c)) {
      while (at < sql.length() && isNameCharacter(sql.charAt(at))) {
        at++;
      }
      return Kind.WORD;
    }
    if ("-+*/%=<>!|&~(),;.".indexOf(c) < 0) {
      throw new SqlSyntaxException(
          startLine, "unexpected character " + (c < ' ' ? "U+%04X".formatted((int) c) : "" + c));
    }
    at++;
    return Kind.SYMBOL;
  }

  private void bracketed(int startLine) {
    int close = sql.indexOf(']', at);
    if (close < 0) {
      throw new SqlSyntaxException(startLine, "the name that starts with [ never ends");
    }
    at = close + 1;
  }

  private void quoted(char quote, int startLine) {
    at++;
    while (at < sql.length()) {
      if (sql.charAt(at) != quote) {
        at++;
      } else if (at + 1 < sql.length() && sql.charAt(at + 1) == quote) {
        at += 2;
      } else {
        at++;
        return;
      }
    }
    throw new SqlSyntaxException(
        startLine, "the " + (quote == '\'' ? "string" : "name") + " that starts here never ends");
  }

  // A Tcl-style $name(...) may hold a semicolon, so the parentheses are not looked into: parameters
  // are refused altogether before that could matter.
  private Kind variable(int startLine) {
    char first = sql.charAt(at++);
    int from = at;
    while (at < sql.length() && isNameCharacter(sql.charAt(at))) {
      at++;
    }
    if (at == from && first != '?') {
      throw new SqlSyntaxException(startLine, "unexpected character " + first);
    }
    return Kind.VARIABLE;
  }

  private void number() {
    while (at < sql.length()) {
      char c = sql.charAt(at);
      boolean exponentSign =
          (c == '+' || c == '-')
              && (sql.charAt(at - 1) == 'e' || sql.charAt(at - 1) == 'E')
              && at + 1 < sql.length()
              && isDigit(sql.charAt(at + 1));
      if (!isNameCharacter(c) && c != '.' && !exponentSign) {
        return;
      }
      at++;
    }
  }

  private int lineAt(int offset) {
    for (; lineCountedTo < offset; lineCountedTo++) {
      if (sql.charAt(lineCountedTo) == '\n') {
        line++;
      }
    }
    return line;
  }

  private static boolean isBlank(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\uFEFF';
  }

  private static boolean isDigit(char c) {
    return c >= '0' && c <= '9';
  }

  private static boolean isNameCharacter(char c) {
    return (c >= 'a' && c <= 'z')
        || (c >= 'A' && c <= 'Z')
        || isDigit(c)
        || c == '_'
        || c == '$'
        || c >= 0x80;
  }
}
