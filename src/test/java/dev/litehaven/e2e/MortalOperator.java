package dev.litehaven.e2e;

import dev.litehaven.e2e.played.ApiProxy;
import dev.litehaven.operator.OperatorRuntime;
import dev.litehaven.operator.Settings;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.javaoperatorsdk.operator.api.monitoring.Metrics;
import java.time.Clock;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * The operator, with its informers, queues and timers, in this process. Whenever the proxy has cut
 * it off, another one takes its place, which knows nothing of it.
 */
final class MortalOperator implements AutoCloseable {
  private static final Metrics NONE = new Metrics() {};

  private final ApiProxy proxy;
  private final Settings settings;
  private final Thread lives;
  private volatile boolean closed;
  private volatile int deaths;
  private volatile RuntimeException failure;

  MortalOperator(ApiProxy proxy, Haven haven) {
    this.proxy = proxy;
    this.settings =
        new Settings(
            "mortal",
            haven.namespace,
            List.of(haven.namespace),
            haven.image(),
            "IfNotPresent",
            false,
            "litehaven");
    this.lives = Thread.ofPlatform().name("mortal-operator").start(this::live);
  }

  /** How many have died so far. */
  int deaths() {
    if (failure != null) {
      throw failure;
    }
    return deaths;
  }

  private void live() {
    while (!closed) {
      try {
        one();
      } catch (InterruptedException e) {
        return;
      } catch (RuntimeException e) {
        if (!proxy.isDead()) {
          failure = e;
          return;
        }
      }
      if (proxy.revive()) {
        deaths++;
      }
    }
  }

  private void one() throws InterruptedException {
    try (KubernetesClient client =
            new KubernetesClientBuilder().withConfig(proxy.config()).build();
        var runtime = new OperatorRuntime(client, Clock.systemUTC(), settings, NONE)) {
      runtime.start();
      while (!closed && !proxy.awaitDeath(500)) {
        // it lives
      }
    }
  }

  @Override
  public void close() {
    closed = true;
    try {
      lives.join(TimeUnit.SECONDS.toMillis(60));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
