package dev.litehaven.runner;

import static dev.litehaven.runner.Volume.ADD_RISK;
import static dev.litehaven.runner.Volume.work;
import static org.assertj.core.api.Assertions.assertThat;

import dev.litehaven.protocol.Reason;
import dev.litehaven.protocol.RunnerReport;
import dev.litehaven.protocol.RunnerReport.Outcome;
import dev.litehaven.protocol.RunnerRequest;
import dev.litehaven.protocol.RunnerStep;
import dev.litehaven.runner.swap.Stranger;
import dev.litehaven.runner.swap.SwapVolume;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.channels.FileChannel.MapMode;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Another process has the live database open, each in its own way: it is found before anything is
 * changed, and named, and once it is gone the same request goes through.
 */
class UndeclaredWriterTest {
  @TempDir Path dir;

  /** What the other process does with the database. */
  enum Use {
    FINISHED_READ(""),
    OPEN_READ("BEGIN; SELECT count(*) FROM users;"),
    FINISHED_WRITE("UPDATE users SET age = age; PRAGMA wal_checkpoint(TRUNCATE);"),
    MAPPED_READ("PRAGMA mmap_size=268435456; SELECT sum(length(email)) FROM users;"),
    MAPPED_WRITE(
        "PRAGMA mmap_size=268435456; UPDATE users SET age = age; PRAGMA wal_checkpoint(TRUNCATE);"),
    OPEN_TO_READ(null),
    OPEN_TO_WRITE(null),
    /** With no descriptor left. */
    BARE_MAP(null);

    private final String sql;

    Use(String sql) {
      this.sql = sql;
    }

    AutoCloseable begin(Path database) throws IOException {
      if (sql == null) {
        return new Holder(database, this);
      }
      var stranger = new Stranger(database);
      stranger.tell(sql + " SELECT 'done';");
      String heard = stranger.hear();
      while (!"done".equals(heard)) {
        assertThat(heard).isNotNull().doesNotContain("rror");
        heard = stranger.hear();
      }
      return stranger;
    }

    static long pid(AutoCloseable process) {
      return process instanceof Stranger stranger ? stranger.pid() : ((Holder) process).pid();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "MIGRATE, wal, FINISHED_READ", "MIGRATE, delete, FINISHED_READ",
    "MIGRATE, wal, OPEN_READ", "MIGRATE, delete, OPEN_READ",
    "MIGRATE, wal, FINISHED_WRITE", "MIGRATE, delete, FINISHED_WRITE",
    "MIGRATE, wal, MAPPED_READ", "MIGRATE, delete, MAPPED_READ",
    "MIGRATE, wal, MAPPED_WRITE", "MIGRATE, delete, MAPPED_WRITE",
    "MIGRATE, wal, OPEN_TO_READ", "MIGRATE, delete, OPEN_TO_READ",
    "MIGRATE, wal, OPEN_TO_WRITE", "MIGRATE, delete, OPEN_TO_WRITE",
    "MIGRATE, wal, BARE_MAP", "MIGRATE, delete, BARE_MAP",
    "ROLLBACK, wal, FINISHED_READ", "ROLLBACK, delete, FINISHED_READ",
    "ROLLBACK, wal, OPEN_READ", "ROLLBACK, delete, OPEN_READ",
    "ROLLBACK, wal, OPEN_TO_WRITE", "ROLLBACK, delete, BARE_MAP"
  })
  void isFoundBeforeAnythingIsChanged(RunnerStep step, String journalMode, Use use)
      throws Exception {
    Volume volume = Volume.create(dir, journalMode);
    RunnerRequest request = volume.request(RunnerStep.MIGRATE, "r1", 1, work(ADD_RISK));
    String state = "old";
    if (step == RunnerStep.ROLLBACK) {
      assertThat(Volume.run(request).reason()).isEqualTo(Reason.SUCCEEDED);
      request = volume.request(RunnerStep.ROLLBACK, "r1", 2, null);
      state = "new";
    }
    try (AutoCloseable other = use.begin(volume.database)) {
      byte[] bytes = Files.readAllBytes(volume.database);
      Object inode = volume.inode();
      TreeSet<String> names = volume.files();

      RunnerReport report = Volume.run(request);

      assertThat(report.reason()).as(report.message()).isEqualTo(Reason.LIVE_WRITER);
      assertThat(report.outcome()).isEqualTo(Outcome.FAILED);
      assertThat(report.message())
          .contains("app/portfolio.db", "pid " + Use.pid(other) + " (", "stop that");
      assertThat(report.backups()).isEmpty();
      assertThat(volume.database).hasBinaryContent(bytes);
      assertThat(volume.inode()).isEqualTo(inode);
      assertThat(volume.files()).isEqualTo(names);
      assertThat(SwapVolume.inspect(dir).unfinishedRun()).isNull();
    }
    assertThat(volume.state()).isEqualTo(state);
    RunnerReport again = Volume.run(request);
    assertThat(again.outcome()).as(again.message()).isEqualTo(Outcome.SUCCEEDED);
    assertThat(volume.state()).isEqualTo(step == RunnerStep.ROLLBACK ? "old" : "new");
  }

  /** A process that has a file open, or only mapped, and does nothing. */
  static final class Holder implements AutoCloseable {
    private final Process process;

    Holder(Path file, Use use) throws IOException {
      process =
          new ProcessBuilder(
                  Forked.command(
                      List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"),
                      Holder.class.getName(),
                      file.toString(),
                      use.name()))
              .redirectErrorStream(true)
              .start();
      assertThat(process.inputReader(StandardCharsets.UTF_8).readLine()).isEqualTo("held");
    }

    long pid() {
      return process.pid();
    }

    @Override
    public void close() {
      process.destroyForcibly();
      process.onExit().join();
    }

    public static void main(String[] args) throws Exception {
      Use use = Use.valueOf(args[1]);
      var file = new RandomAccessFile(args[0], use == Use.OPEN_TO_WRITE ? "rw" : "r");
      var map = file.getChannel().map(MapMode.READ_ONLY, 0, 100);
      if (use == Use.BARE_MAP) {
        file.close();
        try (Stream<Path> open = Files.list(Path.of("/proc/self/fd"))) {
          if (open.anyMatch(fd -> isLinkTo(fd, args[0]))) {
            throw new IllegalStateException("it is still open");
          }
        }
      }
      System.out.println("held");
      System.in.read();
      System.out.println(map.get(0) + " of " + file);
    }

    private static boolean isLinkTo(Path link, String target) {
      try {
        return Files.readSymbolicLink(link).toString().equals(target);
      } catch (IOException e) {
        return false;
      }
    }
  }
}
