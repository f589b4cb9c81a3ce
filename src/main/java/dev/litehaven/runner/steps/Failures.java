package dev.litehaven.runner.steps;

import dev.litehaven.protocol.Reason;
import dev.litehaven.protocol.RefusedException;
import dev.litehaven.protocol.RunnerReport.Outcome;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.sqlite.SQLiteException;

/**
 * Turns whatever stopped a step into a reason from the closed list and a sentence to act on. The
 * causes are looked through, since a full disk may arrive as an I/O error inside an SQL error.
 */
public final class Failures {
  private Failures() {}

  /** How a step ended that did not reach its goal. */
  public record Failure(Outcome outcome, Reason reason, String message) {}

  public static Failure of(Throwable thrown) {
    List<Throwable> chain = chain(thrown);
    for (Throwable cause : chain) {
      if (cause instanceof RefusedException refused) {
        return failure(refused.reason(), refused.getMessage());
      }
    }
    for (Throwable cause : chain) {
      Failure known = known(cause);
      if (known != null) {
        return known;
      }
    }
    for (Throwable cause : chain) {
      if (cause instanceof IOException) {
        return failure(
            Reason.RUNNER_FAILED,
            "Reading or writing the volume failed: "
                + cause.getMessage()
                + ". Look at the node's kernel log and at the storage behind the claim.");
      }
    }
    return failure(
        Reason.INTERNAL_ERROR,
        "Something failed that should not have: "
            + thrown
            + ". Nothing was changed or all was put back, as far as the journal says; please report"
            + " it with the log of this pod.");
  }

  private static List<Throwable> chain(Throwable thrown) {
    Set<Throwable> seen = Collections.newSetFromMap(new IdentityHashMap<>());
    List<Throwable> chain = new ArrayList<>();
    for (Throwable t = thrown; t != null && seen.add(t); t = t.getCause()) {
      chain.add(t);
    }
    return chain;
  }

  private static Failure known(Throwable cause) {
    return switch (cause) {
      case SQLiteException e -> sqlite(e);
      case AccessDeniedException e -> accessDenied(e.getFile());
      case NoSuchFileException e ->
          failure(
              Reason.FILE_NOT_FOUND,
              "There is no " + e.getFile() + ". Correct the path, or create the database first.");
      case IOException e -> io(e);
      case OutOfMemoryError e ->
          failure(
              Reason.RUNNER_FAILED,
              "The runner ran out of memory (" + e.getMessage() + "). Raise its memory limit.");
      default -> null;
    };
  }

  private static Failure sqlite(SQLiteException e) {
    // The low byte is the primary result code, https://sqlite.org/rescode.html
    int primary = e.getResultCode().code & 0xff;
    String seen = e.getMessage();
    return switch (primary) {
      case 5, 6 ->
          failure(
              Reason.DATABASE_LOCKED,
              "Another process holds the database locked (" + seen + "). Stop it, then try again.");
      case 8 -> readOnly(seen);
      case 10 ->
          failure(
              Reason.RUNNER_FAILED,
              "The volume failed while the database was read or written ("
                  + seen
                  + "). Look at the node's kernel log and at the storage behind the claim.");
      case 11 ->
          failure(
              Reason.CORRUPT,
              "The database is damaged ("
                  + seen
                  + "). Restore a verified backup, or recover what is left with the sqlite3 tool.");
      case 13 -> noSpace(seen);
      case 14 ->
          failure(
              Reason.WRONG_OWNER,
              "The database cannot be opened by uid "
                  + uid()
                  + " ("
                  + seen
                  + "). Run as the file's owner, with write access to its directory.");
      case 26 ->
          failure(
              Reason.NOT_A_DATABASE,
              "The file is not an SQLite database, or it is encrypted (" + seen + ").");
      default -> null;
    };
  }

  private static Failure io(IOException e) {
    String reason = e instanceof FileSystemException f ? f.getReason() : null;
    String text = ((reason == null ? "" : reason) + " " + e.getMessage()).toLowerCase(Locale.ROOT);
    if (text.contains("no space left") || text.contains("quota exceeded")) {
      return noSpace(e.getMessage());
    }
    if (text.contains("read-only file system")) {
      return readOnly(e.getMessage());
    }
    if (text.contains("operation not permitted") && e instanceof FileSystemException f) {
      return accessDenied(f.getFile());
    }
    return null; // what caused it may say more
  }

  private static Failure noSpace(String seen) {
    return failure(
        Reason.NO_SPACE,
        "The volume is full ("
            + seen
            + "). A migration needs room for a copy of the database and for its backup: make the"
            + " claim larger, or name a backup volume, then try again.");
  }

  private static Failure readOnly(String seen) {
    return failure(
        Reason.READ_ONLY_VOLUME,
        "The volume cannot be written ("
            + seen
            + "). Mount it read-write, and look whether the kernel made it read-only after an"
            + " error.");
  }

  private static Failure accessDenied(String file) {
    return failure(
        Reason.WRONG_OWNER,
        file
            + " may not be used by uid "
            + uid()
            + (file == null ? "" : owner(Path.of(file)))
            + ". Run as the owner of the database and its directory.");
  }

  private static String owner(Path file) {
    try {
      return "; it belongs to uid " + Files.getAttribute(file, "unix:uid");
    } catch (IOException e) {
      return "";
    }
  }

  private static Object uid() {
    try {
      return Files.getAttribute(Path.of("/proc/self"), "unix:uid");
    } catch (IOException e) {
      return "unknown";
    }
  }

  private static Failure failure(Reason reason, String message) {
    return new Failure(outcome(reason), reason, message);
  }

  /** Whether the same request may succeed later without anybody changing it. */
  private static Outcome outcome(Reason reason) {
    return switch (reason) {
      case DIVERGED, ROLLBACK_NEEDS_DECISION -> Outcome.NEEDS_DECISION;
      case NO_SPACE,
          DATABASE_LOCKED,
          LIVE_WRITER,
          BACKUP_FAILED,
          STORE_UNREACHABLE,
          STORE_FULL,
          INTERRUPTED,
          RECOVERING,
          DEADLINE_EXCEEDED,
          PLAN_CHANGED,
          RUNNER_FAILED,
          INTERNAL_ERROR ->
          Outcome.FAILED;
      default -> Outcome.REFUSED;
    };
  }
}
