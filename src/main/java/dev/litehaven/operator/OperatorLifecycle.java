package dev.litehaven.operator;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.javaoperatorsdk.operator.monitoring.micrometer.MicrometerMetrics;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Clock;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.Liveness;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Starts the controllers with the process, and stops them before it ends. */
@ApplicationScoped
@Liveness
public class OperatorLifecycle implements HealthCheck {
  private static final Logger LOG = LoggerFactory.getLogger(OperatorLifecycle.class);

  private final KubernetesClient client;
  private final MeterRegistry meters;
  private final Settings settings;
  private OperatorRuntime runtime;

  OperatorLifecycle(
      KubernetesClient client,
      MeterRegistry meters,
      @ConfigProperty(name = "pod.name") Optional<String> pod,
      @ConfigProperty(name = "pod.namespace") Optional<String> namespace,
      @ConfigProperty(name = "litehaven.watch.namespaces") Optional<String> watched,
      @ConfigProperty(name = "litehaven.runner.image") String runnerImage,
      @ConfigProperty(name = "litehaven.runner.pull.policy", defaultValue = "IfNotPresent")
          String pullPolicy,
      @ConfigProperty(name = "litehaven.leader.election", defaultValue = "true")
          boolean leaderElection,
      @ConfigProperty(name = "litehaven.leader.lease", defaultValue = "litehaven")
          String leaderLease) {
    this.client = client;
    this.meters = meters;
    String own =
        namespace.orElseGet(() -> Optional.ofNullable(client.getNamespace()).orElse("default"));
    this.settings =
        new Settings(
            pod.orElseGet(OperatorLifecycle::hostName),
            own,
            namespaces(watched, own),
            runnerImage,
            pullPolicy,
            leaderElection,
            leaderLease);
  }

  void start(@Observes StartupEvent event) {
    runtime =
        new OperatorRuntime(
            client,
            Clock.systemUTC(),
            settings,
            MicrometerMetrics.withoutPerResourceMetrics(meters));
    try {
      runtime.start();
    } catch (RuntimeException e) {
      // An orderly end waits for what never began. The kubelet starts the process again.
      LOG.error("the controllers could not be started: halting", e);
      Runtime.getRuntime().halt(1);
    }
  }

  void stop(@Observes ShutdownEvent event) {
    if (runtime != null) {
      runtime.close();
    }
  }

  @Override
  public HealthCheckResponse call() {
    return HealthCheckResponse.named("controllers")
        .status(runtime != null && runtime.healthy())
        .build();
  }

  private static List<String> namespaces(Optional<String> watched, String own) {
    String text = watched.map(String::strip).orElse("");
    if (text.equals("*")) {
      return List.of();
    }
    return text.isEmpty()
        ? List.of(own)
        : Arrays.stream(text.split(",", -1)).map(String::strip).toList();
  }

  private static String hostName() {
    try {
      return InetAddress.getLocalHost().getHostName();
    } catch (UnknownHostException e) {
      return "litehaven";
    }
  }
}
