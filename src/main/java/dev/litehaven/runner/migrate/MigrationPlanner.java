package dev.litehaven.runner.migrate;

import dev.litehaven.protocol.MigrationScript;
import dev.litehaven.protocol.Reason;
import dev.litehaven.protocol.RefusedException;
import dev.litehaven.protocol.Version;
import dev.litehaven.runner.migrate.PlannedStep.Direction;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * Says which migrations are due. Pure: history, scripts and target in, steps in order out. The
 * order is that of the versions, not of the list.
 */
final class MigrationPlanner {
  private final TreeMap<Version, HistoryEntry> applied = new TreeMap<>();
  private final TreeMap<Version, MigrationScript> scripts = new TreeMap<>();
  private final Version target;

  private MigrationPlanner(
      List<HistoryEntry> history, List<MigrationScript> source, String targetVersion) {
    for (HistoryEntry entry : history) {
      applied.put(entry.version(), entry);
    }
    for (MigrationScript script : source) {
      Version version = Version.of(script.version());
      MigrationScript other = scripts.putIfAbsent(version, script);
      if (other != null) {
        throw new RefusedException(
            Reason.DUPLICATE_VERSION,
            "The versions \"%s\" and \"%s\" are the same version: leading zeros do not count. Give one of them another number."
                .formatted(other.version(), script.version()));
      }
    }
    target = targetVersion == null ? null : Version.of(targetVersion);
  }

  /**
   * Orders what is due.
   *
   * @param history what is applied in the stream
   * @param scripts all that the source has, in any order
   * @param targetVersion null: the newest. Lower than the applied one: undo with what the history
   *     kept. {@code 0}: undo everything
   * @return steps in the order to run; empty when there is nothing to do
   * @throws RefusedException where source, history and target do not fit together
   */
  static List<PlannedStep> plan(
      List<HistoryEntry> history, List<MigrationScript> scripts, String targetVersion) {
    return new MigrationPlanner(history, scripts, targetVersion).plan();
  }

  private List<PlannedStep> plan() {
    requireKnownTarget();
    for (Map.Entry<Version, HistoryEntry> entry : applied.entrySet()) {
      boolean toBeUndone = target != null && entry.getKey().compareTo(target) > 0;
      if (!toBeUndone) {
        requireUnchanged(entry.getValue());
      }
    }
    boolean down = target != null && !applied.isEmpty() && applied.lastKey().compareTo(target) > 0;
    List<PlannedStep> steps = new ArrayList<>();
    if (down) {
      for (HistoryEntry entry : applied.tailMap(target, false).descendingMap().values()) {
        steps.add(undo(entry));
      }
    }
    for (Map.Entry<Version, MigrationScript> entry : scripts.entrySet()) {
      Version version = entry.getKey();
      if (applied.containsKey(version) || (target != null && version.compareTo(target) > 0)) {
        continue;
      }
      requireInOrder(version, down ? applied.headMap(target, true) : applied);
      steps.add(apply(version, entry.getValue()));
    }
    return steps;
  }

  private void requireKnownTarget() {
    if (target != null
        && !target.isZero()
        && !scripts.containsKey(target)
        && !applied.containsKey(target)) {
      throw new RefusedException(
          Reason.UNKNOWN_TARGET_VERSION,
          "The target version %s is neither in the source (%s) nor applied (%s). Name one of them, or leave it out for the newest."
              .formatted(target, listed(scripts.keySet()), listed(applied.keySet())));
    }
  }

  private void requireUnchanged(HistoryEntry entry) {
    MigrationScript script = scripts.get(entry.version());
    if (script == null) {
      throw new RefusedException(
          Reason.APPLIED_VERSION_MISSING,
          "Version %s (%s) was applied at %s but is not in the source any more. Put it back, unchanged; to undo it, name the version before it as the target. Nothing is ever undone because it is missing."
              .formatted(entry.version(), entry.description(), entry.appliedAt()));
    }
    String now = Checksum.of(script);
    if (!now.equals(entry.checksum())) {
      throw new RefusedException(
          Reason.CHECKSUM_CHANGED,
          "Version %s was changed after it was applied at %s: its checksum was %s and is %s now. Put the old text back and write the change as a new version."
              .formatted(entry.version(), entry.appliedAt(), entry.checksum(), now));
    }
  }

  private static void requireInOrder(Version version, NavigableMap<Version, HistoryEntry> staying) {
    if (!staying.isEmpty() && version.compareTo(staying.lastKey()) < 0) {
      throw new RefusedException(
          Reason.OUT_OF_ORDER,
          "Version %s is new, but the later version %s is applied already. Give it a number above %s, or undo down to before %s first."
              .formatted(version, staying.lastKey(), staying.lastKey(), version));
    }
  }

  private static PlannedStep undo(HistoryEntry entry) {
    boolean skipped = entry.action().equals("skip");
    if (!skipped && entry.down() == null) {
      throw new RefusedException(
          Reason.DOWN_MISSING,
          "Version %s cannot be undone: it was applied at %s without a way down. Restore a backup from before, or write a new version that undoes it."
              .formatted(entry.version(), entry.appliedAt()));
    }
    return new PlannedStep(
        skipped ? Direction.FORGET : Direction.DOWN,
        entry.version(),
        entry.description(),
        entry.checksum(),
        skipped ? "" : entry.down(),
        null,
        null,
        null,
        entry.scope().reversed());
  }

  private static PlannedStep apply(Version version, MigrationScript script) {
    return new PlannedStep(
        Direction.UP,
        version,
        script.description(),
        Checksum.of(script),
        Checksum.withLineFeeds(script.up()),
        script.down() == null ? null : Checksum.withLineFeeds(script.down()),
        script.when(),
        script.ensure(),
        FileScope.of(script));
  }

  private static String listed(Iterable<Version> versions) {
    List<String> names = new ArrayList<>();
    versions.forEach(version -> names.add(version.text()));
    if (names.isEmpty()) {
      return "none";
    }
    int from = Math.max(0, names.size() - 5);
    return (from > 0 ? "..., " : "") + String.join(", ", names.subList(from, names.size()));
  }
}
