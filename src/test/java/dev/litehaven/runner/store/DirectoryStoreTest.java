package dev.litehaven.runner.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.litehaven.runner.store.BackupStore.StoredObject;
import dev.litehaven.runner.store.BackupStore.Upload;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DirectoryStoreTest extends StoreContract {
  @TempDir Path dir;

  @Override
  BackupStore store() {
    return new DirectoryStore(dir.resolve("place"), null);
  }

  @Override
  List<String> unfinished() throws IOException {
    if (!Files.exists(dir.resolve("place"))) {
      return List.of();
    }
    try (Stream<Path> walk = Files.walk(dir.resolve("place"))) {
      return walk.map(path -> path.getFileName().toString())
          .filter(name -> name.endsWith(".tmp"))
          .toList();
    }
  }

  private static void make(BackupStore store, String key) throws IOException {
    try (Upload upload = store.create(key)) {
      upload.write(1);
      upload.finish();
    }
  }

  @Test
  void aDirectoryGoesWithItsLastObjectButNotThePlace() throws Exception {
    try (BackupStore store = store()) {
      make(store, "app/1/x");
      make(store, "app/2/x");
      store.delete("app/1/x");
      assertThat(dir.resolve("place/app/1")).doesNotExist();
      assertThat(dir.resolve("place/app/2")).exists();
      store.delete("app/2/x");
      assertThat(dir.resolve("place")).isEmptyDirectory();
      make(store, "app/3/x");
      assertThat(store.list("")).containsExactly(new StoredObject("app/3/x", 1));
    }
  }

  @Test
  void objectsArePrivateToOwnerAndGroup() throws Exception {
    try (BackupStore store = store()) {
      make(store, "app/1/x");
    }
    assertThat(Files.getPosixFilePermissions(dir.resolve("place/app/1/x")))
        .isEqualTo(PosixFilePermissions.fromString("rw-r-----"));
    assertThat(Files.getPosixFilePermissions(dir.resolve("place/app/1")))
        .isEqualTo(PosixFilePermissions.fromString("rwxr-x---"));
  }

  @Test
  void whatKilledProcessesLeftIsRemovedAndNothingElse() throws Exception {
    Path there = Files.createDirectories(dir.resolve("place/app/1"));
    Path cutOff = Files.writeString(there.resolve(".artifact.tmp"), "half");
    Files.setLastModifiedTime(cutOff, FileTime.from(Instant.parse("2026-01-01T00:00:00Z")));
    Path now = Files.createDirectories(dir.resolve("place/app/2")).resolve(".artifact.tmp");
    Files.writeString(now, "half");
    Path empty = Files.createDirectories(dir.resolve("place/app/3"));
    Files.setLastModifiedTime(empty, FileTime.from(Instant.parse("2026-01-01T00:00:00Z")));
    try (BackupStore store = store()) {
      make(store, "app/4/x");
      store.removeUnfinished(
          "app/", (key, begun) -> begun.isBefore(Instant.parse("2026-02-01T00:00:00Z")));
      assertThat(there).doesNotExist();
      assertThat(empty).doesNotExist();
      assertThat(now).exists();
      assertThat(store.list("")).containsExactly(new StoredObject("app/4/x", 1));
    }
  }

  @Test
  void aLinkIsNoObject() throws Exception {
    Files.createDirectories(dir.resolve("place/app/1"));
    Path secret = Files.writeString(dir.resolve("secret"), "of somebody else");
    Files.createSymbolicLink(dir.resolve("place/app/1/x"), secret);
    try (BackupStore store = store()) {
      assertThat(store.read("app/1/x")).isEmpty();
      assertThat(store.list("")).isEmpty();
      store.replace("app/1/x", new byte[1]);
    }
    assertThat(secret).hasContent("of somebody else");
  }
}
