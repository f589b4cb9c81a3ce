package dev.litehaven.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.litehaven.api.v1alpha1.Condition;
import dev.litehaven.api.v1alpha1.DatabaseBackup;
import dev.litehaven.protocol.Encryption;
import dev.litehaven.runner.backup.BackupReader;
import dev.litehaven.runner.backup.BackupReader.Depth;
import dev.litehaven.runner.backup.BackupReader.ReadBack;
import dev.litehaven.runner.backup.DurableFiles;
import dev.litehaven.runner.backup.Seal;
import dev.litehaven.runner.sqlite.TestDatabase;
import dev.litehaven.runner.store.DirectoryStore;
import io.fabric8.kubernetes.api.model.Pod;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * An app commits numbered rows to two files as fast as it can while it is backed up to a bucket,
 * again and again. Whatever lies in the bucket restores to an exact prefix of what the app was told
 * is committed, both files as of one point, and the app never notices.
 */
@Tag("cluster")
class BackupsUnderWriterClusterTest {
  private static final String APP = "writer";
  private static final int BACKUPS = Integer.getInteger("litehaven.backups", 100);

  @TempDir Path dir;
  private Haven haven;
  private Backups backups;
  private Bucket bucket;

  @BeforeEach
  void install() throws Exception {
    haven = Haven.withOperator("writer");
    haven.requireNode();
    backups = new Backups(haven);
    bucket = Bucket.start();
    haven.apply(bucket.location("s3", ""));
    backups.awaitLocation("s3");
    start();
  }

  @AfterEach
  void remove() {
    haven.close();
    if (bucket != null) {
      bucket.close();
    }
  }

  @Test
  void aFew() throws Exception {
    backUp(4);
  }

  @Test
  @Tag("soak")
  void aHundred() throws Exception {
    backUp(BACKUPS);
  }

  private void backUp(int count) throws Exception {
    Pod pod = haven.awaitRunning(APP);
    Files.writeString(dir.resolve("key.txt"), Bucket.IDENTITY);
    Seal seal =
        Seal.of(new Encryption(List.of(Bucket.RECIPIENT), dir.resolve("key.txt").toString()));
    long last = 0;
    for (int i = 1; i <= count; i++) {
      long before = acknowledged(pod).getLast();
      DatabaseBackup made = backups.byHand("b" + i, APP, "locationRef: {name: s3}");
      long after = acknowledged(pod).getFirst();

      assertThat(Backups.succeeded(made)).as(haven.story()).isEqualTo("True Succeeded");
      assertThat(made.getStatus().verified()).isTrue();
      List<Long> prefixes = restored(made.getStatus().artifact().id(), seal);
      // The last commit may not have been acknowledged yet.
      assertThat(prefixes.getFirst()).as("backup " + i).isBetween(before, after + 1);
      assertThat(prefixes.getFirst() - prefixes.getLast()).as("one point").isBetween(0L, 1L);
      assertThat(prefixes.getFirst()).isGreaterThan(last);
      last = prefixes.getFirst();
    }
    Pod still = haven.awaitRunning(APP);
    assertThat(still.getMetadata().getUid()).isEqualTo(pod.getMetadata().getUid());
    assertThat(still.getStatus().getContainerStatuses().getFirst().getRestartCount())
        .as("no commit failed")
        .isZero();
    System.out.printf("%d backups of two files, %d rows acknowledged.%n", count, last);
  }

  /** The last number of each file, after every one up to it was found in there. */
  private List<Long> restored(String id, Seal seal) throws Exception {
    Path manifest =
        bucket.objects().stream()
            .filter(object -> object.endsWith(id + "/manifest.json"))
            .map(Path::of)
            .findFirst()
            .orElseThrow();
    Path root = manifest.getParent().getParent().getParent();
    Path scratch = Files.createDirectory(dir.resolve(id));
    try (var store = new DirectoryStore(root, null)) {
      ReadBack back =
          new BackupReader(store, seal, scratch, Depth.FULL)
              .restore(root.relativize(manifest).toString(), name -> name);
      assertThat(back.restored()).containsOnlyKeys("main", "orders");
      List<Long> prefixes =
          List.of(
              TestDatabase.prefix(back.restored().get("main"), "numbers"),
              TestDatabase.prefix(back.restored().get("orders"), "numbers"));
      DurableFiles.deleteTree(manifest.getParent());
      return prefixes;
    } finally {
      DurableFiles.deleteTree(scratch);
    }
  }

  /** Of each file, in order. */
  private List<Long> acknowledged(Pod pod) {
    String digits = haven.exec(pod, "python3", "-c", "print(open('/data/acknowledged').read())");
    return List.of(
        Long.parseLong(digits.substring(0, 20)), Long.parseLong(digits.substring(20, 40)));
  }

  private void start() {
    haven.apply(Apps.filesWith(APP, Apps.SEED, "full-speed.py"));
    haven.apply(Apps.claim(APP).replace("64Mi", "1Gi"));
    haven.apply(
        Apps.held(APP, "v1", "")
            .replace(
                "command: [python3, /app/app.py]",
                "command: [python3, /app/full-speed.py, /data/main.db, /data/orders.db]")
            .replace(
                "[python3, /app/app.py, get, /healthz]",
                "[python3, -c, \"open('/data/acknowledged').read()[39]\"]"));
    haven.apply(
        """
        apiVersion: litehaven.dev/v1alpha1
        kind: SQLiteDatabase
        metadata: {name: %1$s}
        spec:
          claimName: %1$s-data
          files: [{name: main, path: main.db}, {name: orders, path: orders.db}]
        """
            .formatted(APP));
    haven.awaitRunning(APP);
    haven.awaitDatabase(APP, condition -> Condition.TRUE.equals(condition.status()));
  }
}
