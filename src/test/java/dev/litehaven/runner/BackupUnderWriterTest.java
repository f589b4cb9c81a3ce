package dev.litehaven.runner;

import static org.assertj.core.api.Assertions.assertThat;

import dev.litehaven.protocol.BackupTarget;
import dev.litehaven.protocol.DatabaseFile;
import dev.litehaven.protocol.RunnerReport;
import dev.litehaven.protocol.RunnerReport.Outcome;
import dev.litehaven.protocol.RunnerStep;
import dev.litehaven.runner.backup.DurableFiles;
import dev.litehaven.runner.sqlite.TestDatabase;
import java.io.IOException;
import java.nio.LongBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * An application in a process of its own commits numbered rows as fast as it can, the same number
 * to one file after the other, while backups are made. Each restores to an exact prefix of what was
 * acknowledged, all files as of one point, and the application never fails.
 */
class BackupUnderWriterTest {
  private static final int BACKUPS = 6;
  private static final int MANY_BACKUPS = 100;

  @TempDir Path dir;

  /** The application. */
  static final class Writer {
    private Writer() {}

    /**
     * @param args where the last acknowledged number of each file goes, and the files
     */
    public static void main(String[] args) throws Exception {
      LongBuffer acknowledged = map(Path.of(args[0]), args.length - 1);
      List<PreparedStatement> inserts = new ArrayList<>();
      for (int i = 1; i < args.length; i++) {
        Connection connection = DriverManager.getConnection("jdbc:sqlite:" + args[i]);
        try (Statement statement = connection.createStatement()) {
          statement.execute("PRAGMA busy_timeout=5000");
        }
        inserts.add(connection.prepareStatement("INSERT INTO t (id) VALUES (?)"));
      }
      for (long number = 1; ; number++) {
        for (int file = 0; file < inserts.size(); file++) {
          inserts.get(file).setLong(1, number);
          inserts.get(file).executeUpdate();
          acknowledged.put(file, number);
        }
      }
    }

    static LongBuffer map(Path file, int numbers) throws IOException {
      try (FileChannel channel =
          FileChannel.open(
              file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
        return channel
            .map(FileChannel.MapMode.READ_WRITE, 0, (long) numbers * Long.BYTES)
            .asLongBuffer();
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void everyBackupIsAnExactPrefixOfWhatWasAcknowledged(int files) throws Exception {
    backUp(files, BACKUPS);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  @Tag("soak")
  void everyOfManyBackupsIsAnExactPrefixOfWhatWasAcknowledged(int files) throws Exception {
    backUp(files, MANY_BACKUPS);
  }

  private void backUp(int count, int backups) throws Exception {
    Path volume = Files.createDirectories(dir.resolve("volume"));
    Path place = Files.createDirectories(dir.resolve("place"));
    List<DatabaseFile> files =
        List.of(new DatabaseFile("main", "main.db"), new DatabaseFile("orders", "orders.db"))
            .subList(0, count);
    List<String> arguments = new ArrayList<>(List.of(dir.resolve("acknowledged").toString()));
    for (DatabaseFile file : files) {
      arguments.add(
          TestDatabase.create(
                  volume,
                  file.path(),
                  "PRAGMA journal_mode=WAL",
                  "CREATE TABLE t (id INTEGER PRIMARY KEY)")
              .toString());
    }
    var requests =
        new PlaceRequests(volume, files, new BackupTarget(place.toString(), true), "team/app");
    LongBuffer acknowledged = Writer.map(dir.resolve("acknowledged"), count);
    Path log = dir.resolve("writer.log");
    Process writer =
        new ProcessBuilder(
                Forked.command(
                    List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"),
                    Writer.class.getName(),
                    arguments.toArray(String[]::new)))
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    try {
      for (int backup = 0; backup < backups; backup++) {
        awaitMore(writer, log, acknowledged);
        long before = acknowledged.get(count - 1);
        RunnerReport made =
            requests.run(RunnerStep.BACKUP, "b" + backup, PlaceRequests.SCHEDULED, null);
        assertThat(made.outcome()).as(made.message()).isEqualTo(Outcome.SUCCEEDED);
        long after = acknowledged.get(0);
        RunnerReport fetched =
            requests.run(
                RunnerStep.FETCH,
                "f",
                null,
                PlaceRequests.restore(made.backups().getFirst().id(), null, false));
        assertThat(fetched.outcome()).as(fetched.message()).isEqualTo(Outcome.SUCCEEDED);
        Path staged = volume.resolve(".litehaven/restore/f");
        List<Long> prefixes = new ArrayList<>();
        for (DatabaseFile file : files) {
          prefixes.add(TestDatabase.prefix(staged.resolve(file.name() + ".db"), "t"));
        }
        // The last commit may not have been acknowledged yet.
        assertThat(prefixes.getFirst()).isBetween(before, after + 1);
        assertThat(prefixes.getFirst() - prefixes.getLast()).as("one point").isBetween(0L, 1L);
        DurableFiles.deleteTree(place.resolve("team_app"));
      }
      assertThat(writer.isAlive()).as(Files.readString(log)).isTrue();
    } finally {
      writer.destroyForcibly().waitFor();
    }
    System.out.printf(
        "%d backups of %d files, %d rows acknowledged.%n", backups, count, acknowledged.get(0));
  }

  private static void awaitMore(Process writer, Path log, LongBuffer acknowledged)
      throws Exception {
    long before = acknowledged.get(0);
    while (acknowledged.get(0) < before + 100) {
      assertThat(writer.isAlive()).as(Files.readString(log)).isTrue();
      TimeUnit.MILLISECONDS.sleep(5);
    }
  }
}
