package dev.litehaven.runner.store;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.litehaven.protocol.BackupTarget;
import dev.litehaven.protocol.Reason;
import dev.litehaven.protocol.RefusedException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Optional;

/**
 * {@code owner.json} of an identity in a place for backups: the database that writes there. Two
 * that take each other for themselves would remove each other's backups.
 */
public final class OwnerMarker {
  public static final String KEY = "owner.json";

  private static final JsonMapper JSON = new JsonMapper();

  private OwnerMarker() {}

  /**
   * Writes the marker where there is none, and replaces another's where that is allowed.
   *
   * @param owner null: the place is nobody else's, there is no marker
   * @throws RefusedException {@link Reason#LOCATION_OWNED}
   */
  public static void claim(
      BackupStore store, BackupTarget.Owner owner, String identity, Instant now)
      throws IOException {
    if (owner == null) {
      return;
    }
    byte[] own = bytes(owner, identity, now);
    if (store.createIfAbsent(KEY, own)) {
      return;
    }
    if (!requireOwnOrTakeover(store, owner, identity)) {
      store.replace(KEY, own);
    }
  }

  /** As {@link #claim}, but leaves everything as it is. */
  public static void check(BackupStore store, BackupTarget.Owner owner, String identity)
      throws IOException {
    if (owner != null) {
      requireOwnOrTakeover(store, owner, identity);
    }
  }

  /** Whether the marker is the own one, or none. */
  private static boolean requireOwnOrTakeover(
      BackupStore store, BackupTarget.Owner owner, String identity) throws IOException {
    Optional<byte[]> there = store.read(KEY);
    if (there.isEmpty()) {
      return true;
    }
    String other = uid(there.get());
    if (owner.uid().equals(other)) {
      return true;
    }
    if (!owner.takeover()) {
      throw new RefusedException(
          Reason.LOCATION_OWNED,
          "%s says that the backups of %s there are those of %s, not of %s. Nothing was written or removed. If that database is gone for good, allow the takeover of this identity; otherwise give this one an identity of its own."
              .formatted(
                  store.describe(KEY),
                  identity,
                  other == null ? "something that cannot be read" : "the database " + other,
                  owner.uid()));
    }
    return false;
  }

  private static byte[] bytes(BackupTarget.Owner owner, String identity, Instant now) {
    return JSON.createObjectNode()
        .put("formatVersion", 1)
        .put("databaseUid", owner.uid())
        .put("databaseIdentity", identity)
        .put("since", now.toString())
        .toPrettyString()
        .getBytes(StandardCharsets.UTF_8);
  }

  private static String uid(byte[] marker) {
    try {
      JsonNode json = JSON.readTree(new String(marker, StandardCharsets.UTF_8));
      return json.path("databaseUid").textValue();
    } catch (JsonProcessingException e) {
      return null;
    }
  }
}
