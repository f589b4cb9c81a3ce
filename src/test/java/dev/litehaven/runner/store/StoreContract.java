package dev.litehaven.runner.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.litehaven.protocol.BackupTarget;
import dev.litehaven.protocol.Reason;
import dev.litehaven.protocol.RefusedException;
import dev.litehaven.runner.store.BackupStore.StoredObject;
import dev.litehaven.runner.store.BackupStore.Upload;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.time.Instant;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** What every store promises. */
abstract class StoreContract {
  abstract BackupStore store() throws IOException;

  static byte[] bytes(int length) {
    byte[] bytes = new byte[length];
    new Random(length).nextBytes(bytes);
    return bytes;
  }

  private static byte[] text(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  static void make(BackupStore store, String key, byte[] bytes) throws IOException {
    try (Upload upload = store.create(key)) {
      upload.write(bytes);
      upload.finish();
    }
  }

  @Test
  void whatIsMadeIsReadAsItWas() throws Exception {
    try (BackupStore store = store()) {
      // Empty, small, exactly one part, and several.
      for (int length :
          new int[] {0, 1, 70_000, ImpatientStores.PART, 4 * ImpatientStores.PART + 77}) {
        byte[] content = bytes(length);
        make(store, "app/id-" + length + "/artifact", content);
        try (InputStream in = store.open("app/id-" + length + "/artifact")) {
          assertThat(in.readAllBytes()).isEqualTo(content);
        }
        assertThat(store.list("app/id-" + length + "/"))
            .containsExactly(new StoredObject("app/id-" + length + "/artifact", length));
      }
    }
  }

  @Test
  void anObjectThatIsNotFinishedIsNotThereAndLeavesNothing() throws Exception {
    try (BackupStore store = store()) {
      try (Upload upload = store.create("app/id/artifact")) {
        upload.write(bytes(2 * ImpatientStores.PART + 5));
      }
      assertThat(store.list("")).isEmpty();
      assertThatThrownBy(() -> store.open("app/id/artifact"))
          .isInstanceOf(NoSuchFileException.class);
      assertThat(unfinished()).isEmpty();
    }
  }

  /** What is left of uploads. */
  abstract Iterable<String> unfinished() throws IOException;

  @Test
  void nothingIsEverOverwrittenByWhatIsCreated() throws Exception {
    try (BackupStore store = store()) {
      make(store, "app/id/manifest.json", text("first"));
      assertThatThrownBy(() -> make(store, "app/id/manifest.json", text("second")))
          .isInstanceOf(FileAlreadyExistsException.class);
      byte[] large = bytes(2 * ImpatientStores.PART);
      assertThatThrownBy(() -> make(store, "app/id/manifest.json", large))
          .isInstanceOf(FileAlreadyExistsException.class);
      assertThat(store.createIfAbsent("app/id/manifest.json", text("third"))).isFalse();
      assertThat(store.read("app/id/manifest.json")).hasValue(text("first"));
      assertThat(store.createIfAbsent("owner.json", text("me"))).isTrue();
      store.replace("owner.json", text("you"));
      assertThat(store.read("owner.json")).hasValue(text("you"));
      assertThat(unfinished()).isEmpty();
    }
  }

  @Test
  void listingKnowsPartsOfKeysAndDeletingIsRepeatable() throws Exception {
    try (BackupStore store = store()) {
      for (String key : new String[] {"app/2/x", "app/1/y", "app/1/x", "apple/1/x", "owner.json"}) {
        make(store, key, text(key));
      }
      assertThat(store.list("app/").stream().map(StoredObject::key))
          .containsExactly("app/1/x", "app/1/y", "app/2/x");
      assertThat(store.list("app/1/").stream().map(StoredObject::key))
          .containsExactly("app/1/x", "app/1/y");
      store.delete("app/1/x");
      store.delete("app/1/x");
      store.delete("nothing/at/all");
      assertThat(store.list("").stream().map(StoredObject::key))
          .containsExactly("app/1/y", "app/2/x", "apple/1/x", "owner.json");
      assertThat(store.read("app/1/x")).isEmpty();
    }
  }

  @Test
  void noKeyLeadsOutOfTheStore() throws Exception {
    try (BackupStore store = store()) {
      for (String key : new String[] {"../x", "a/../../x", "/x", "a//b", "", "a/./b", "a/\0"}) {
        assertThatThrownBy(() -> store.open(key)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> store.delete(key)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> make(store, key, text("x")))
            .isInstanceOf(IllegalArgumentException.class);
      }
    }
  }

  @Test
  void anIdentityHasOneOwnerUntilATakeoverIsAllowed() throws Exception {
    try (BackupStore store = store()) {
      var me = new BackupTarget.Owner("me", false);
      OwnerMarker.check(store, me, "team/app");
      OwnerMarker.claim(store, me, "team/app", Instant.EPOCH);
      OwnerMarker.claim(store, me, "team/app", Instant.EPOCH.plusSeconds(1));
      OwnerMarker.claim(store, null, "team/app", Instant.EPOCH);
      var other = new BackupTarget.Owner("other", false);
      assertThatThrownBy(() -> OwnerMarker.claim(store, other, "team/app", Instant.EPOCH))
          .isInstanceOf(RefusedException.class)
          .hasMessageContaining("the database me, not of other")
          .extracting(e -> ((RefusedException) e).reason())
          .isEqualTo(Reason.LOCATION_OWNED);
      assertThatThrownBy(() -> OwnerMarker.check(store, other, "team/app"))
          .isInstanceOf(RefusedException.class);
      OwnerMarker.claim(store, me, "team/app", Instant.EPOCH);
      var heir = new BackupTarget.Owner("other", true);
      OwnerMarker.claim(store, heir, "team/app", Instant.EPOCH);
      OwnerMarker.claim(store, other, "team/app", Instant.EPOCH);
      assertThatThrownBy(() -> OwnerMarker.claim(store, me, "team/app", Instant.EPOCH))
          .isInstanceOf(RefusedException.class);
      store.replace(OwnerMarker.KEY, text("no json"));
      assertThatThrownBy(() -> OwnerMarker.claim(store, me, "team/app", Instant.EPOCH))
          .isInstanceOf(RefusedException.class)
          .hasMessageContaining("something that cannot be read");
    }
  }
}
