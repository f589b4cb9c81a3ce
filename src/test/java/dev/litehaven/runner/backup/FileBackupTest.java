package dev.litehaven.runner.backup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.litehaven.protocol.BackupRecord;
import dev.litehaven.protocol.DatabaseFile;
import dev.litehaven.protocol.Reason;
import dev.litehaven.protocol.RefusedException;
import dev.litehaven.protocol.RunRef;
import dev.litehaven.runner.backup.BackupReader.Depth;
import dev.litehaven.runner.backup.BackupReader.ReadBack;
import dev.litehaven.runner.backup.DurableFiles.Owner;
import dev.litehaven.runner.sqlite.HistoryInfo;
import dev.litehaven.runner.store.BackupStore;
import dev.litehaven.runner.store.DirectoryStore;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileBackupTest {
  private static final HistoryInfo HISTORY =
      new HistoryInfo("litehaven", "litehaven_history", "002", 2, true, null);
  private static final Instant NOW = Instant.parse("2026-03-04T05:06:07Z");

  @TempDir Path dir;
  private Path live;
  private Path root;

  @BeforeEach
  void aDatabase() throws Exception {
    live = dir.resolve("app.db");
    root = dir.resolve(".litehaven").resolve("backups");
    sql(
        live,
        "CREATE TABLE a (id INTEGER PRIMARY KEY, t TEXT)",
        "CREATE TABLE b (x BLOB)",
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000)"
            + " INSERT INTO a SELECT i, hex(randomblob(20)) FROM n",
        "INSERT INTO b VALUES (x'00ff'), (NULL)");
  }

  private static void sql(Path file, String... statements) throws SQLException {
    try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file);
        Statement statement = connection.createStatement()) {
      for (String sql : statements) {
        statement.execute(sql);
      }
    }
  }

  private BackupStore store() throws IOException {
    return new DirectoryStore(root, Owner.of(live));
  }

  private Path create(BackupSubject subject) throws IOException {
    return root.resolve(FileBackup.create(store(), subject, Seal.NONE));
  }

  private Path create(String run, Instant at) throws IOException {
    return create(
        new BackupSubject(
            BackupType.PRE_MIGRATION,
            new RunRef(run, "team/app", "uid", 3, "risk"),
            List.of(new BackupSubject.Member(new DatabaseFile("app", "app.db"), live)),
            HISTORY,
            null,
            at));
  }

  private ReadBack readBack(Path manifest) throws IOException {
    return new BackupReader(store(), Seal.NONE, dir, Depth.FULL)
        .verify(root.relativize(manifest).toString(), NOW);
  }

  private boolean verified(Path manifest) throws IOException {
    return BackupReader.describe(manifest, root, true).verified();
  }

  private void unreliable(Path manifest, String why) {
    assertThatThrownBy(() -> readBack(manifest))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining(why)
        .extracting(e -> ((RefusedException) e).reason())
        .isEqualTo(Reason.BACKUP_DAMAGED);
    assertThat(dir.resolve("restored-app.db")).doesNotExist();
  }

  @Test
  void aBackupCountsOnlyWhenItWasReadBack() throws Exception {
    Path manifest = create("r1", NOW);
    assertThat(root.relativize(manifest))
        .hasToString("app/20260304T050607Z-pre-migration-r1/manifest.json");
    assertThat(verified(manifest)).isFalse();
    ReadBack back = readBack(manifest);
    assertThat(verified(manifest)).isTrue();
    assertThat(back.restored().get("app")).hasSameBinaryContentAs(live);
    BackupRecord record = back.record(true);
    assertThat(record).isEqualTo(BackupReader.describe(manifest, root, true));
    assertThat(record.type()).isEqualTo("PreMigration");
    assertThat(record.rows()).isEqualTo(5002);
    assertThat(record.databaseBytes()).isEqualTo(Files.size(live));
    assertThat(record.sizeBytes()).isLessThan(Files.size(live));
    assertThat(record.schemaVersion()).isEqualTo("002");
    assertThat(back.manifest().file("app").tables())
        .extracting(BackupManifest.Table::name, BackupManifest.Table::rows)
        .containsExactly(
            org.assertj.core.groups.Tuple.tuple("a", 5000L),
            org.assertj.core.groups.Tuple.tuple("b", 2L));
  }

  @Test
  void aTruncatedArtifactIsNoBackup() throws Exception {
    Path manifest = create("r1", NOW);
    Path artifact = manifest.resolveSibling("app.db.zst");
    try (RandomAccessFile file = new RandomAccessFile(artifact.toFile(), "rw")) {
      file.setLength(file.length() - 1);
    }
    unreliable(manifest, "bytes where the manifest says");
    assertThat(verified(manifest)).isFalse();
  }

  @Test
  void aFlippedBitAnywhereIsFound() throws Exception {
    Path manifest = create("r1", NOW);
    Path artifact = manifest.resolveSibling("app.db.zst");
    byte[] good = Files.readAllBytes(artifact);
    for (int at = 0; at < good.length; at += good.length / 40) {
      byte[] bad = good.clone();
      bad[at] ^= 0x10;
      Files.write(artifact, bad);
      unreliable(manifest, "app.db.zst");
    }
    Files.write(artifact, good);
    readBack(manifest);
  }

  @Test
  void bytesBehindTheArtifactAreFoundAlsoWhenTheManifestWasAdapted() throws Exception {
    Path manifest = create("r1", NOW);
    Path artifact = manifest.resolveSibling("app.db.zst");
    long size = Files.size(artifact);
    Files.write(artifact, new byte[] {1, 2, 3}, StandardOpenOption.APPEND);
    unreliable(manifest, "bytes where the manifest says");
    edit(manifest, "\"artifactBytes\" : " + size, "\"artifactBytes\" : " + (size + 3));
    unreliable(manifest, "app.db.zst");
  }

  @Test
  void aSwappedManifestIsFound() throws Exception {
    Path first = create("r1", NOW);
    sql(live, "DELETE FROM a WHERE id = 7");
    Path second = create("r2", NOW.plusSeconds(1));
    readBack(second);
    Files.delete(dir.resolve("restored-app.db"));
    Files.copy(first, second, StandardCopyOption.REPLACE_EXISTING);
    unreliable(second, "belongs to the backup");
    Files.copy(
        first.resolveSibling("app.db.zst"),
        second.resolveSibling("app.db.zst"),
        StandardCopyOption.REPLACE_EXISTING);
    unreliable(second, "belongs to the backup");
  }

  @Test
  void aSwappedArtifactIsFound() throws Exception {
    Path first = create("r1", NOW);
    sql(live, "UPDATE a SET t = 'other' WHERE id = 7");
    Path second = create("r2", NOW.plusSeconds(1));
    Files.copy(
        first.resolveSibling("app.db.zst"),
        second.resolveSibling("app.db.zst"),
        StandardCopyOption.REPLACE_EXISTING);
    unreliable(second, "app.db.zst");
  }

  @Test
  void aManifestChangedAfterVerificationIsNotVerifiedAnyMore() throws Exception {
    Path manifest = create("r1", NOW);
    readBack(manifest);
    edit(manifest, "\"schemaVersion\" : \"002\"", "\"schemaVersion\" : \"003\"");
    assertThat(verified(manifest)).isFalse();
  }

  @Test
  void aTableThatDiffersFromTheManifestIsNamed() throws Exception {
    Path manifest = create("r1", NOW);
    edit(manifest, "\"rows\" : 2,", "\"rows\" : 3,");
    unreliable(manifest, "the table b differs");
  }

  @Test
  void anUnfinishedBackupIsNone() throws Exception {
    Path manifest = create("r1", NOW);
    Files.delete(manifest);
    unreliable(manifest, "never finished");
    assertThat(FileBackup.find(root, "app", BackupType.PRE_MIGRATION, "r1")).isEmpty();
  }

  @Test
  void aDamagedDatabaseIsSaidToBeDamagedItself() throws Exception {
    try (RandomAccessFile file = new RandomAccessFile(live.toFile(), "rw")) {
      file.seek(4096L * 20 + 100); // cell pointers of a leaf page
      file.write(new byte[2000]);
    }
    assertThatThrownBy(() -> readBack(create("r1", NOW)))
        .isInstanceOf(RefusedException.class)
        .extracting(e -> ((RefusedException) e).reason())
        .isEqualTo(Reason.CORRUPT);
  }

  @Test
  void whatCannotBeWrittenLeavesNothing() throws Exception {
    Files.writeString(live, "no database at all");
    assertThatThrownBy(() -> create("r1", NOW)).isInstanceOf(RefusedException.class);
    assertThat(root.resolve("app")).doesNotExist();
  }

  @Test
  void onlyTheNamedRunsBackupsAreDiscarded() throws Exception {
    create("r1", NOW);
    Path kept = create("x-r1", NOW);
    Path alsoKept = create("r1-x", NOW);
    FileBackup.discard(root, "app", BackupType.PRE_MIGRATION, "r1");
    assertThat(FileBackup.find(root, "app", BackupType.PRE_MIGRATION, "r1")).isEmpty();
    assertThat(List.of(kept, alsoKept)).allMatch(Files::exists);
  }

  private Path createSet() throws Exception {
    Path guides = dir.resolve("guides.db");
    sql(guides, "CREATE TABLE b (x)", "INSERT INTO b VALUES (1), (2), (3)");
    return create(
        new BackupSubject(
            BackupType.PRE_MIGRATION,
            new RunRef("r1", "team/app", "uid", 3, "risk"),
            List.of(
                new BackupSubject.Member(new DatabaseFile("app", "app.db"), live),
                new BackupSubject.Member(new DatabaseFile("guides", "data/guides.db"), guides)),
            HISTORY,
            null,
            NOW));
  }

  @Test
  void severalFilesAreOneBackupThatIsReadBackWhole() throws Exception {
    Path manifest = createSet();
    ReadBack back = readBack(manifest);
    assertThat(back.restored().get("app")).hasSameBinaryContentAs(live);
    assertThat(back.restored().get("guides")).hasSameBinaryContentAs(dir.resolve("guides.db"));
    BackupRecord record = back.record(true);
    assertThat(record.files()).containsExactly("app", "guides");
    assertThat(record.rows()).isEqualTo(5005);
    assertThat(record.databaseBytes())
        .isEqualTo(Files.size(live) + Files.size(dir.resolve("guides.db")));
    Process sums =
        new ProcessBuilder("sh", "-c", "LC_ALL=C sha256sum *.zst | sha256sum")
            .directory(manifest.getParent().toFile())
            .start();
    assertThat(new String(sums.getInputStream().readAllBytes())).startsWith(record.sha256());
  }

  @Test
  void aSetWithOneBadFileDoesNotCountAtAll() throws Exception {
    Path manifest = createSet();
    readBack(manifest);
    Files.delete(dir.resolve("restored-app.db"));
    Files.delete(dir.resolve("restored-guides.db"));
    Files.delete(manifest.resolveSibling("guides.db.zst"));
    unreliable(manifest, "guides.db.zst is missing");
    assertThat(verified(manifest)).isFalse();
    assertThat(dir.resolve("restored-guides.db")).doesNotExist();
  }

  @Test
  void aTableOfASetIsNamedWithItsFile() throws Exception {
    Path manifest = createSet();
    edit(manifest, "\"rows\" : 3,", "\"rows\" : 4,");
    unreliable(manifest, "the table guides.b differs");
  }

  @Test
  void aManifestOfTheFirstFormatIsStillReadBack() throws Exception {
    Path manifest = create("r1", NOW);
    var json = new com.fasterxml.jackson.databind.json.JsonMapper();
    var now = (com.fasterxml.jackson.databind.node.ObjectNode) json.readTree(manifest.toFile());
    var file = (com.fasterxml.jackson.databind.node.ObjectNode) now.remove("files").get(0);
    now.put("formatVersion", 1).set("databaseName", file.remove("name"));
    now.setAll(file);
    Files.writeString(manifest, json.writeValueAsString(now));
    ReadBack back = readBack(manifest);
    assertThat(back.restored().get("app")).hasSameBinaryContentAs(live);
    assertThat(back.record(true).files()).containsExactly("app");
  }

  @Test
  void aManifestOfTheSecondFormatIsStillReadBack() throws Exception {
    Path manifest = createSet();
    var json = new com.fasterxml.jackson.databind.json.JsonMapper();
    var now = (com.fasterxml.jackson.databind.node.ObjectNode) json.readTree(manifest.toFile());
    now.put("formatVersion", 2).remove(List.of("encryption", "companions", "historyTool"));
    Files.writeString(manifest, json.writeValueAsString(now));
    ReadBack back = readBack(manifest);
    assertThat(back.record(true).files()).containsExactly("app", "guides");
    assertThat(back.record(true).encrypted()).isFalse();
    assertThat(verified(manifest)).isTrue();
    now.put("formatVersion", 4);
    Files.writeString(manifest, json.writeValueAsString(now));
    back.delete();
    unreliable(manifest, "format is not one this release knows");
  }

  private static void edit(Path file, String from, String to) throws IOException {
    String text = Files.readString(file);
    assertThat(text).contains(from);
    Files.writeString(file, text.replace(from, to));
  }
}
