package dev.litehaven.protocol;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads JSON (RFC 8259) into maps, lists, strings, {@link Long}, {@link Double}, {@link Boolean}
 * and null. For a runner's request alone: a parser of the library's computes the powers of five for
 * numbers that no request has, before it looks at the first character, which takes a starting
 * runner as long as all else before its first SQL. Of several fields of one name the last counts.
 */
final class PlainJson {
  /** Far more than a request has, and far less than the stack holds. */
  private static final int MAX_DEPTH = 64;

  private final String text;
  private int at;

  private PlainJson(String text) {
    this.text = text;
  }

  /**
   * @throws IllegalArgumentException where it is no JSON, or deeper than a request can be
   */
  static Object read(String text) {
    var json = new PlainJson(text);
    json.skipSpace();
    if (json.at == text.length()) {
      throw new IllegalArgumentException("it is empty");
    }
    Object value = json.value(0);
    json.skipSpace();
    if (json.at != text.length()) {
      throw json.unexpected("the end");
    }
    return value;
  }

  private Object value(int depth) {
    if (depth > MAX_DEPTH) {
      throw new IllegalArgumentException("it is deeper than " + MAX_DEPTH + " levels");
    }
    return switch (peek()) {
      case '{' -> object(depth);
      case '[' -> array(depth);
      case '"' -> string();
      case 't' -> word("true", Boolean.TRUE);
      case 'f' -> word("false", Boolean.FALSE);
      case 'n' -> word("null", null);
      default -> number();
    };
  }

  private Map<String, Object> object(int depth) {
    Map<String, Object> fields = new HashMap<>();
    at++;
    skipSpace();
    if (taken('}')) {
      return fields;
    }
    do {
      skipSpace();
      if (peek() != '"') {
        throw unexpected("a field's name");
      }
      String name = string();
      skipSpace();
      require(':');
      skipSpace();
      fields.put(name, value(depth + 1));
      skipSpace();
    } while (taken(','));
    require('}');
    return fields;
  }

  private List<Object> array(int depth) {
    List<Object> elements = new ArrayList<>();
    at++;
    skipSpace();
    if (taken(']')) {
      return elements;
    }
    do {
      skipSpace();
      elements.add(value(depth + 1));
      skipSpace();
    } while (taken(','));
    require(']');
    return elements;
  }

  private String string() {
    at++;
    int start = at;
    StringBuilder decoded = null;
    for (char c = next(); c != '"'; c = next()) {
      if (c < ' ') {
        at--;
        throw unexpected("no control character in a string");
      }
      if (c == '\\') {
        decoded = decoded == null ? new StringBuilder(text.length() - start) : decoded;
        decoded.append(text, start, at - 1).append(escaped());
        start = at;
      }
    }
    String rest = text.substring(start, at - 1);
    return decoded == null ? rest : decoded.append(rest).toString();
  }

  private char escaped() {
    char c = next();
    return switch (c) {
      case '"', '\\', '/' -> c;
      case 'b' -> '\b';
      case 'f' -> '\f';
      case 'n' -> '\n';
      case 'r' -> '\r';
      case 't' -> '\t';
      case 'u' -> (char) (digit() << 12 | digit() << 8 | digit() << 4 | digit());
      default -> {
        at--;
        throw unexpected("an escape");
      }
    };
  }

  private int digit() {
    char c = next();
    int digit = c < 0x80 ? Character.digit(c, 16) : -1;
    if (digit < 0) {
      at--;
      throw unexpected("a hexadecimal digit");
    }
    return digit;
  }

  private Number number() {
    int start = at;
    taken('-');
    if (!taken('0')) {
      digits();
    }
    boolean whole = true;
    if (taken('.')) {
      whole = false;
      digits();
    }
    if (taken('e') || taken('E')) {
      whole = false;
      if (!taken('+')) {
        taken('-');
      }
      digits();
    }
    String number = text.substring(start, at);
    if (!whole) {
      return Double.valueOf(number);
    }
    try {
      return Long.valueOf(number);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("the number " + number + " is too large", e);
    }
  }

  private void digits() {
    int start = at;
    while (at < text.length() && text.charAt(at) >= '0' && text.charAt(at) <= '9') {
      at++;
    }
    if (at == start) {
      throw unexpected("a value");
    }
  }

  private Object word(String word, Object value) {
    if (!text.startsWith(word, at)) {
      throw unexpected("a value");
    }
    at += word.length();
    return value;
  }

  private void skipSpace() {
    while (at < text.length()
        && (text.charAt(at) == ' '
            || text.charAt(at) == '\n'
            || text.charAt(at) == '\r'
            || text.charAt(at) == '\t')) {
      at++;
    }
  }

  private char peek() {
    if (at == text.length()) {
      throw unexpected("more");
    }
    return text.charAt(at);
  }

  private char next() {
    char c = peek();
    at++;
    return c;
  }

  private boolean taken(char wanted) {
    boolean there = at < text.length() && text.charAt(at) == wanted;
    if (there) {
      at++;
    }
    return there;
  }

  private void require(char wanted) {
    if (!taken(wanted)) {
      throw unexpected("'" + wanted + "'");
    }
  }

  private IllegalArgumentException unexpected(String wanted) {
    String seen = at < text.length() ? "'" + text.charAt(at) + "'" : "the end";
    return new IllegalArgumentException(
        "expected " + wanted + " at character " + (at + 1) + ", found " + seen);
  }
}
