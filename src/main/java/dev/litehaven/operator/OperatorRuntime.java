package dev.litehaven.operator;

import static java.util.concurrent.TimeUnit.SECONDS;

import dev.litehaven.api.v1alpha1.BackupLocation;
import dev.litehaven.api.v1alpha1.BackupSchedule;
import dev.litehaven.api.v1alpha1.DatabaseBackup;
import dev.litehaven.api.v1alpha1.DatabaseMigration;
import dev.litehaven.api.v1alpha1.DatabaseRestore;
import dev.litehaven.api.v1alpha1.SQLiteDatabase;
import dev.litehaven.operator.backup.BackupReconciler;
import dev.litehaven.operator.database.DatabaseReconciler;
import dev.litehaven.operator.location.LocationReconciler;
import dev.litehaven.operator.migration.MigrationReconciler;
import dev.litehaven.operator.restore.RestoreReconciler;
import dev.litehaven.operator.schedule.ScheduleReconciler;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.extended.leaderelection.LeaderCallbacks;
import io.javaoperatorsdk.operator.Operator;
import io.javaoperatorsdk.operator.api.config.ControllerConfigurationOverrider;
import io.javaoperatorsdk.operator.api.config.LeaderElectionConfigurationBuilder;
import io.javaoperatorsdk.operator.api.monitoring.Metrics;
import io.javaoperatorsdk.operator.health.EventSourceHealthIndicator;
import io.javaoperatorsdk.operator.health.InformerHealthIndicator;
import io.javaoperatorsdk.operator.health.InformerWrappingEventSourceHealthIndicator;
import io.javaoperatorsdk.operator.health.Status;
import io.javaoperatorsdk.operator.processing.event.rate.LinearRateLimiter;
import io.javaoperatorsdk.operator.processing.retry.GenericRetry;
import io.quarkus.runtime.Quarkus;
import java.time.Clock;
import java.time.Duration;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The controllers of one process, started and stopped together. */
public final class OperatorRuntime implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(OperatorRuntime.class);

  /** An edit that slips past the event filter during a status write is found by then. */
  private static final Duration MAX_INTERVAL = Duration.ofMinutes(1);

  private static final long AGAIN_SECONDS = 20;

  private final AtomicBoolean stopping = new AtomicBoolean();
  private final Operator operator;
  private final TerminatingNamespaces namespaces;
  private final WatchedNamespaces watched;
  private final ScheduledExecutorService later =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("watched-namespaces").factory());

  public OperatorRuntime(KubernetesClient client, Clock clock, Settings settings, Metrics metrics) {
    namespaces = new TerminatingNamespaces(client, settings);
    watched = new WatchedNamespaces(client, settings);
    operator =
        new Operator(
            overrider -> {
              overrider
                  .withKubernetesClient(client)
                  .withCloseClientOnStop(false)
                  .withMetrics(metrics)
                  .withConcurrentReconciliationThreads(8)
                  .withReconciliationTerminationTimeout(Duration.ofSeconds(10));
              if (settings.leaderElection()) {
                overrider.withLeaderElectionConfiguration(
                    LeaderElectionConfigurationBuilder.aLeaderElectionConfiguration(
                            settings.leaderLease())
                        .withLeaseNamespace(settings.namespace())
                        .withIdentity(settings.instance())
                        .withLeaderCallbacks(
                            new LeaderCallbacks(
                                () -> LOG.info("{} leads", settings.instance()),
                                this::deposed,
                                leader -> LOG.info("leader is {}", leader)))
                        .build());
              }
            });
    operator.register(
        new MigrationReconciler(client, clock, settings, namespaces),
        overrider -> OperatorRuntime.<DatabaseMigration>configure(overrider, watched));
    operator.register(
        new LocationReconciler(client, clock, settings),
        overrider -> OperatorRuntime.<BackupLocation>configure(overrider, watched));
    operator.register(
        new BackupReconciler(client, clock, settings, namespaces),
        overrider -> OperatorRuntime.<DatabaseBackup>configure(overrider, watched));
    operator.register(
        new RestoreReconciler(client, clock, settings, namespaces),
        overrider -> OperatorRuntime.<DatabaseRestore>configure(overrider, watched));
    operator.register(
        new ScheduleReconciler(client, clock, settings),
        overrider -> OperatorRuntime.<BackupSchedule>configure(overrider, watched));
    operator.register(
        new DatabaseReconciler(client, clock, settings, namespaces),
        overrider ->
            OperatorRuntime.<SQLiteDatabase>configure(overrider, watched)
                .withRateLimiter(new LinearRateLimiter(Duration.ofSeconds(1), 5)));
  }

  public void start() {
    namespaces.start();
    if (!watched.closed().isEmpty()) {
      LOG.warn(
          "nothing can be seen in namespaces {}: they are not there, or the Role is not",
          watched.closed());
      later.scheduleWithFixedDelay(this::lookForOpened, AGAIN_SECONDS, AGAIN_SECONDS, SECONDS);
    }
    operator.start();
  }

  @Override
  public void close() {
    stopping.set(true);
    later.shutdownNow();
    operator.stop();
    namespaces.close();
  }

  public boolean healthy() {
    return operator.getRuntimeInfo().unhealthyEventSources().values().stream()
        .flatMap(sources -> sources.values().stream())
        .allMatch(this::excused);
  }

  /** What was watched in a namespace that is gone. */
  private boolean excused(EventSourceHealthIndicator source) {
    return source instanceof InformerWrappingEventSourceHealthIndicator<?> informers
        && informers.informerHealthIndicators().values().stream()
            .filter(informer -> informer.getStatus() == Status.UNHEALTHY)
            .map(InformerHealthIndicator::getTargetNamespace)
            .distinct()
            .noneMatch(watched::expected);
  }

  // An exception would end the looking.
  private void lookForOpened() {
    try {
      watched
          .opened()
          .ifPresent(
              namespace -> {
                LOG.info("namespace {} is there again: starting anew, to look after it", namespace);
                Quarkus.asyncExit();
              });
    } catch (RuntimeException e) {
      LOG.debug("namespaces could not be looked at", e);
    }
  }

  /** Whoever lost the lease must not go on writing; the pod comes back as a candidate. */
  private void deposed() {
    if (!stopping.get()) {
      LOG.error("lost the leader's lease: halting");
      Runtime.getRuntime().halt(1);
    }
  }

  private static <R extends HasMetadata> ControllerConfigurationOverrider<R> configure(
      ControllerConfigurationOverrider<R> overrider, WatchedNamespaces watched) {
    if (!watched.open().isEmpty()) {
      overrider.settingNamespaces(Set.copyOf(watched.open()));
    }
    return overrider
        // Annotations ask for runs, and a deletion has a run to finish.
        .withGenerationAware(false)
        .withTriggerReconcilerOnAllEvents(true)
        .withOnUpdateFilter(OperatorRuntime::matters)
        .withReconciliationMaxInterval(MAX_INTERVAL)
        .withRetry(
            new GenericRetry()
                .setInitialInterval(500)
                .setIntervalMultiplier(1.5)
                .setMaxInterval(30_000)
                .setMaxAttempts(Integer.MAX_VALUE));
  }

  /** A status write is our own; everything a user does shows in one of these. */
  private static <R extends HasMetadata> boolean matters(R after, R before) {
    var now = after.getMetadata();
    var then = before.getMetadata();
    return !Objects.equals(now.getGeneration(), then.getGeneration())
        || !Objects.equals(now.getAnnotations(), then.getAnnotations())
        || !Objects.equals(now.getDeletionTimestamp(), then.getDeletionTimestamp())
        || !Objects.equals(now.getUid(), then.getUid());
  }
}
