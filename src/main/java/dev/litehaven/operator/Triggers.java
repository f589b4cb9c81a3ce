package dev.litehaven.operator;

import dev.litehaven.api.v1alpha1.Api;
import dev.litehaven.api.v1alpha1.DatabaseMigration;
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
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;

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

  /** For databases: whatever may mount their claim, and the migrations that name them. */
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
