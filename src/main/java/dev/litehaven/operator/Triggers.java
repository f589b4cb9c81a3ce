package dev.litehaven.operator;

import dev.litehaven.api.v1alpha1.Api;
import dev.litehaven.api.v1alpha1.BackupLocation;
import dev.litehaven.api.v1alpha1.BackupSchedule;
import dev.litehaven.api.v1alpha1.DatabaseBackup;
import dev.litehaven.api.v1alpha1.DatabaseMigration;
import dev.litehaven.api.v1alpha1.DatabaseRestore;
import dev.litehaven.api.v1alpha1.SQLiteDatabase;
import dev.litehaven.operator.naming.Labels;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.javaoperatorsdk.operator.api.config.informer.FieldSelector;
import io.javaoperatorsdk.operator.api.config.informer.InformerEventSourceConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import io.javaoperatorsdk.operator.processing.event.source.informer.InformerEventSource;
import io.javaoperatorsdk.operator.processing.event.source.informer.TransformingItemStore;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What makes a reconciler look again. The events carry no decision: everything is read anew, so a
 * lost or repeated one costs time and nothing else.
 */
public final class Triggers {
  private Triggers() {}

  /** For migrations: their runner pods, the databases that they name, and where they are read. */
  public static List<EventSource<?, DatabaseMigration>> ofMigrations(
      EventSourceContext<DatabaseMigration> context) {
    return List.of(
        source(
            runnerPods(DatabaseMigration.class)
                .withName("runner-pods-of-migrations")
                .withSecondaryToPrimaryMapper(
                    pod ->
                        label(pod, Api.LABEL_MIGRATION).stream()
                            .map(name -> new ResourceID(name, pod.getMetadata().getNamespace()))
                            .collect(Collectors.toSet())),
            context),
        source(
            InformerEventSourceConfiguration.from(SQLiteDatabase.class, DatabaseMigration.class)
                .withName("databases-of-migrations")
                .withSecondaryToPrimaryMapper(
                    database ->
                        inNamespaceOf(database, context).stream()
                            .filter(
                                migration ->
                                    migration
                                        .getSpec()
                                        .databaseRef()
                                        .name()
                                        .equals(database.getMetadata().getName()))
                            .map(ResourceID::fromResource)
                            .collect(Collectors.toSet())),
            context),
        source(
            InformerEventSourceConfiguration.from(ConfigMap.class, DatabaseMigration.class)
                .withName("sources-of-migrations")
                .withItemStore(metadata(ConfigMap::new))
                .withSecondaryToPrimaryMapper(
                    map ->
                        inNamespaceOf(map, context).stream()
                            .filter(migration -> names(migration, map))
                            .map(ResourceID::fromResource)
                            .collect(Collectors.toSet())),
            context));
  }

  private static boolean names(DatabaseMigration migration, ConfigMap map) {
    var source = migration.getSpec().source().configMapRef();
    return source != null && source.name().equals(map.getMetadata().getName());
  }

  /**
   * For databases: whatever may mount their claim, and the migrations and restores that name them.
   */
  public static List<EventSource<?, SQLiteDatabase>> ofDatabases(
      EventSourceContext<SQLiteDatabase> context) {
    return List.of(
        source(
            runnerPods(SQLiteDatabase.class)
                .withName("runner-pods-of-databases")
                .withSecondaryToPrimaryMapper(
                    pod ->
                        label(pod, Api.LABEL_DATABASE).stream()
                            .map(name -> new ResourceID(name, pod.getMetadata().getNamespace()))
                            .collect(Collectors.toSet())),
            context),
        source(
            InformerEventSourceConfiguration.from(DatabaseMigration.class, SQLiteDatabase.class)
                .withName("migrations-of-databases")
                .withSecondaryToPrimaryMapper(
                    migration ->
                        Set.of(
                            new ResourceID(
                                migration.getSpec().databaseRef().name(),
                                migration.getMetadata().getNamespace()))),
            context),
        source(
            InformerEventSourceConfiguration.from(DatabaseRestore.class, SQLiteDatabase.class)
                .withName("restores-of-databases")
                .withSecondaryToPrimaryMapper(
                    restore ->
                        Set.of(
                            new ResourceID(
                                restore.getSpec().databaseRef().name(),
                                restore.getMetadata().getNamespace()))),
            context),
        // Pods at the gate are pending; the many that run are not watched.
        source(
            InformerEventSourceConfiguration.from(Pod.class, SQLiteDatabase.class)
                .withName("pending-pods")
                .withItemStore(metadata(Pod::new))
                .withFieldSelector(
                    new FieldSelector(new FieldSelector.Field("status.phase", "Pending")))
                .withSecondaryToPrimaryMapper(pod -> all(pod, context)),
            context),
        source(
            InformerEventSourceConfiguration.from(Deployment.class, SQLiteDatabase.class)
                .withName("deployments")
                .withItemStore(metadata(Deployment::new))
                .withSecondaryToPrimaryMapper(workload -> all(workload, context)),
            context),
        source(
            InformerEventSourceConfiguration.from(StatefulSet.class, SQLiteDatabase.class)
                .withName("statefulsets")
                .withItemStore(metadata(StatefulSet::new))
                .withSecondaryToPrimaryMapper(workload -> all(workload, context)),
            context),
        source(
            InformerEventSourceConfiguration.from(PersistentVolumeClaim.class, SQLiteDatabase.class)
                .withName("claims")
                .withItemStore(metadata(PersistentVolumeClaim::new))
                .withSecondaryToPrimaryMapper(
                    claim ->
                        inNamespaceOf(claim, context).stream()
                            .filter(
                                database ->
                                    database
                                        .getSpec()
                                        .claimName()
                                        .equals(claim.getMetadata().getName()))
                            .map(ResourceID::fromResource)
                            .collect(Collectors.toSet())),
            context));
  }

  /** For places: the pods that try them, and their claims. */
  public static List<EventSource<?, BackupLocation>> ofLocations(
      EventSourceContext<BackupLocation> context) {
    return List.of(
        askedBy(BackupLocation.class, context),
        source(
            InformerEventSourceConfiguration.from(PersistentVolumeClaim.class, BackupLocation.class)
                .withName("claims-of-locations")
                .withSecondaryToPrimaryMapper(
                    claim ->
                        inNamespaceOf(claim, context).stream()
                            .filter(location -> location.getSpec().claim() != null)
                            .filter(
                                location ->
                                    location
                                        .getSpec()
                                        .claim()
                                        .name()
                                        .equals(claim.getMetadata().getName()))
                            .map(ResourceID::fromResource)
                            .collect(Collectors.toSet())),
            context));
  }

  /** For backups: their runner pods, and the databases and places that they wait for. */
  public static List<EventSource<?, DatabaseBackup>> ofBackups(
      EventSourceContext<DatabaseBackup> context) {
    return List.of(
        askedBy(DatabaseBackup.class, context),
        source(
            InformerEventSourceConfiguration.from(SQLiteDatabase.class, DatabaseBackup.class)
                .withName("databases-of-backups")
                .withSecondaryToPrimaryMapper(
                    database ->
                        inNamespaceOf(database, context).stream()
                            .filter(
                                backup ->
                                    backup
                                        .getSpec()
                                        .databaseRef()
                                        .name()
                                        .equals(database.getMetadata().getName()))
                            .filter(Triggers::unfinished)
                            .map(ResourceID::fromResource)
                            .collect(Collectors.toSet())),
            context),
        source(
            InformerEventSourceConfiguration.from(BackupLocation.class, DatabaseBackup.class)
                .withName("locations-of-backups")
                .withSecondaryToPrimaryMapper(
                    location ->
                        inNamespaceOf(location, context).stream()
                            .filter(Triggers::unfinished)
                            .map(ResourceID::fromResource)
                            .collect(Collectors.toSet())),
            context));
  }

  /** For restores: their runner pods, and the databases, backups and places that they wait for. */
  public static List<EventSource<?, DatabaseRestore>> ofRestores(
      EventSourceContext<DatabaseRestore> context) {
    return List.of(
        askedBy(DatabaseRestore.class, context),
        source(
            InformerEventSourceConfiguration.from(SQLiteDatabase.class, DatabaseRestore.class)
                .withName("databases-of-restores")
                .withSecondaryToPrimaryMapper(
                    database ->
                        inNamespaceOf(database, context).stream()
                            .filter(
                                restore ->
                                    restore
                                        .getSpec()
                                        .databaseRef()
                                        .name()
                                        .equals(database.getMetadata().getName()))
                            .filter(Triggers::unfinished)
                            .map(ResourceID::fromResource)
                            .collect(Collectors.toSet())),
            context),
        source(
            InformerEventSourceConfiguration.from(DatabaseBackup.class, DatabaseRestore.class)
                .withName("backups-of-restores")
                .withSecondaryToPrimaryMapper(backup -> waiting(backup, context)),
            context),
        source(
            InformerEventSourceConfiguration.from(BackupLocation.class, DatabaseRestore.class)
                .withName("locations-of-restores")
                .withSecondaryToPrimaryMapper(location -> waiting(location, context)),
            context));
  }

  private static Set<ResourceID> waiting(
      HasMetadata changed, EventSourceContext<DatabaseRestore> context) {
    return inNamespaceOf(changed, context).stream()
        .filter(Triggers::unfinished)
        .filter(restore -> restore.getStatus() == null || restore.getStatus().run() == null)
        .map(ResourceID::fromResource)
        .collect(Collectors.toSet());
  }

  private static boolean unfinished(DatabaseRestore restore) {
    return restore.getStatus() == null || !restore.getStatus().ended();
  }

  /** Ended ones are many, and do not change with what they were made of. */
  private static boolean unfinished(DatabaseBackup backup) {
    return backup.getMetadata().getDeletionTimestamp() != null
        || backup.getStatus() == null
        || backup.getStatus().completedAt() == null;
  }

  /** For schedules: their backups, the databases that they cover, and the pods of their drills. */
  public static List<EventSource<?, BackupSchedule>> ofSchedules(
      EventSourceContext<BackupSchedule> context) {
    return List.of(
        askedBy(BackupSchedule.class, context),
        source(
            InformerEventSourceConfiguration.from(DatabaseBackup.class, BackupSchedule.class)
                .withName("backups-of-schedules")
                .withSecondaryToPrimaryMapper(
                    backup ->
                        backup.getSpec().scheduledBy() == null
                            ? Set.of()
                            : Set.of(
                                new ResourceID(
                                    backup.getSpec().scheduledBy().name(),
                                    backup.getMetadata().getNamespace()))),
            context),
        source(
            InformerEventSourceConfiguration.from(SQLiteDatabase.class, BackupSchedule.class)
                .withName("databases-of-schedules")
                .withSecondaryToPrimaryMapper(database -> all(database, context)),
            context));
  }

  /** What a resource is asked to do now, by either annotation. */
  public static Optional<String> requestedAt(HasMetadata resource) {
    Map<String, String> annotations =
        resource.getMetadata().getAnnotations() == null
            ? Map.of()
            : resource.getMetadata().getAnnotations();
    return Optional.ofNullable(annotations.get(Api.REQUESTED_AT))
        .or(() -> Optional.ofNullable(annotations.get(Api.FLUX_REQUESTED_AT)));
  }

  /** Runner pods, by what is written on them of who asked. */
  private static <P extends HasMetadata> EventSource<Pod, P> askedBy(
      Class<P> primary, EventSourceContext<P> context) {
    String kind = primary.getSimpleName() + "/";
    return source(
        runnerPods(primary)
            .withName("runner-pods-of-" + primary.getSimpleName().toLowerCase(Locale.ROOT))
            .withSecondaryToPrimaryMapper(
                pod ->
                    Stream.ofNullable(pod.getMetadata().getAnnotations())
                        .map(annotations -> annotations.get(Api.ASKED_BY))
                        .filter(asked -> asked != null && asked.startsWith(kind))
                        .map(
                            asked ->
                                new ResourceID(
                                    asked.substring(kind.length()),
                                    pod.getMetadata().getNamespace()))
                        .collect(Collectors.toSet())),
        context);
  }

  private static <P extends HasMetadata> InformerEventSourceConfiguration.Builder<Pod> runnerPods(
      Class<P> primary) {
    return InformerEventSourceConfiguration.from(Pod.class, primary)
        .withItemStore(metadata(Pod::new))
        .withLabelSelector(Labels.MANAGED_SELECTOR + "," + Labels.COMPONENT + "=" + Labels.RUNNER);
  }

  private static <R extends HasMetadata, P extends HasMetadata> EventSource<R, P> source(
      InformerEventSourceConfiguration.Builder<R> configuration, EventSourceContext<P> context) {
    return new InformerEventSource<>(
        configuration.withNamespacesInheritedFromController().build(), context);
  }

  /**
   * Everything is read live, so a namespace with a thousand of them costs a thousand names and
   * labels.
   */
  private static <R extends HasMetadata> TransformingItemStore<R> metadata(Supplier<R> empty) {
    return new TransformingItemStore<>(
        resource -> {
          R kept = empty.get();
          kept.setMetadata(
              new ObjectMetaBuilder(resource.getMetadata())
                  .withManagedFields()
                  .withAnnotations(null)
                  .build());
          return kept;
        });
  }

  private static <P extends HasMetadata> Set<ResourceID> all(
      HasMetadata changed, EventSourceContext<P> context) {
    return inNamespaceOf(changed, context).stream()
        .map(ResourceID::fromResource)
        .collect(Collectors.toSet());
  }

  private static <P extends HasMetadata> List<P> inNamespaceOf(
      HasMetadata changed, EventSourceContext<P> context) {
    return context.getPrimaryCache().list(changed.getMetadata().getNamespace()).toList();
  }

  private static List<String> label(HasMetadata resource, String key) {
    String value =
        resource.getMetadata().getLabels() == null
            ? null
            : resource.getMetadata().getLabels().get(key);
    return value == null ? List.of() : List.of(value);
  }
}
