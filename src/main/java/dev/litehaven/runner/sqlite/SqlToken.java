package dev.litehaven.runner.sqlite;

import java.util.Locale;

/**
 * One token of SQL, as SQLite's own tokenizer would cut it. Comments and white space are none.
 *
 * @param text as written, quotes included
 * @param start offset of the first character
 * @param line of the first character, from 1
 */
record SqlToken(Kind kind, String text, int start, int line) {
  enum Kind {
    WORD,
    QUOTED_NAME,
    STRING,
    NUMBER,
    BLOB,
    VARIABLE,
    SYMBOL
  }

  int end() {
    return start + text.length();
  }

  /** Whether this is the bare keyword; a quoted name never is. */
  boolean is(String keyword) {
    return kind == Kind.WORD && text.equalsIgnoreCase(keyword);
  }

  boolean isSymbol(char symbol) {
    return kind == Kind.SYMBOL && text.length() == 1 && text.charAt(0) == symbol;
  }

  /** The name this token stands for where a name is allowed, lower case; else an empty string. */
  String name() {
    return switch (kind) {
      case WORD -> text.toLowerCase(Locale.ROOT);
      case QUOTED_NAME, STRING -> unquoted().toLowerCase(Locale.ROOT);
      default -> "";
    };
  }

  private String unquoted() {
    char quote = text.charAt(0);
    String inner = text.substring(1, text.length() - 1);
    return quote == '[' ? inner : inner.replace("" + quote + quote, "" + quote);
  }
}
