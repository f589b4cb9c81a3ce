package dev.litehaven.operator.database;

import dev.litehaven.api.v1alpha1.Api;
import dev.litehaven.api.v1alpha1.DatabaseMigrationStatus.EndedRun;
import dev.litehaven.api.v1alpha1.SQLiteDatabaseStatus;
import dev.litehaven.api.v1alpha1.SQLiteDatabaseStatus.AppVersion;
import dev.litehaven.operator.database.DatabaseObservation.Backup;
import dev.litehaven.operator.database.DatabaseObservation.Migration;
import dev.litehaven.operator.migration.Undo;
import dev.litehaven.operator.workload.PodState;
import dev.litehaven.operator.workload.TemplateState;
import dev.litehaven.operator.workload.WorkloadObservation;
import dev.litehaven.protocol.Version;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * An image that wants in and that the ledger knows on an older schema only: Git was reverted, and
 * the data was not. Pure.
 *
 * @param ran what the ledger says of it, on the newest schema that it ran on
 * @param backup with the database as the image left it
 * @param undo the last run, when undoing that one leads back to what the image ran on
 */
record Downgrade(
    WorkloadObservation workload,
    String template,
    AppVersion ran,
    String present,
    Optional<String> backup,
    Optional<Way> undo) {

  /** Which run of which migration is to be undone. */
  record Way(String migration, EndedRun run) {}

  /**
   * The first that is found, of the workloads' templates that are not let in yet.
   *
   * @param present the database's schema version; null: none applied
   * @param letIn by workload, the template that was let in last
   */
  static Optional<Downgrade> find(
      DatabaseObservation seen, String present, List<AppVersion> ledger, LetIn letIn) {
    return seen.volume().workloads().stream()
        .flatMap(
            workload ->
                workload.templatesInUse().reversed().stream()
                    .flatMap(
                        template ->
                            of(seen, workload, template, present, ledger, letIn.of(workload))
                                .stream()))
        .findFirst();
  }

  /** Who was let in last. */
  interface LetIn {
    Optional<String> of(WorkloadObservation workload);
  }

  private static Optional<Downgrade> of(
      DatabaseObservation seen,
      WorkloadObservation workload,
      TemplateState template,
      String present,
      List<AppVersion> ledger,
      Optional<String> letIn) {
    if (!wantsIn(workload, template, letIn)
        || seen.admit().filter(template.hash()::equals).isPresent()) {
      return Optional.empty();
    }
    List<AppVersion> known =
        ledger.stream()
            .filter(entry -> entry.workload().equals(workload.ref().path()))
            .filter(entry -> template.images().contains(entry.image()))
            .toList();
    boolean runsNow =
        letIn
            .flatMap(workload::template)
            .filter(now -> known.stream().anyMatch(entry -> now.images().contains(entry.image())))
            .isPresent();
    if (runsNow || known.stream().anyMatch(entry -> fits(entry, present))) {
      return Optional.empty();
    }
    return known.stream()
        .findFirst()
        .map(
            entry ->
                new Downgrade(
                    workload,
                    template.hash(),
                    entry,
                    present,
                    backup(seen, entry),
                    way(seen, entry, present)));
  }

  private static boolean wantsIn(
      WorkloadObservation workload, TemplateState template, Optional<String> letIn) {
    boolean isNew = letIn.isPresent() && !letIn.get().equals(template.hash());
    boolean waits =
        workload.waitingPods().stream().map(PodState::template).anyMatch(template.hash()::equals);
    return isNew
        && (waits || workload.newestTemplate().filter(template.hash()::equals).isPresent());
  }

  /** It ran on this version, or on a newer one. */
  private static boolean fits(AppVersion entry, String present) {
    return Objects.equals(entry.schemaVersion(), present)
        || present == null
        || (entry.schemaVersion() != null && Version.atLeast(entry.schemaVersion(), present));
  }

  private static Optional<String> backup(DatabaseObservation seen, AppVersion entry) {
    return Optional.ofNullable(entry.backup())
        .or(
            () ->
                seen.backups().stream()
                    .filter(Backup::preMigration)
                    .filter(b -> Objects.equals(b.schemaVersion(), entry.schemaVersion()))
                    .map(Backup::name)
                    .findFirst());
  }

  private static Optional<Way> way(DatabaseObservation seen, AppVersion entry, String present) {
    return seen.migrations().stream()
        .filter(migration -> "default".equals(migration.stream()))
        .flatMap(migration -> way(migration, entry, present).stream())
        .findFirst();
  }

  private static Optional<Way> way(Migration migration, AppVersion entry, String present) {
    return migration
        .last()
        .filter(run -> Objects.equals(run.versionBefore(), entry.schemaVersion()))
        .filter(run -> Objects.equals(run.versionAfter(), present))
        .map(run -> new Way(migration.name(), run));
  }

  /** Whether what was found out before is about this one. */
  boolean isThat(SQLiteDatabaseStatus.Downgrade known) {
    return known != null
        && known.workload().equals(workload.ref().path())
        && known.template().equals(template)
        && Objects.equals(known.run(), undo.map(way -> way.run().id()).orElse(null));
  }

  /**
   * For the status.
   *
   * @param known what it says now; kept where it is about this one
   */
  SQLiteDatabaseStatus.Downgrade told(SQLiteDatabaseStatus.Downgrade known) {
    boolean same = isThat(known);
    return counted(
        same ? known.written() : null,
        same ? known.rowsLost() : null,
        same ? known.message() : null,
        same ? known.countedAt() : null);
  }

  SQLiteDatabaseStatus.Downgrade counted(Boolean written, Long rows, String message, String at) {
    return new SQLiteDatabaseStatus.Downgrade(
        workload.ref().path(),
        template,
        ran.image(),
        ran.schemaVersion(),
        backup.orElse(null),
        undo.map(Way::migration).orElse(null),
        undo.map(way -> way.run().id()).orElse(null),
        written,
        rows,
        message,
        at);
  }

  /** Why it stays outside, in words that follow "stays at the gate:". */
  String why() {
    return "image %s is known on schema version %s and not on %s, which the database is at"
        .formatted(ran.image(), orNone(ran.schemaVersion()), orNone(present));
  }

  /** What to do, each way in one command. */
  String ways(String database, String namespace, SQLiteDatabaseStatus.Downgrade told) {
    String admit =
        "To let it in on the present schema: kubectl annotate sdb %s -n %s %s=%s --overwrite."
            .formatted(database, namespace, Api.ADMIT, template);
    String data =
        backup
            .map(name -> "DatabaseBackup %s has the database as it left it. ".formatted(name))
            .orElse("No verified backup of the database of then is known. ");
    if (undo.isEmpty()) {
      return "%s%s Going back to version %s takes more than undoing the last run, so it is work by hand: restore that backup as the runbook says."
          .formatted(data, admit, orNone(ran.schemaVersion()));
    }
    return "%s%s%s To go back to the data of then instead: %s"
        .formatted(
            data,
            told.message() == null ? "" : told.message() + " ",
            admit,
            Undo.command(undo.get().migration(), namespace, undo.get().run().id()));
  }

  private static String orNone(String version) {
    return version == null ? "none" : version;
  }
}
