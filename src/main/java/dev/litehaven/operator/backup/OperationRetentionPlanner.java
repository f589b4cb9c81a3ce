package dev.litehaven.operator.backup;

import dev.litehaven.api.v1alpha1.DatabaseBackupSpec.Method;
import dev.litehaven.operator.retention.Backup;
import dev.litehaven.operator.retention.Backup.Origin;
import dev.litehaven.operator.retention.RetentionPlanner;
import dev.litehaven.operator.retention.RetentionPolicy;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Which backups of operations go, whatever the schedules keep. Pure. */
final class OperationRetentionPlanner {
  /** Removed at once. */
  static final int AT_ONCE = 3;

  /**
   * @param announced whether its record says already that it goes
   */
  record Going(String backup, String uid, boolean announced, String words) {}

  private OperationRetentionPlanner() {}

  static List<Going> plan(
      String namespace, String identity, int keepLast, List<RecordedBackup> all, Instant now) {
    Map<String, RecordedBackup> own =
        all.stream()
            .filter(backup -> backup.identity(namespace).equals(identity))
            .filter(RecordedBackup::counts)
            .filter(backup -> backup.spec().method() == Method.FILE)
            .collect(Collectors.toMap(RecordedBackup::name, Function.identity()));
    List<Backup> backups = own.values().stream().map(one -> one.asBackup(identity)).toList();
    var policy =
        new RetentionPolicy(
            0, 0, 0, 0, 0, 0, OptionalInt.empty(), 1, OptionalInt.empty(), keepLast);
    return RetentionPlanner.plan(identity, policy, ZoneOffset.UTC, backups, false, now)
        .goes()
        .stream()
        .filter(
            going ->
                going.backup().origin() != Origin.SCHEDULED
                    && going.backup().origin() != Origin.MANUAL)
        .limit(AT_ONCE)
        .map(
            going -> {
              RecordedBackup backup = own.get(going.backup().name());
              return new Going(backup.name(), backup.uid(), backup.announced(), going.words());
            })
        .toList();
  }
}
