package dev.litehaven.runner.steps;

import static org.assertj.core.api.Assertions.assertThat;

import dev.litehaven.protocol.Reason;
import dev.litehaven.protocol.RefusedException;
import dev.litehaven.protocol.RunnerReport.Outcome;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.sql.SQLException;
import org.junit.jupiter.api.Test;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteException;

class FailuresTest {
  private static Failures.Failure of(Throwable thrown) {
    return Failures.of(thrown);
  }

  private static SQLiteException sqlite(SQLiteErrorCode code) {
    return new SQLiteException("[" + code + "] as SQLite says it", code);
  }

  @Test
  void sqliteErrorsHaveTheirReasonsExtendedCodesIncluded() {
    assertThat(of(sqlite(SQLiteErrorCode.SQLITE_FULL)).reason()).isEqualTo(Reason.NO_SPACE);
    assertThat(of(sqlite(SQLiteErrorCode.SQLITE_BUSY)).reason()).isEqualTo(Reason.DATABASE_LOCKED);
    assertThat(of(sqlite(SQLiteErrorCode.SQLITE_BUSY_SNAPSHOT)).reason())
        .isEqualTo(Reason.DATABASE_LOCKED);
    assertThat(of(sqlite(SQLiteErrorCode.SQLITE_CORRUPT)).reason()).isEqualTo(Reason.CORRUPT);
    assertThat(of(sqlite(SQLiteErrorCode.SQLITE_NOTADB)).reason()).isEqualTo(Reason.NOT_A_DATABASE);
    assertThat(of(sqlite(SQLiteErrorCode.SQLITE_READONLY)).reason())
        .isEqualTo(Reason.READ_ONLY_VOLUME);
  }

  @Test
  void ioErrorsHaveTheirReasons() {
    assertThat(of(new IOException("No space left on device")).reason()).isEqualTo(Reason.NO_SPACE);
    assertThat(of(new FileSystemException("/d/x", null, "Disk quota exceeded")).reason())
        .isEqualTo(Reason.NO_SPACE);
    assertThat(of(new FileSystemException("/d/x", null, "Read-only file system")).reason())
        .isEqualTo(Reason.READ_ONLY_VOLUME);
    assertThat(of(new NoSuchFileException("/d/x")).reason()).isEqualTo(Reason.FILE_NOT_FOUND);
  }

  @Test
  void aFileThatMayNotBeUsedIsNamedWithBothUsers() {
    Failures.Failure failure = of(new AccessDeniedException("/etc/passwd"));
    assertThat(failure.reason()).isEqualTo(Reason.WRONG_OWNER);
    assertThat(failure.message())
        .contains("/etc/passwd")
        .containsPattern("by uid \\d+; it belongs to uid 0");
  }

  @Test
  void causesAreLookedThrough() {
    Throwable wrapped =
        new IllegalStateException(
            new UncheckedIOException(
                new IOException(new SQLException(sqlite(SQLiteErrorCode.SQLITE_FULL)))));
    assertThat(of(wrapped).reason()).isIn(Reason.NO_SPACE);
    assertThat(of(new RuntimeException(new RefusedException(Reason.FENCED, "m"))).reason())
        .isEqualTo(Reason.FENCED);
  }

  @Test
  void whatMayHelpToTryAgainIsAFailureAndTheRestARefusal() {
    assertThat(of(sqlite(SQLiteErrorCode.SQLITE_BUSY)).outcome()).isEqualTo(Outcome.FAILED);
    assertThat(of(new RefusedException(Reason.DIVERGED, "m")).outcome())
        .isEqualTo(Outcome.NEEDS_DECISION);
    assertThat(of(new RefusedException(Reason.CHECKSUM_CHANGED, "m")).outcome())
        .isEqualTo(Outcome.REFUSED);
    assertThat(of(new IllegalStateException("?")).reason()).isEqualTo(Reason.INTERNAL_ERROR);
  }
}
