package dev.litehaven.runner;

import static org.assertj.core.api.Assertions.assertThat;

import dev.litehaven.protocol.BackupRecord;
import dev.litehaven.protocol.BackupTarget;
import dev.litehaven.protocol.DatabaseFile;
import dev.litehaven.protocol.Encryption;
import dev.litehaven.protocol.Reason;
import dev.litehaven.protocol.RunnerReport;
import dev.litehaven.protocol.RunnerReport.Outcome;
import dev.litehaven.protocol.RunnerStep;
import dev.litehaven.runner.restore.Staged;
import dev.litehaven.runner.sqlite.TestDatabase;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Places for backups that are directories, through every step that knows of them. */
class DirectoryPlaceTest {
  private static final Instant NOON = Instant.parse("2026-03-04T12:00:00Z");

  /** Of {@code age-keygen}; they protect nothing. */
  private static final String RECIPIENT =
      "age1lvyvwawkr0mcnnnncaghunadrqkmuf9e6507x9y920xxpp866cnql7dp2z";

  private static final String IDENTITY =
      "AGE-SECRET-KEY-1N9JEPW6DWJ0ZQUDX63F5A03GX8QUW7PXDE39N8UYF82VZ9PC8UFS3M7XA9";

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
            "CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT)",
            "INSERT INTO t VALUES (1, 'one'), (2, 'two')");
  }

  private PlaceRequests plain() {
    return of(null, null);
  }

  private PlaceRequests of(Encryption encryption, BackupTarget.Owner owner) {
    return new PlaceRequests(
        volume,
        List.of(new DatabaseFile("main", "app.db")),
        new BackupTarget(place.toString(), true, null, encryption, owner),
        "team/app");
  }

  private static RunnerReport succeeded(RunnerReport report) {
    assertThat(report.outcome()).as(report.message()).isEqualTo(Outcome.SUCCEEDED);
    return report;
  }

  private static RunnerReport refused(RunnerReport report, Reason reason, String message) {
    assertThat(report.reason()).as(report.message()).isEqualTo(reason);
    assertThat(report.message()).contains(message);
    assertThat(report.outcome()).isNotEqualTo(Outcome.SUCCEEDED);
    return report;
  }

  private RunnerReport backUp(PlaceRequests requests, String run, int hour) {
    return PlaceRequests.run(
        requests.request(RunnerStep.BACKUP, run, PlaceRequests.SCHEDULED, null), at(hour));
  }

  private static Clock at(int hour) {
    return Clock.fixed(NOON.plusSeconds(3600L * hour), ZoneOffset.UTC);
  }

  private Path backup(String id) {
    return place.resolve("team_app/main").resolve(id);
  }

  private Path staged(String run) {
    return volume.resolve(".litehaven/restore").resolve(run);
  }

  private List<String> filesIn(Path directory) throws Exception {
    try (Stream<Path> walk = Files.walk(directory)) {
      return walk.filter(Files::isRegularFile)
          .map(file -> directory.relativize(file).toString())
          .sorted()
          .toList();
    }
  }

  @Test
  void aBackupIsWhereTheLayoutSaysAndIsFetchedAsItWas() throws Exception {
    RunnerReport made = succeeded(backUp(plain(), "r1", 0));
    BackupRecord record = made.backups().getFirst();
    assertThat(record.id()).isEqualTo("20260304T120000Z-scheduled-r1");
    assertThat(record.type()).isEqualTo("Scheduled");
    assertThat(record.verified()).isTrue();
    assertThat(record.sameVolume()).isFalse();
    assertThat(record.encrypted()).isFalse();
    assertThat(filesIn(place))
        .containsExactly(
            "team_app/main/" + record.id() + "/main.db.zst",
            "team_app/main/" + record.id() + "/manifest.json",
            "team_app/main/" + record.id() + "/verified.json");
    TestDatabase.run(database, "DELETE FROM t");

    RunnerReport fetched =
        succeeded(plain().run(RunnerStep.FETCH, "f1", null, PlaceRequests.latest(false)));
    assertThat(fetched.restore().backupId()).isEqualTo(record.id());
    assertThat(fetched.restore().createdAt()).isEqualTo("2026-03-04T12:00:00Z");
    assertThat(filesIn(staged("f1"))).containsExactly("main.db", "staged.json");
    Staged staged = Staged.read(staged("f1"));
    assertThat(staged.files().getFirst().contentHash()).isEqualTo(record.contentHash());
    assertThat(TestDatabase.query(staged("f1").resolve("main.db"), "SELECT v FROM t ORDER BY id"))
        .containsExactly("one", "two");
  }

  @Test
  void anEncryptedBackupNeedsNoKeyToBeMadeAndOneToBeReadLater() throws Exception {
    var sealed = of(new Encryption(List.of(RECIPIENT), null), null);
    RunnerReport made = succeeded(backUp(sealed, "r1", 0));
    BackupRecord record = made.backups().getFirst();
    assertThat(record.encrypted()).isTrue();
    assertThat(record.verified()).isTrue();
    assertThat(backup(record.id()).resolve("main.db.zst.age")).exists();
    assertThat(
            Files.readString(
                backup(record.id()).resolve("main.db.zst.age"),
                java.nio.charset.StandardCharsets.ISO_8859_1))
        .startsWith("age-encryption.org/v1\n");

    refused(
        sealed.run(RunnerStep.READ_BACK, "v1", PlaceRequests.work(null, null, record.id()), null),
        Reason.DECRYPTION_FAILED,
        "there is no key at hand");
    assertThat(backup(record.id()).resolve("verified.json")).exists();

    Path key = Files.writeString(dir.resolve("key"), "# a comment\n" + IDENTITY + "\n");
    var opened = of(new Encryption(List.of(RECIPIENT), key.toString()), null);
    succeeded(
        opened.run(RunnerStep.READ_BACK, "v2", PlaceRequests.work(null, null, record.id()), null));
    succeeded(opened.run(RunnerStep.FETCH, "f1", null, PlaceRequests.latest(false)));
    assertThat(TestDatabase.query(staged("f1").resolve("main.db"), "SELECT v FROM t ORDER BY id"))
        .containsExactly("one", "two");
  }
}
