package dev.litehaven.operator.schedule;

import dev.litehaven.api.v1alpha1.BackupScheduleSpec;
import dev.litehaven.api.v1alpha1.BackupScheduleSpec.Retention;
import dev.litehaven.api.v1alpha1.BackupScheduleStatus;
import dev.litehaven.api.v1alpha1.BackupScheduleStatus.Goes;
import dev.litehaven.api.v1alpha1.BackupScheduleStatus.Hold;
import dev.litehaven.api.v1alpha1.DatabaseBackupSpec;
import dev.litehaven.operator.backup.RecordedBackup;
import dev.litehaven.operator.condition.Conditions;
import dev.litehaven.operator.retention.Backup;
import dev.litehaven.operator.retention.RetentionPlan;
import dev.litehaven.operator.retention.RetentionPlanner;
import dev.litehaven.operator.retention.RetentionPolicy;
import dev.litehaven.operator.schedule.ScheduleObservation.Covered;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * What of a schedule's backups goes, over all its databases. Pure. Nothing goes that was not said
 * on status before, in an earlier look: whoever reads it can still say no.
 */
final class RetentionTurn {
  /** Records of runs that wrote nothing, for each database: enough to see that they ran. */
  static final int KEEP_UNCHANGED = 3;

  static final String UNCHANGED = "Unchanged";

  /**
   * @param removals the backups to remove now, and why
   * @param told for status
   */
  record Turn(List<Goes> removals, BackupScheduleStatus.Retention told) {
    Turn {
      removals = List.copyOf(removals);
    }
  }

  private RetentionTurn() {}

  static Turn plan(ScheduleObservation seen, ZoneId zone) {
    var goes = new ArrayList<Goes>();
    var holds = new ArrayList<Hold>();
    for (Covered database : seen.databases()) {
      RetentionPlan plan = of(seen, database, zone);
      plan.hold()
          .ifPresent(
              hold ->
                  holds.add(
                      new Hold(
                          database.identity(),
                          text(hold.why().name()),
                          Conditions.bounded(hold.words()))));
      plan.goes().stream()
          .filter(going -> !isOperation(going.backup()))
          .map(
              going ->
                  new Goes(
                      going.backup().name(),
                      text(going.cause().name()),
                      Conditions.bounded(going.words())))
          .forEach(goes::add);
      unchanged(seen, database).forEach(goes::add);
    }
    List<Goes> listed = goes.stream().limit(BackupScheduleStatus.MAX_GOES).toList();
    return new Turn(
        removals(seen, listed),
        new BackupScheduleStatus.Retention(
            listed,
            goes.size(),
            holds.stream().limit(BackupScheduleStatus.MAX_HOLDS).toList(),
            holds.size()));
  }

  /** Never more at once than backups are made at once. */
  private static List<Goes> removals(ScheduleObservation seen, List<Goes> listed) {
    var before = seen.status().retention();
    if (before == null || seen.spec().suspend()) {
      return List.of();
    }
    Set<String> said = before.goes().stream().map(Goes::backup).collect(Collectors.toSet());
    long going =
        seen.backups().stream()
            .filter(RecordedBackup::deleting)
            .filter(backup -> backup.scheduledBy(seen.name()))
            .count();
    return listed.stream()
        .filter(one -> said.contains(one.backup()))
        .limit(Math.max(0, seen.spec().maxConcurrent() - going))
        .toList();
  }

  private static RetentionPlan of(ScheduleObservation seen, Covered database, ZoneId zone) {
    List<Backup> backups =
        ofDatabase(seen, database).stream()
            .filter(RecordedBackup::counts)
            .filter(backup -> sameMethod(backup, seen.spec()))
            // What another schedule keeps is up to that one.
            .filter(
                backup -> backup.spec().scheduledBy() == null || backup.scheduledBy(seen.name()))
            .map(backup -> backup.asBackup(database.identity()))
            .toList();
    return RetentionPlanner.plan(
        database.identity(),
        policy(seen.spec().retention(), database.keepOperation()),
        zone,
        backups,
        false,
        seen.now());
  }

  private static List<Goes> unchanged(ScheduleObservation seen, Covered database) {
    return ofDatabase(seen, database).stream()
        .filter(backup -> backup.scheduledBy(seen.name()))
        .filter(backup -> backup.completed() && backup.unchanged() && !backup.deleting())
        .sorted(Comparator.comparing(RecordedBackup::created).reversed())
        .skip(KEEP_UNCHANGED)
        .map(
            backup ->
                new Goes(
                    backup.name(),
                    UNCHANGED,
                    "nothing was written for it, and %d newer ones say the same"
                        .formatted(KEEP_UNCHANGED)))
        .toList();
  }

  private static List<RecordedBackup> ofDatabase(ScheduleObservation seen, Covered database) {
    return seen.backups().stream()
        .filter(backup -> backup.identity(seen.namespace()).equals(database.identity()))
        .toList();
  }

  private static boolean sameMethod(RecordedBackup backup, BackupScheduleSpec spec) {
    boolean snapshot = backup.spec().method() == DatabaseBackupSpec.Method.VOLUME_SNAPSHOT;
    return snapshot == (spec.method() == BackupScheduleSpec.Method.VOLUME_SNAPSHOT);
  }

  private static boolean isOperation(Backup backup) {
    return backup.origin() != Backup.Origin.SCHEDULED && backup.origin() != Backup.Origin.MANUAL;
  }

  static RetentionPolicy policy(Retention asked, int keepOperation) {
    Function<Integer, Integer> count = value -> value == null ? 0 : value;
    return new RetentionPolicy(
        count.apply(asked.keepLast()),
        count.apply(asked.hourly()),
        count.apply(asked.daily()),
        count.apply(asked.weekly()),
        count.apply(asked.monthly()),
        count.apply(asked.yearly()),
        optional(asked.maxAgeDays()),
        asked.minVerified(),
        optional(asked.keepManual()),
        keepOperation);
  }

  private static OptionalInt optional(Integer value) {
    return value == null ? OptionalInt.empty() : OptionalInt.of(value);
  }

  /** {@code NOT_KEPT} as {@code NotKept}. */
  private static String text(String name) {
    var out = new StringBuilder();
    for (String word : name.split("_", -1)) {
      out.append(word.charAt(0)).append(word.substring(1).toLowerCase(java.util.Locale.ROOT));
    }
    return out.toString();
  }
}
