package dev.litehaven.runner.sqlite;

import dev.litehaven.protocol.Reason;
import dev.litehaven.protocol.RefusedException;
import java.sql.SQLException;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteException;

/** What an error of SQLite means to somebody who has to act on it. */
public final class SqliteErrors {
  private SqliteErrors() {}

  /**
   * The reason that an error stands for.
   *
   * @param otherwise the reason where the error is about the SQL and not about the file
   */
  public static Reason reason(SQLException e, Reason otherwise) {
    return switch (primaryCode(e)) {
      case SQLITE_FULL -> Reason.NO_SPACE;
      case SQLITE_BUSY, SQLITE_LOCKED -> Reason.DATABASE_LOCKED;
      case SQLITE_CORRUPT -> Reason.CORRUPT;
      case SQLITE_NOTADB -> Reason.NOT_A_DATABASE;
      case SQLITE_READONLY -> Reason.READ_ONLY_VOLUME;
      case SQLITE_INTERRUPT -> Reason.INTERRUPTED;
      default -> otherwise;
    };
  }

  /** A refusal that says what was tried, what SQLite said, and what to do about it. */
  public static RefusedException refusal(SQLException e, Reason otherwise, String whatFailed) {
    return refusal(e, otherwise, whatFailed, "");
  }

  /**
   * As {@link #refusal(SQLException, Reason, String)}, with advice of the caller.
   *
   * @param otherwise the reason where the error is about the SQL and not about the file
   * @param otherwiseAdvice what to do in that case
   */
  public static RefusedException refusal(
      SQLException e, Reason otherwise, String whatFailed, String otherwiseAdvice) {
    Reason reason = reason(e, otherwise);
    String advice = advice(reason);
    if (reason == otherwise && !otherwiseAdvice.isEmpty()) {
      advice = otherwiseAdvice;
    }
    return new RefusedException(
        reason, whatFailed + ": " + message(e) + "." + (advice.isEmpty() ? "" : " " + advice), e);
  }

  /** SQLite's own words, without the driver's wrapping. */
  public static String message(SQLException e) {
    String text = e.getMessage() == null ? e.toString() : e.getMessage();
    if (e instanceof SQLiteException sqlite) {
      String prefix = sqlite.getResultCode() + " (";
      if (text.startsWith(prefix) && text.endsWith(")")) {
        text = text.substring(prefix.length(), text.length() - 1);
      }
    }
    return text;
  }

  private static String advice(Reason reason) {
    return switch (reason) {
      case NO_SPACE -> "Free space on the volume, or give it more, and run again.";
      case DATABASE_LOCKED ->
          "Another process holds the database: stop the application, or wait until it is idle.";
      case CORRUPT -> "Restore the newest verified backup, or repair the file with .recover.";
      case NOT_A_DATABASE -> "Check the path; an encrypted database looks like this too.";
      case READ_ONLY_VOLUME ->
          "Check that the volume is mounted read-write and that the runner's uid owns the file.";
      case INTERRUPTED -> "Nothing was changed; run it again.";
      default -> "";
    };
  }

  private static SQLiteErrorCode primaryCode(SQLException e) {
    if (!(e instanceof SQLiteException sqlite)) {
      return SQLiteErrorCode.SQLITE_ERROR;
    }
    SQLiteErrorCode code = sqlite.getResultCode();
    // Extended codes keep the primary code in the low byte.
    return SQLiteErrorCode.getErrorCode(code.code & 0xff);
  }
}
