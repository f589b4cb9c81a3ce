package dev.litehaven.runner;

import static org.assertj.core.api.Assertions.assertThat;

import dev.litehaven.protocol.BackupRecord;
import dev.litehaven.protocol.BackupTarget;
import dev.litehaven.protocol.BackupWork;
import dev.litehaven.protocol.DatabaseFile;
import dev.litehaven.protocol.Encryption;
import dev.litehaven.protocol.Reason;
import dev.litehaven.protocol.RestoreWork;
import dev.litehaven.protocol.RunnerReport;
import dev.litehaven.protocol.RunnerReport.Outcome;
import dev.litehaven.protocol.RunnerRequest;
import dev.litehaven.protocol.RunnerStep;
import dev.litehaven.runner.restore.Staged;
import dev.litehaven.runner.sqlite.TestDatabase;
import dev.litehaven.runner.store.S3Server;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A process of its own is killed before one thing after another that it does with a place for
 * backups; then the same request is made again. What is there in between never looks like more than
 * it is, and afterwards nothing is left of it.
 */
class PlaceKillTest {
  private static final String RECIPIENT =
      "age1lvyvwawkr0mcnnnncaghunadrqkmuf9e6507x9y920xxpp866cnql7dp2z";

  @TempDir Path dir;
  private Path volume;
  private Path place;
  private Path database;

  @BeforeEach
  void aDatabase() throws Exception {
    volume = Files.createDirectories(dir.resolve("volume"));
    place = Files.createDirectories(dir.resolve("place"));
    database =
        TestDatabase.create(
            volume,
            "app.db",
            "PRAGMA journal_mode=WAL",
            "CREATE TABLE t (id INTEGER PRIMARY KEY, v BLOB)",
            "INSERT INTO t VALUES (1, randomblob(600)), (2, randomblob(600))");
  }

  private PlaceRequests requests() {
    return requests(
        new BackupTarget(
            place.toString(),
            true,
            null,
            new Encryption(List.of(RECIPIENT), null),
            new BackupTarget.Owner("uid-1", false)));
  }

  private PlaceRequests requests(BackupTarget target) {
    return new PlaceRequests(
        volume, List.of(new DatabaseFile("main", "app.db")), target, "team/app");
  }

  private PlaceRequests unsealed() {
    return requests(new BackupTarget(place.toString(), true));
  }

  private static RunnerReport succeeded(RunnerReport report) {
    assertThat(report.outcome()).as(report.message()).isEqualTo(Outcome.SUCCEEDED);
    return report;
  }

  private List<String> files(Path root) throws Exception {
    try (Stream<Path> walk = Files.walk(root)) {
      return walk.filter(path -> !Files.isDirectory(path))
          .map(path -> root.relativize(path).toString())
          .sorted()
          .toList();
    }
  }

  private List<BackupRecord> listed(PlaceRequests requests) {
    return succeeded(requests.run(RunnerStep.LIST, "list", null, null)).backups();
  }

  private interface Afterwards {
    /**
     * @param killed the number of operations that were done
     */
    void look(int killed) throws Exception;
  }

  /** Says at how many operations it was killed. */
  private int killEverywhere(
      PlaceRequests requests,
      RunnerStep step,
      BackupWork backups,
      RestoreWork restore,
      Afterwards between,
      Afterwards after)
      throws Exception {
    for (int operations = 0; ; operations++) {
      RunnerRequest request = requests.request(step, "r" + operations, backups, restore);
      boolean killed = DyingRunner.dies(dir, request, "store", Integer.toString(operations));
      if (killed) {
        between.look(operations);
        succeeded(PlaceRequests.run(request, Clock.systemUTC()));
      }
      after.look(operations);
      if (!killed) {
        System.out.println("Killed " + step + " before each of " + operations + " operations.");
        return operations;
      }
    }
  }

  @Test
  void aBackupKilledAnywhereCountsOnlyWhenItIsWholeAndIsMadeOnceByTheNextRun() throws Exception {
    PlaceRequests requests = requests();
    int at =
        killEverywhere(
            requests,
            RunnerStep.BACKUP,
            PlaceRequests.SCHEDULED,
            null,
            killed -> {
              for (BackupRecord record : listed(requests)) {
                if (record.id().endsWith("-r" + killed)) {
                  // Killed after the last operation that matters, or not verified yet.
                  assertThat(record.verified()).as("after " + killed).isFalse();
                }
              }
            },
            killed -> {
              List<String> ofRun =
                  files(place).stream().filter(file -> file.contains("-r" + killed + "/")).toList();
              assertThat(ofRun)
                  .as("after " + killed)
                  .hasSize(3)
                  .anyMatch(file -> file.endsWith("/main.db.zst.age"))
                  .anyMatch(file -> file.endsWith("/manifest.json"))
                  .anyMatch(file -> file.endsWith("/verified.json"));
              assertThat(files(place)).noneMatch(file -> file.endsWith(".tmp"));
              assertThat(files(volume)).noneMatch(file -> file.startsWith(".litehaven/tmp/lh-"));
            });
    assertThat(at).isGreaterThan(10);
    assertThat(listed(requests)).hasSize(at + 1).allMatch(BackupRecord::verified);
  }

  @Test
  void aFetchKilledAnywhereLeavesNothingThatARestoreWouldTake() throws Exception {
    succeeded(unsealed().run(RunnerStep.BACKUP, "b", PlaceRequests.SCHEDULED, null));
    List<String> before = files(place);
    int at =
        killEverywhere(
            unsealed(),
            RunnerStep.FETCH,
            null,
            PlaceRequests.latest(false),
            killed ->
                assertThat(volume.resolve(".litehaven/restore/r" + killed + "/staged.json"))
                    .doesNotExist(),
            killed -> {
              Path staged = volume.resolve(".litehaven/restore/r" + killed);
              assertThat(files(staged)).containsExactly("main.db", "staged.json");
              assertThat(Staged.read(staged).files()).hasSize(1);
            });
    assertThat(at).isGreaterThan(5);
    for (String line : List.of("Choosing", "Fetching", "Leaving it")) {
      RunnerRequest request =
          unsealed().request(RunnerStep.FETCH, "line", null, PlaceRequests.latest(false));
      assertThat(DyingRunner.dies(dir, request, "line", line)).as(line).isTrue();
      assertThat(volume.resolve(".litehaven/restore/line/staged.json")).doesNotExist();
      succeeded(PlaceRequests.run(request, Clock.systemUTC()));
    }
    assertThat(files(place)).isEqualTo(before);
  }

  @Test
  void aReadBackKilledAnywhereTakesNothingAway() throws Exception {
    String id =
        succeeded(unsealed().run(RunnerStep.BACKUP, "b", PlaceRequests.SCHEDULED, null))
            .backups()
            .getFirst()
            .id();
    List<String> before = files(place);
    killEverywhere(
        unsealed(),
        RunnerStep.READ_BACK,
        PlaceRequests.work(null, null, id),
        null,
        killed -> assertThat(listed(unsealed())).allMatch(BackupRecord::verified),
        killed -> {
          assertThat(files(place)).isEqualTo(before);
          assertThat(files(volume)).noneMatch(file -> file.startsWith(".litehaven/tmp/lh-"));
        });
  }

  @Test
  void aRemovalKilledAnywhereLeavesABackupOrNone() throws Exception {
    List<String> ids = new ArrayList<>();
    for (int i = 0; i < 12; i++) {
      ids.add(
          succeeded(unsealed().run(RunnerStep.BACKUP, "b" + i, PlaceRequests.SCHEDULED, null))
              .backups()
              .getFirst()
              .id());
    }
    for (int operations = 0; ; operations++) {
      String id = ids.get(operations);
      RunnerRequest request =
          unsealed().request(RunnerStep.PRUNE, "p", PlaceRequests.work(null, null, id), null);
      boolean killed = DyingRunner.dies(dir, request, "store", Integer.toString(operations));
      List<BackupRecord> there =
          listed(unsealed()).stream().filter(record -> record.id().equals(id)).toList();
      if (!there.isEmpty()) {
        // Listed is what can still be read back whole.
        succeeded(
            unsealed().run(RunnerStep.READ_BACK, "v", PlaceRequests.work(null, null, id), null));
      }
      succeeded(PlaceRequests.run(request, Clock.systemUTC()));
      assertThat(files(place)).noneMatch(file -> file.contains(id + "/"));
      if (!killed) {
        System.out.println("Killed PRUNE before each of " + operations + " operations.");
        assertThat(operations).isGreaterThan(3);
        break;
      }
    }
  }

  @Test
  void anUploadKilledInTheMiddleIsClearedUpByTheNextRun() throws Exception {
    TestDatabase.run(
        database,
        "WITH RECURSIVE n(i) AS (SELECT 3 UNION ALL SELECT i + 1 FROM n WHERE i < 300)"
            + " INSERT INTO t SELECT i, randomblob(100000) FROM n");
    try (S3Server server = S3Server.start(dir)) {
      PlaceRequests requests =
          requests(
              new BackupTarget(
                  null, true, server.target("p"), null, new BackupTarget.Owner("uid-1", false)));
      int unfinished = 0;
      boolean killed = true;
      for (int operations = 3; killed; operations += 40) {
        RunnerRequest request =
            requests.request(RunnerStep.BACKUP, "r" + operations, PlaceRequests.SCHEDULED, null);
        killed = DyingRunner.dies(dir, request, "store", Integer.toString(operations));
        unfinished += server.unfinished().size();
        succeeded(PlaceRequests.run(request, Clock.systemUTC()));
        assertThat(server.unfinished()).isEmpty();
        String run = "-r" + operations + "/";
        assertThat(server.keys("p").stream().filter(key -> key.contains(run))).hasSize(3);
      }
      assertThat(unfinished).as("uploads that were cut off").isPositive();
      assertThat(requests.run(RunnerStep.LIST, "l", null, null).reason())
          .isEqualTo(Reason.SUCCEEDED);
    }
  }
}
