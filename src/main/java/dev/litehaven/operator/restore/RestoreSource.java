package dev.litehaven.operator.restore;

import dev.litehaven.operator.backup.Place;
import dev.litehaven.protocol.Reason;

/** Where a restore takes its backup from, or why it cannot yet. */
sealed interface RestoreSource {
  /**
   * @param identity whose backups lie there
   * @param backupId which one; null: the newest that can be relied on
   * @param notAfter RFC 3339; null: any time
   * @param olderIfDamaged whether older ones are tried in turn
   */
  record Found(
      Place place, String identity, String backupId, String notAfter, boolean olderIfDamaged)
      implements RestoreSource {}

  /**
   * @param stalled whether a human must act before it comes
   */
  record Problem(boolean stalled, Reason reason, String message) implements RestoreSource {}
}
