package dev.litehaven.runner.sqlite;

/** A script cannot be cut into statements. The message says why, {@link #line()} where. */
public final class SqlSyntaxException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final int line;

  SqlSyntaxException(int line, String message) {
    super(message);
    this.line = line;
  }

  public int line() {
    return line;
  }
}
