package dev.litehaven.operator.migration;

import dev.litehaven.api.v1alpha1.Condition;
import dev.litehaven.api.v1alpha1.DatabaseMigrationStatus;
import dev.litehaven.api.v1alpha1.DatabaseMigrationStatus.EndedRun;
import dev.litehaven.api.v1alpha1.DatabaseMigrationStatus.Finding;
import dev.litehaven.api.v1alpha1.DatabaseMigrationStatus.Plan;
import dev.litehaven.api.v1alpha1.DatabaseMigrationStatus.PlanStep;
import dev.litehaven.api.v1alpha1.DatabaseMigrationStatus.Run;
import dev.litehaven.operator.condition.Conditions;
import dev.litehaven.operator.source.Source;
import dev.litehaven.protocol.PlanReport;
import java.util.ArrayList;
import java.util.List;

/** A status while it is being worked out. Everything not said stays as it was. */
final class StatusDraft {
  private final MigrationObservation seen;
  private String phase;
  private String currentVersion;
  private String targetVersion;
  private List<Condition> conditions;
  private Run run;
  private Plan plan;
  private List<EndedRun> runs;
  private String succeededKey;
  private String failedKey;
  private String failedTemplate;
  private Boolean failedSwapped;
  private String rollbackInstructions;
  private String nextAction;

  StatusDraft(MigrationObservation seen) {
    this.seen = seen;
    DatabaseMigrationStatus from = seen.status();
    phase = from.phase();
    currentVersion = from.currentVersion();
    targetVersion = from.targetVersion();
    conditions = from.conditions();
    run = from.run();
    plan = from.plan();
    runs = from.runs();
    succeededKey = from.succeededKey();
    failedKey = from.failedKey();
    failedTemplate = from.failedTemplate();
    failedSwapped = from.failedSwapped();
    rollbackInstructions = from.rollbackInstructions();
    nextAction = from.nextAction();
  }

  Conditions following() {
    return Conditions.following(
        seen.status().conditions(), seen.run().generation(), seen.run().now());
  }

  StatusDraft phase(String text) {
    phase = text;
    return this;
  }

  StatusDraft versions(String current, String target) {
    currentVersion = current;
    targetVersion = target;
    return this;
  }

  StatusDraft conditions(List<Condition> all) {
    conditions = all;
    return this;
  }

  StatusDraft run(Run now) {
    run = now;
    return this;
  }

  StatusDraft plan(PlanReport report) {
    plan =
        new Plan(
            report.planHash(),
            report.versionBefore(),
            report.versionAfter(),
            report.steps().stream()
                .limit(DatabaseMigrationStatus.MAX_STEPS)
                .map(step -> new PlanStep(step.version(), step.description(), step.action()))
                .toList(),
            report.findings().stream()
                .limit(DatabaseMigrationStatus.MAX_FINDINGS)
                .map(
                    found ->
                        new Finding(
                            found.code(),
                            found.object(),
                            found.rows(),
                            found.destructive(),
                            Conditions.bounded(found.message())))
                .toList(),
            report.findingsTotal());
    return this;
  }

  StatusDraft ended(EndedRun last) {
    var all = new ArrayList<EndedRun>();
    all.add(last);
    all.addAll(runs);
    runs = List.copyOf(all.subList(0, Math.min(all.size(), DatabaseMigrationStatus.MAX_RUNS)));
    return this;
  }

  List<EndedRun> runs() {
    return runs;
  }

  StatusDraft succeeded(String key) {
    succeededKey = key;
    failedKey = null;
    failedTemplate = null;
    failedSwapped = null;
    return this;
  }

  /**
   * @param swapped whether the run left the new database in place: then the state of the last
   *     success is gone as well
   */
  StatusDraft failed(String key, String template, boolean swapped) {
    failedKey = key;
    failedTemplate = template;
    failedSwapped = swapped;
    succeededKey = swapped ? null : succeededKey;
    return this;
  }

  /**
   * The database of before is back by another run.
   *
   * @param key input that is not to be tried again; null: what is wanted now is to be looked at
   */
  StatusDraft undone(String key, String template) {
    failedKey = key;
    failedTemplate = template;
    failedSwapped = false;
    succeededKey = null;
    return this;
  }

  StatusDraft rollbackInstructions(String text) {
    rollbackInstructions = text == null ? null : Conditions.bounded(text);
    return this;
  }

  StatusDraft nextAction(String text) {
    nextAction = text == null ? null : Conditions.bounded(text);
    return this;
  }

  /** A run is about what it began with, also where the source was changed since. */
  private String sourceDigest() {
    if (seen.status().run() != null) {
      return seen.status().run().sourceDigest();
    }
    return seen.source() instanceof Source.Resolved source
        ? source.digest()
        : seen.status().sourceDigest();
  }

  DatabaseMigrationStatus build() {
    return new DatabaseMigrationStatus(
        seen.run().generation(),
        phase,
        currentVersion,
        targetVersion,
        sourceDigest(),
        conditions,
        run,
        plan,
        runs,
        succeededKey,
        failedKey,
        failedTemplate,
        failedSwapped,
        rollbackInstructions,
        nextAction,
        seen.run().requestedAt().orElse(null),
        seen.fluxRequestedAt().orElse(null));
  }
}
