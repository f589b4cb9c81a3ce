package dev.litehaven.runner.swap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.litehaven.protocol.DatabaseFile;
import dev.litehaven.protocol.Reason;
import dev.litehaven.protocol.RefusedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The way back: automatic only while nothing was written, never without keeping what was. */
class RollbackTest {
  private static final ContentHasher COUNTING =
      path -> {
        try {
          return Databases.sql(path, "SELECT count(*) || total(id) || group_concat(v) FROM t");
        } catch (java.sql.SQLException e) {
          throw new java.io.IOException(e);
        }
      };

  @TempDir Path root;
  private Path live;

  @BeforeEach
  void swapped() throws Exception {
    live = root.resolve("app.db");
    Databases.create(live, "wal");
    swap("r1", 1);
  }

  private void swap(String run, long epoch) throws Exception {
    try (var volume = SwapVolume.open(root, Databases.run(run, epoch));
        var session =
            SwapSession.begin(volume, "plan", List.of(new DatabaseFile("main", "app.db")))) {
      var copy = session.copyOf("main");
      Databases.migrate(copy);
      session.commit(Map.of("main", COUNTING.hash(copy)));
    }
  }

  private String rollback(boolean force) throws Exception {
    try (var volume = SwapVolume.open(root, Databases.run("back", 9))) {
      var report = Rollback.rollback(volume, "r1", force, COUNTING);
      return report.state() + " " + report.live() + " " + report.writtenSince();
    }
  }

  private void refused(Reason reason, boolean force) throws Exception {
    var before = Databases.contents(root);
    assertThatThrownBy(() -> rollback(force))
        .isInstanceOfSatisfying(
            RefusedException.class,
            e -> assertThat(e.reason()).as(e.getMessage()).isEqualTo(reason));
    assertThat(Databases.contents(root)).isEqualTo(before);
  }

  @Test
  void goesBackAndKeepsWhatFailedAndCanBeAskedAgain() throws Exception {
    assertThat(rollback(false)).isEqualTo("ROLLED_BACK old false");
    assertThat(Databases.generation(live, Databases.ROWS)).isEqualTo("old");
    assertThat(rollback(false)).isEqualTo("ROLLED_BACK old false");
    try (var volume = SwapVolume.open(root, Databases.run("back", 9))) {
      var failed = volume.failedFile("r1", "main").orElseThrow();
      assertThat(Databases.generation(failed, Databases.ROWS)).isEqualTo("new");
      var file = volume.store().read("r1").orElseThrow().files().getFirst();
      assertThat(live.resolveSibling(file.oldName())).doesNotExist();
      Settle.settle(volume, "r1");
      assertThat(failed).doesNotExist();
    }
  }

  @Test
  void rowsWrittenSinceNeedADecisionAndStayInTheKeptFile() throws Exception {
    Databases.insertOne(live, 5000);
    refused(Reason.ROLLBACK_NEEDS_DECISION, false);
    assertThat(rollback(true)).isEqualTo("ROLLED_BACK old true");
    assertThat(Databases.generation(live, Databases.ROWS)).isEqualTo("old");
    try (var volume = SwapVolume.open(root, Databases.run("back", 9))) {
      var failed = volume.failedFile("r1", "main").orElseThrow();
      assertThat(Databases.generation(failed, Databases.ROWS + 1)).isEqualTo("new");
    }
  }

  @Test
  void otherBytesWithTheSameContentAreNotWrittenTo() throws Exception {
    Databases.update(live, "VACUUM");
    Databases.update(live, "PRAGMA user_version = 3");
    assertThat(rollback(false)).isEqualTo("ROLLED_BACK old false");
  }

  @Test
  void anOldFileThatWasWrittenToIsNotTrusted() throws Exception {
    Databases.update(root.resolve(".app.db.lh-r1.old"), "DELETE FROM t WHERE id = 1");
    refused(Reason.DIVERGED, true);
    try (var volume = SwapVolume.open(root, Databases.run("settle", 9))) {
      assertThatThrownBy(() -> Settle.settle(volume, "r1"))
          .isInstanceOfSatisfying(
              RefusedException.class, e -> assertThat(e.reason()).isEqualTo(Reason.DIVERGED));
    }
    assertThat(root.resolve(".app.db.lh-r1.old")).exists();
  }

  @Test
  void aLaterRunIsNotSilentlyTakenBackToo() throws Exception {
    try (var c = Databases.open(live);
        var s = c.createStatement()) {
      s.execute("ALTER TABLE t DROP COLUMN risk");
    }
    swap("r2", 2);
    refused(Reason.DIVERGED, true);
  }

  @Test
  void settlingRemovesTheOldFileAndEndsTheWayBack() throws Exception {
    try (var volume = SwapVolume.open(root, Databases.run("settle", 9))) {
      Settle.settle(volume, "r1");
      Settle.settle(volume, "r1");
    }
    assertThat(root.resolve(".app.db.lh-r1.old")).doesNotExist();
    refused(Reason.INVALID_REQUEST, true);
  }

  @Test
  void whatIsCopiedHasTheOriginalsModeAndAttributes() throws Exception {
    Files.setPosixFilePermissions(
        live, java.nio.file.attribute.PosixFilePermissions.fromString("rw-rw----"));
    Files.setAttribute(live, "user:app", java.nio.ByteBuffer.wrap(new byte[] {1, 2}));
    Files.setAttribute(live, "unix:uid", 1234);
    try (var c = Databases.open(live);
        var s = c.createStatement()) {
      s.execute("ALTER TABLE t DROP COLUMN risk");
    }
    swap("r2", 2);
    assertThat(Files.getAttribute(live, "unix:uid")).isEqualTo(1234);
    assertThat(Files.getPosixFilePermissions(live)).hasSize(4);
    assertThat((byte[]) Files.getAttribute(live, "user:app")).containsExactly(1, 2);
  }

  @Test
  void aRecordThatWasChangedByHandStopsEverything() throws Exception {
    var record = root.resolve(".litehaven/intent-r1.json");
    Files.writeString(record, Files.readString(record).replace("\"DONE\"", "\"COMMIT\""));
    try (var volume = SwapVolume.open(root, Databases.run("r2", 2))) {
      assertThatThrownBy(() -> Recovery.recover(volume))
          .isInstanceOfSatisfying(
              RefusedException.class, e -> assertThat(e.reason()).isEqualTo(Reason.DIVERGED))
          .hasMessageContaining("checksum");
    }
  }
}
