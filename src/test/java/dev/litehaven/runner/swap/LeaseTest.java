package dev.litehaven.runner.swap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.litehaven.protocol.DatabaseFile;
import dev.litehaven.protocol.Reason;
import dev.litehaven.protocol.RefusedException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A forgotten process with the database open is found, whatever it does or does not do with it. */
class LeaseTest {
  private static final List<DatabaseFile> FILES = List.of(new DatabaseFile("main", "app.db"));

  @TempDir Path root;
  private Path live;

  @BeforeEach
  void database() {
    live = root.resolve("app.db");
  }

  private SwapVolume open(long epoch) throws IOException {
    return SwapVolume.open(root, Databases.run("r" + epoch, epoch));
  }

  @ParameterizedTest
  @ValueSource(strings = {"wal", "delete"})
  void anIdleConnectionIsALiveWriterWithItsPid(String journalMode) throws Exception {
    Databases.create(live, journalMode);
    try (var idle = new Stranger(live);
        var volume = open(1)) {
      assertThatThrownBy(() -> SwapSession.begin(volume, "plan", FILES))
          .isInstanceOfSatisfying(
              RefusedException.class,
              e -> assertThat(e.reason()).as(e.getMessage()).isEqualTo(Reason.LIVE_WRITER))
          .hasMessageContaining("pid " + idle.pid() + " (sqlite3)");
      assertThat(volume.report("r1")).as("nothing was begun").isEmpty();
    }
    assertThat(Databases.generation(live, Databases.ROWS)).isEqualTo("old");
  }

  @Test
  void aTransactionIsADatabaseThatIsLocked() throws Exception {
    Databases.create(live, "delete");
    try (var busy = new Stranger(live);
        var volume = open(1)) {
      busy.tell("BEGIN EXCLUSIVE; SELECT 'begun';");
      busy.hear();
      assertThatThrownBy(() -> SwapSession.begin(volume, "plan", FILES))
          .isInstanceOfSatisfying(
              RefusedException.class,
              e -> assertThat(e.reason()).as(e.getMessage()).isEqualTo(Reason.DATABASE_LOCKED))
          .hasMessageContaining("pid " + busy.pid());
    }
  }

  @Test
  void whoeverOpensDuringTheSwapMakesItUndoAndGoesOnWithTheOldFile() throws Exception {
    Databases.create(live, "delete");
    try (var volume = open(1);
        var session = SwapSession.begin(volume, "plan", FILES)) {
      Databases.migrate(session.copyOf("main"));
      // Its open(2) waits in the kernel until the lease is let go.
      var stranger = CompletableFuture.supplyAsync(() -> openAndInsert(live));
      awaitBreaking(session);
      assertThatThrownBy(session::commit)
          .isInstanceOfSatisfying(
              RefusedException.class,
              e -> assertThat(e.reason()).as(e.getMessage()).isEqualTo(Reason.LIVE_WRITER));
      assertThat(stranger.join()).isEqualTo("1");
      assertThat(volume.report("r1").orElseThrow().state()).isEqualTo("UNDONE");
    }
    assertThat(Databases.generation(live, Databases.ROWS + 1)).isEqualTo("old");
  }

  /**
   * Somebody whose open(2) had found the old file just before the rename, and waits for its lease:
   * it must not get to write where nobody will look. Here it comes by the old file's kept name.
   */
  @Test
  void whoeverWaitsForTheOldFileWhenItIsReplacedIsTurnedAway() throws Exception {
    Databases.create(live, "delete");
    var facts = new LinuxVolumeFacts();
    var sessions = new ArrayList<SwapSession>();
    var late = new ArrayList<CompletableFuture<String>>();
    var renamed = new AtomicBoolean();
    var ops =
        CrashingFileOps.failing(
            new PosixFileOps(),
            (n, what) -> {
              if (what.startsWith("rename") && what.endsWith(" " + live)) {
                renamed.set(true);
              } else if (renamed.get() && late.isEmpty()) {
                var old = root.resolve(".app.db.lh-r1.old");
                late.add(CompletableFuture.supplyAsync(() -> openAndInsert(old)));
                awaitBreaking(sessions.getFirst());
              }
              return false;
            },
            0);
    try (var volume =
            SwapVolume.open(root, Databases.run("r1", 1), ops, facts, new SqliteQuiescer(facts));
        var session = SwapSession.begin(volume, "plan", FILES)) {
      sessions.add(session);
      Databases.migrate(session.copyOf("main"));
      assertThat(session.commit().state()).isEqualTo("DONE");
    }
    assertThat(late.getFirst().join()).contains("not a database");
    assertThat(Databases.generation(live, Databases.ROWS)).isEqualTo("new");
    try (var volume = open(2)) {
      assertThat(Rollback.rollback(volume, "r1", false, null).state()).isEqualTo("ROLLED_BACK");
    }
    assertThat(Databases.generation(live, Databases.ROWS)).isEqualTo("old");
  }

  /** Busy for at most the moment that the other process needs to start. */
  private static void awaitBreaking(SwapSession session) {
    try {
      while (session.leasesIntact()) {
        Thread.onSpinWait();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String openAndInsert(Path path) {
    try (var stranger = new Stranger(path)) {
      stranger.tell("INSERT INTO t(id, v) VALUES(9999, 'late'); SELECT changes();");
      return stranger.hear();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void aTombstoneIsNoDatabaseToAnybodyAndComesOffByteForByte() throws Exception {
    Databases.create(live, "wal");
    var before = Databases.contents(root);
    var ops = new PosixFileOps();
    Fingerprint print;
    try (var file = ops.open(live)) {
      print = Fingerprint.of(file);
      Header.bury(file);
      assertThat(print.sameContent(file)).isTrue();
    }
    assertThatThrownBy(() -> Databases.sql(live, "SELECT count(*) FROM t"))
        .hasMessageContaining("not a database");
    try (var file = ops.open(live)) {
      Header.raise(file, print);
    }
    assertThat(Databases.contents(root)).isEqualTo(before);
  }

  @Test
  void anotherRunWaitsAndALowerEpochIsFenced() throws Exception {
    Databases.create(live, "wal");
    try (var held = open(5)) {
      assertThat(held.run().epoch()).isEqualTo(5);
      assertThatThrownBy(() -> open(6))
          .isInstanceOfSatisfying(
              RefusedException.class, e -> assertThat(e.reason()).isEqualTo(Reason.INTERRUPTED))
          .hasMessageContaining("run r5, epoch 5");
      assertThatThrownBy(() -> open(4))
          .isInstanceOfSatisfying(
              RefusedException.class, e -> assertThat(e.reason()).isEqualTo(Reason.FENCED));
    }
    assertThatThrownBy(() -> open(4))
        .isInstanceOfSatisfying(
            RefusedException.class, e -> assertThat(e.reason()).isEqualTo(Reason.FENCED));
    assertThat(SwapVolume.inspect(root).highestEpoch()).isEqualTo(5);
  }
}
