package dev.litehaven.runner;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.groups.Tuple.tuple;

import dev.litehaven.protocol.BackupRecord;
import dev.litehaven.protocol.BackupTarget;
import dev.litehaven.protocol.BackupWork;
import dev.litehaven.protocol.DatabaseFile;
import dev.litehaven.protocol.Encryption;
import dev.litehaven.protocol.Reason;
import dev.litehaven.protocol.RestoreReport.PassedOver;
import dev.litehaven.protocol.RestoreWork;
import dev.litehaven.protocol.RunnerReport;
import dev.litehaven.protocol.RunnerReport.Outcome;
import dev.litehaven.protocol.RunnerStep;
import dev.litehaven.protocol.StoreReport.Check;
import dev.litehaven.runner.restore.Staged;
import dev.litehaven.runner.sqlite.TestDatabase;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
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
                backup(record.id()).resolve("main.db.zst.age"), StandardCharsets.ISO_8859_1))
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

  private static void flip(Path file) throws Exception {
    try (var bytes = new RandomAccessFile(file.toFile(), "rw")) {
      long at = bytes.length() / 2;
      bytes.seek(at);
      int b = bytes.read();
      bytes.seek(at);
      bytes.write(b ^ 8);
    }
  }

  @Test
  void aRecipientThatIsNoneIsNamedBeforeAnythingIsWritten() throws Exception {
    refused(
        backUp(of(new Encryption(List.of(RECIPIENT, "age1nobody"), null), null), "r1", 0),
        Reason.INVALID_REQUEST,
        "age1nobody");
    assertThat(filesIn(place)).isEmpty();
    Path key = Files.writeString(dir.resolve("key"), "AGE-SECRET-KEY-1NONE\n");
    refused(
        backUp(of(new Encryption(List.of(RECIPIENT), key.toString()), null), "r2", 0),
        Reason.DECRYPTION_FAILED,
        "not what age-keygen writes");
    assertThat(filesIn(place)).isEmpty();
  }

  @Test
  void theWrongKeyIsNoReasonToRestoreSomethingOlder() throws Exception {
    String old = succeeded(backUp(plain(), "r1", 0)).backups().getFirst().id();
    succeeded(backUp(of(new Encryption(List.of(RECIPIENT), null), null), "r2", 1));
    refused(
        plain().run(RunnerStep.FETCH, "f1", null, PlaceRequests.latest(true)),
        Reason.DECRYPTION_FAILED,
        RECIPIENT);
    assertThat(staged("f1")).doesNotExist();
    succeeded(plain().run(RunnerStep.FETCH, "f2", null, PlaceRequests.restore(old, null, false)));
  }

  @Test
  void encryptedBytesThatWereChangedAreFound() throws Exception {
    Path key = Files.writeString(dir.resolve("key"), IDENTITY);
    var sealed = of(new Encryption(List.of(RECIPIENT), key.toString()), null);
    String id = succeeded(backUp(sealed, "r1", 0)).backups().getFirst().id();
    Path artifact = backup(id).resolve("main.db.zst.age");
    byte[] good = Files.readAllBytes(artifact);
    for (int at = 0; at < good.length; at += good.length / 25) {
      byte[] bad = good.clone();
      bad[at] ^= 1;
      Files.write(artifact, bad);
      RunnerReport report =
          sealed.run(RunnerStep.READ_BACK, "v" + at, PlaceRequests.work(null, null, id), null);
      // A recipient's line that was changed is a line for somebody else.
      assertThat(report.reason())
          .as(at + ": " + report.message())
          .isIn(Reason.BACKUP_DAMAGED, Reason.DECRYPTION_FAILED);
    }
    Files.write(artifact, good);
    succeeded(sealed.run(RunnerStep.READ_BACK, "v", PlaceRequests.work(null, null, id), null));
  }

  @Test
  void unchangedContentIsNotWrittenAgainAndChangedContentIs() throws Exception {
    BackupRecord first = succeeded(backUp(plain(), "r1", 0)).backups().getFirst();
    List<String> before = filesIn(place);
    TestDatabase.run(database, "VACUUM");
    BackupWork unlessSame = PlaceRequests.work("Scheduled", first.contentHash());
    RunnerReport same = succeeded(plain().run(RunnerStep.BACKUP, "r2", unlessSame, null));
    assertThat(same.reason()).isEqualTo(Reason.UNCHANGED);
    assertThat(same.backups()).isEmpty();
    assertThat(filesIn(place)).isEqualTo(before);
    TestDatabase.run(database, "UPDATE t SET v = 'zwei' WHERE id = 2");
    RunnerReport changed = succeeded(plain().run(RunnerStep.BACKUP, "r3", unlessSame, null));
    assertThat(changed.reason()).isEqualTo(Reason.SUCCEEDED);
    assertThat(changed.backups().getFirst().contentHash()).isNotEqualTo(first.contentHash());
  }

  @Test
  void aRunHasOneBackupHoweverOftenItIsCarriedOut() throws Exception {
    BackupRecord first = succeeded(backUp(plain(), "r1", 0)).backups().getFirst();
    TestDatabase.run(database, "DELETE FROM t");
    RunnerReport again = succeeded(backUp(plain(), "r1", 1));
    assertThat(again.backups()).containsExactly(first);
    Files.delete(backup(first.id()).resolve("verified.json"));
    BackupRecord second = succeeded(backUp(plain(), "r1", 2)).backups().getFirst();
    assertThat(second.id()).isNotEqualTo(first.id());
    assertThat(backup(first.id())).doesNotExist();
  }

  private static BackupWork include(String unchangedSince, String... globs) {
    return new BackupWork("Manual", List.of(globs), null, unchangedSince, List.of());
  }

  @Test
  void companionFilesAreInTheSameBackupAndAreOfItsContent() throws Exception {
    Path pictures = Files.createDirectories(volume.resolve("pictures/a-long-name".repeat(9)));
    Files.writeString(pictures.resolve("one.png"), "picture");
    Files.writeString(volume.resolve("pictures/empty"), "");
    Files.writeString(volume.resolve("pictures/äö ü"), "umlauts");
    Files.createSymbolicLink(volume.resolve("pictures/link"), Path.of("empty"));
    Files.writeString(volume.resolve("config.toml"), "a = 1");
    Files.writeString(volume.resolve("other.txt"), "not this");
    BackupWork all = include(null, "pictures/**", "*.toml", "app.db*", ".litehaven/**");
    BackupRecord record =
        succeeded(plain().run(RunnerStep.BACKUP, "r1", all, null)).backups().getFirst();
    assertThat(record.companions()).isEqualTo(4);
    assertThat(backup(record.id()).resolve("companions.tar.zst")).exists();

    succeeded(plain().run(RunnerStep.FETCH, "f1", null, PlaceRequests.latest(false)));
    Path into = Files.createDirectories(dir.resolve("untarred"));
    Forked.Result tar =
        Forked.run(
            List.of(
                "tar",
                "-xf",
                staged("f1").resolve("companions.tar").toString(),
                "-C",
                into.toString()));
    assertThat(tar.exitCode()).as(tar.output()).isZero();
    assertThat(filesIn(into))
        .containsExactlyInAnyOrder(
            volume.relativize(pictures.resolve("one.png")).toString(),
            "pictures/empty",
            "pictures/äö ü",
            "config.toml");
    assertThat(into.resolve("pictures/äö ü")).hasContent("umlauts");
    assertThat(into.resolve(volume.relativize(pictures)).resolve("one.png")).hasContent("picture");

    BackupWork unlessSame =
        include(record.contentHash(), "pictures/**", "*.toml", "app.db*", ".litehaven/**");
    assertThat(plain().run(RunnerStep.BACKUP, "r2", unlessSame, null).reason())
        .isEqualTo(Reason.UNCHANGED);
    Files.writeString(volume.resolve("config.toml"), "a = 2");
    assertThat(plain().run(RunnerStep.BACKUP, "r3", unlessSame, null).reason())
        .isEqualTo(Reason.SUCCEEDED);
    refused(
        plain().run(RunnerStep.BACKUP, "r4", include(null, "pictures/[a"), null),
        Reason.INVALID_REQUEST,
        "pictures/[a");
  }

  @Test
  void anotherDatabaseOfTheSameIdentityIsKeptOut() throws Exception {
    var mine = of(null, new BackupTarget.Owner("uid-1", false));
    BackupRecord record = succeeded(backUp(mine, "r1", 0)).backups().getFirst();
    List<String> before = filesIn(place);
    assertThat(before).contains("team_app/owner.json");
    var other = of(null, new BackupTarget.Owner("uid-2", false));
    refused(backUp(other, "r2", 1), Reason.LOCATION_OWNED, "uid-1");
    refused(
        other.run(RunnerStep.PRUNE, "p1", PlaceRequests.work(null, null, record.id()), null),
        Reason.LOCATION_OWNED,
        "uid-1");
    assertThat(filesIn(place)).isEqualTo(before);
    // Reading is everybody's who gets there: a rebuilt cluster restores what the lost one made.
    succeeded(other.run(RunnerStep.FETCH, "f1", null, PlaceRequests.latest(false)));
    succeeded(backUp(of(null, new BackupTarget.Owner("uid-2", true)), "r3", 2));
    refused(backUp(mine, "r4", 3), Reason.LOCATION_OWNED, "uid-2");
  }

  @Test
  void theChoiceIsByIdByTimeAndElseTheNewestVerified() throws Exception {
    List<String> ids = new ArrayList<>();
    for (int hour = 0; hour < 4; hour++) {
      ids.add(succeeded(backUp(plain(), "r" + hour, hour)).backups().getFirst().id());
      TestDatabase.run(database, "INSERT INTO t (v) VALUES ('more')");
    }
    assertThat(fetched(PlaceRequests.latest(false))).isEqualTo(ids.get(3));
    assertThat(fetched(PlaceRequests.restore(ids.get(1), null, false))).isEqualTo(ids.get(1));
    assertThat(fetched(PlaceRequests.restore(null, "2026-03-04T14:59:59Z", false)))
        .isEqualTo(ids.get(2));
    assertThat(fetched(PlaceRequests.restore(null, "2026-03-04T14:00:00Z", false)))
        .isEqualTo(ids.get(2));
    refused(
        fetch(PlaceRequests.restore(null, "2026-03-04T11:59:59Z", false)),
        Reason.BACKUP_NOT_FOUND,
        "from 2026-03-04T11:59:59Z or before");
    refused(
        fetch(PlaceRequests.restore("20260304T120000Z-scheduled-none", null, false)),
        Reason.BACKUP_NOT_FOUND,
        "scheduled-none");
    refused(
        fetch(PlaceRequests.restore(null, "yesterday", false)), Reason.INVALID_REQUEST, "RFC 3339");
    Files.delete(backup(ids.get(3)).resolve("verified.json"));
    RunnerReport second = succeeded(fetch(PlaceRequests.latest(false)));
    assertThat(second.restore().backupId()).isEqualTo(ids.get(2));
    assertThat(second.restore().passedOver())
        .extracting(PassedOver::backupId)
        .containsExactly(ids.get(3));
  }

  private RunnerReport fetch(RestoreWork work) {
    return plain().run(RunnerStep.FETCH, "f", null, work);
  }

  private String fetched(RestoreWork work) {
    return succeeded(fetch(work)).restore().backupId();
  }

  @Test
  void olderOnesAreTriedInTurnOnlyWhereThatWasAskedFor() throws Exception {
    List<String> ids = new ArrayList<>();
    for (int hour = 0; hour < 4; hour++) {
      ids.add(succeeded(backUp(plain(), "r" + hour, hour)).backups().getFirst().id());
    }
    flip(backup(ids.get(3)).resolve("main.db.zst"));
    Files.writeString(backup(ids.get(2)).resolve("manifest.json"), "no manifest");
    List<String> before = filesIn(place);
    refused(fetch(PlaceRequests.latest(false)), Reason.BACKUP_DAMAGED, ids.get(3));
    assertThat(staged("f")).doesNotExist();
    RunnerReport older = succeeded(fetch(PlaceRequests.latest(true)));
    assertThat(older.restore().backupId()).isEqualTo(ids.get(1));
    assertThat(older.restore().passedOver())
        .extracting(PassedOver::backupId, PassedOver::reason)
        .containsExactly(
            tuple(ids.get(3), Reason.BACKUP_DAMAGED), tuple(ids.get(2), Reason.BACKUP_DAMAGED));
    assertThat(Staged.read(staged("f")).passedOver()).hasSize(2);
    for (int i = 0; i < 2; i++) {
      Files.delete(backup(ids.get(i)).resolve("main.db.zst"));
    }
    refused(fetch(PlaceRequests.latest(true)), Reason.NOTHING_VERIFIED, "None of the 4 backups");
    assertThat(staged("f")).doesNotExist();
    // Fetching finds out and changes nothing in the place.
    assertThat(filesIn(place)).hasSize(before.size() - 2);
  }

  @Test
  void readingBackTakesTheVerificationAwayFromWhatIsDamaged() throws Exception {
    String good = succeeded(backUp(plain(), "r1", 0)).backups().getFirst().id();
    String bad = succeeded(backUp(plain(), "r2", 1)).backups().getFirst().id();
    flip(backup(bad).resolve("main.db.zst"));
    RunnerReport report =
        refused(
            plain()
                .run(RunnerStep.READ_BACK, "v1", PlaceRequests.work(null, null, bad, good), null),
            Reason.BACKUP_DAMAGED,
            "1 of 2 backups failed");
    assertThat(report.backups()).extracting(BackupRecord::id).containsExactly(good);
    assertThat(backup(bad).resolve("verified.json")).doesNotExist();
    assertThat(backup(bad).resolve("main.db.zst")).exists();
    RunnerReport list = succeeded(plain().run(RunnerStep.LIST, "l1", null, null));
    assertThat(list.backups())
        .extracting(BackupRecord::id, BackupRecord::verified)
        .containsExactly(tuple(bad, false), tuple(good, true));
    refused(
        plain().run(RunnerStep.READ_BACK, "v2", PlaceRequests.work(null, null, "nothing"), null),
        Reason.BACKUP_NOT_FOUND,
        "nothing");
  }

  @Test
  void pruningRemovesWhatIsNamedAndNothingElse() throws Exception {
    String first = succeeded(backUp(plain(), "r1", 0)).backups().getFirst().id();
    String second = succeeded(backUp(plain(), "r2", 1)).backups().getFirst().id();
    BackupWork work = PlaceRequests.work(null, null, first, "20260101T000000Z-manual-gone");
    RunnerReport report = succeeded(plain().run(RunnerStep.PRUNE, "p1", work, null));
    assertThat(report.store().removed()).containsExactly(first, "20260101T000000Z-manual-gone");
    assertThat(backup(first)).doesNotExist();
    assertThat(filesIn(place)).hasSize(3).allMatch(file -> file.contains(second));
    assertThat(succeeded(plain().run(RunnerStep.PRUNE, "p2", work, null)).store().removed())
        .hasSize(2);
    Path outside = Files.createDirectories(place.resolve("team_app/20260101T000000Z-manual-x"));
    Files.writeString(outside.resolve("manifest.json"), "{}");
    refused(
        plain().run(RunnerStep.PRUNE, "p3", PlaceRequests.work(null, null), null),
        Reason.INVALID_REQUEST,
        "which backups");
    for (String id : List.of("..", "../team_app", "main", "owner.json")) {
      plain().run(RunnerStep.PRUNE, "p4", PlaceRequests.work(null, null, id), null);
    }
    assertThat(filesIn(place)).hasSize(4);
  }

  @Test
  void backupsOfAnotherRunThatWereCutOffLongAgoGo() throws Exception {
    Path old = Files.createDirectories(backup("20260301T120000Z-scheduled-r0"));
    Files.writeString(old.resolve("main.db.zst"), "half");
    Path recent = Files.createDirectories(backup("20260304T110000Z-scheduled-r9"));
    Files.writeString(recent.resolve("main.db.zst"), "perhaps on its way");
    succeeded(backUp(plain(), "r1", 0));
    assertThat(old).doesNotExist();
    assertThat(recent).exists();
  }

  private PlaceRequests nowhere() {
    return new PlaceRequests(
        volume, List.of(), new BackupTarget(place.toString(), true), "team/app");
  }

  @Test
  void aProbeTriesAllFourAndLeavesNothing() throws Exception {
    RunnerReport report = succeeded(nowhere().run(RunnerStep.PROBE, "p1", null, null));
    assertThat(report.store().checks())
        .extracting(Check::name, Check::ok)
        .containsExactly(
            tuple("write", true), tuple("read", true), tuple("list", true), tuple("delete", true));
    assertThat(place).isEmptyDirectory();
  }

  @Test
  void aProbeSaysWhatDoesNotWork() throws Exception {
    Files.delete(place);
    Files.writeString(place, "no directory");
    RunnerReport report = nowhere().run(RunnerStep.PROBE, "p1", null, null);
    assertThat(report.outcome()).isNotEqualTo(Outcome.SUCCEEDED);
    assertThat(report.store().checks())
        .extracting(Check::name)
        .containsExactly("write", "read", "list", "delete");
    assertThat(report.store().checks().getFirst().ok()).isFalse();
    assertThat(report.store().checks().getFirst().message()).isNotBlank();
  }

  @Test
  void anIdentityNeverLeadsOutOfThePlace() throws Exception {
    for (String identity : List.of("..", ".", "../other", "a/../..", "/etc")) {
      var requests =
          new PlaceRequests(
              volume,
              List.of(new DatabaseFile("main", "app.db")),
              new BackupTarget(place.toString(), true),
              identity);
      succeeded(backUp(requests, "r1", 0));
      succeeded(
          requests.run(
              RunnerStep.PRUNE,
              "p1",
              PlaceRequests.work(null, null, "20260304T120000Z-scheduled-r1"),
              null));
    }
    assertThat(filesIn(dir).stream().filter(file -> file.contains("manifest"))).isEmpty();
  }
}
