package dev.litehaven.operator.backup;

import dev.litehaven.api.v1alpha1.BackupLocationSpec;
import dev.litehaven.protocol.Reason;
import java.util.Optional;

/** Where an artifact lies, or is to lie. */
public sealed interface Place {
  /** The directory of backups on the database's own claim: the same failure domain. */
  String ON_VOLUME_DIRECTORY = ".litehaven/backups";

  /** On the database's own claim. */
  record OnVolume(String claimName) implements Place {}

  /**
   * A claim that the database names for its backups.
   *
   * @param directory on it; {@code /} is its root
   */
  record OnClaim(String claimName, String directory) implements Place {}

  /**
   * @param notReady why it cannot be relied on now; empty: it can
   */
  record InLocation(String name, BackupLocationSpec spec, Optional<String> notReady)
      implements Place {}

  /**
   * A VolumeSnapshot that is ready to use. It is only read: a volume is made from it.
   *
   * @param storageClassName whose driver has it; null: the cluster's default
   * @param size of such a volume, as a quantity
   * @param takenAt RFC 3339
   */
  record InSnapshot(String name, String storageClassName, String size, String takenAt)
      implements Place {}

  /** It is named, and not there. */
  record Missing(Reason reason, String message) implements Place {}

  /** Nothing says where. */
  record Nowhere() implements Place {}
}
