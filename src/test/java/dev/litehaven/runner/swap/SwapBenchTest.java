package dev.litehaven.runner.swap;

import static org.assertj.core.api.Assertions.assertThat;

import dev.litehaven.bench.BenchReport;
import dev.litehaven.protocol.DatabaseFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.assertj.core.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What the protocol costs: leases, records, tombstones and every fsync, beside a copy that is
 * forced to disk and renamed with the same calls and nothing else. Hashing is not part of it: it
 * goes on beside the migration.
 */
@Tag("bench")
class SwapBenchTest {
  private static final long MEGABYTES = Long.getLong("litehaven.bench.megabytes", 1024);
  private static final int ROUNDS = Integer.getInteger("litehaven.bench.rounds", 3) + 2;
  private static final List<DatabaseFile> FILES = List.of(new DatabaseFile("main", "app.db"));

  private final PosixFileOps ops = new PosixFileOps();
  private int runs;

  @Test
  void besideAPlainReplacement(@TempDir Path root) throws Exception {
    fill(root.resolve("app.db"), MEGABYTES);
    plain(root);
    swap(root);
    List<Long> plain = new ArrayList<>();
    List<Long> ours = new ArrayList<>();
    for (int round = 0; round < ROUNDS; round++) {
      if (round % 2 == 0) {
        plain.add(plain(root));
        ours.add(swap(root));
      } else {
        ours.add(swap(root));
        plain.add(plain(root));
      }
    }
    BenchReport.title("A swap of %d MB, medians of %d rounds", MEGABYTES, ROUNDS);
    BenchReport.heads("copy, mv", "protocol", "ratio");
    BenchReport.pair("copy, fsync, rename", BenchReport.median(plain), BenchReport.median(ours));
    BenchReport.pair("least of all rounds", BenchReport.least(plain), BenchReport.least(ours));
    BenchReport.ratio(
        "leases, tombstones, fsyncs / a plain replacement",
        BenchReport.least(ours) / BenchReport.least(plain),
        1.05);
  }

  @Test
  void withReflinksItDoesNotGrowWithTheSize(@TempDir Path dir) throws Exception {
    Path root = dir.resolve("btrfs");
    mount(dir.resolve("image"), Files.createDirectory(root));
    try {
      long small = leastOf(Files.createDirectory(root.resolve("small")), 16);
      long large = leastOf(Files.createDirectory(root.resolve("large")), MEGABYTES);
      BenchReport.title("A swap with reflinks (btrfs), least of %d rounds", ROUNDS);
      BenchReport.heads("16 MB", MEGABYTES + " MB", "ratio");
      BenchReport.pair("copy, leases, fsync, rename", small, large);
      BenchReport.ratio("swap with reflinks, large / small", (double) large / small, 2);
    } finally {
      shell("umount", root.toString());
    }
  }

  private long leastOf(Path root, long megabytes) throws Exception {
    fill(root.resolve("app.db"), megabytes);
    shell("sync", "-f", root.toString());
    List<Long> millis = new ArrayList<>();
    swap(root);
    for (int round = 0; round < ROUNDS; round++) {
      millis.add(swap(root));
    }
    return (long) BenchReport.least(millis);
  }

  private long plain(Path root) throws IOException {
    Path live = root.resolve("app.db");
    Path copy = root.resolve("plain.db");
    long start = System.nanoTime();
    FileHandle from = ops.openToRead(live);
    FileHandle to = ops.create(copy, 0600);
    to.copyFrom(from);
    to.adopt(from);
    to.fsync();
    to.close();
    from.close();
    ops.rename(copy, live);
    ops.fsyncDirectory(root);
    return (System.nanoTime() - start) / 1_000_000;
  }

  private long swap(Path root) throws Exception {
    runs++;
    try (var volume = SwapVolume.open(root, Databases.run("bench" + runs, runs))) {
      long nanos = -System.nanoTime();
      try (var session = SwapSession.begin(volume, "plan", FILES)) {
        session.seal();
        nanos += System.nanoTime();
        session.awaitHashes();
        nanos -= System.nanoTime();
        session.commit();
      }
      nanos += System.nanoTime();
      Settle.settle(volume, "bench" + runs);
      return nanos / 1_000_000;
    }
  }

  private static void fill(Path database, long megabytes) throws Exception {
    Databases.create(database, "delete");
    try (Connection connection = Databases.open(database);
        Statement statement = connection.createStatement()) {
      statement.executeUpdate("CREATE TABLE big (id INTEGER PRIMARY KEY, b BLOB)");
      statement.executeUpdate(
          "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < "
              + megabytes * 16
              + ") INSERT INTO big (b) SELECT randomblob(64000) FROM n");
    }
  }

  private static void mount(Path image, Path at) throws Exception {
    Assumptions.assumeThat(System.getProperty("user.name"))
        .as("mounting a file system takes root")
        .isEqualTo("root");
    shell("truncate", "-s", (MEGABYTES * 3 + 512) + "M", image.toString());
    shell("mkfs.btrfs", "-q", image.toString());
    shell("mount", "-o", "loop,noatime", image.toString(), at.toString());
  }

  private static void shell(String... command) throws Exception {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes());
    assertThat(process.waitFor()).as(String.join(" ", command) + ": " + output).isZero();
  }
}
