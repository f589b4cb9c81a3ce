package dev.litehaven.e2e;

import dev.litehaven.operator.naming.Labels;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;

/** Ends whoever takes part in a migration, at random times and without a word. */
final class Killer implements AutoCloseable {
  /** Parts that can be ended. */
  enum Victim {
    OPERATOR,
    RUNNER,
    APP,
    KUBELET,
    API_SERVER,
    /** The whole node, with all that was not yet on its disks. */
    POWER
  }

  private final Haven haven;
  private final List<Victim> victims;
  private final long paceMillis;
  private final Random random;
  private final Map<Victim, Integer> killed = new EnumMap<>(Victim.class);
  private final Thread thread;
  private volatile boolean closed;
  private volatile Throwable failure;

  /**
   * @param victims from which each is drawn alike; name one twice to see it twice as often
   * @param pace of what is disturbed: within it somebody dies, once or a few times
   */
  Killer(Haven haven, List<Victim> victims, Duration pace, long seed) {
    this.paceMillis = Math.max(8_000, pace.toMillis());
    this.haven = haven;
    this.victims = victims;
    this.random = new Random(seed);
    thread = Thread.ofVirtual().start(this::work);
  }

  private void work() {
    try {
      while (!closed) {
        TimeUnit.MILLISECONDS.sleep(paceMillis / 8 + random.nextLong(paceMillis * 7 / 8));
        Victim victim = victims.get(random.nextInt(victims.size()));
        if (!closed && kill(victim)) {
          killed.merge(victim, 1, Integer::sum);
        }
      }
    } catch (InterruptedException e) {
      // Closed.
    } catch (RuntimeException | AssertionError e) {
      failure = e;
    }
  }

  private boolean kill(Victim victim) throws InterruptedException {
    return switch (victim) {
      case OPERATOR -> pods("app.kubernetes.io/component", "operator", "java");
      case RUNNER -> runner();
      case APP -> pods("app", null, "python3");
      case KUBELET -> component("kubelet");
      case API_SERVER -> component("apiserver");
      case POWER -> {
        haven.cluster("power-loss");
        haven.cluster("up");
        yield true;
      }
    };
  }

  /** Runners are there for seconds only: the next one, when it comes soon. */
  private boolean runner() throws InterruptedException {
    for (int look = 0; look < 50 && !closed; look++) {
      if (pods(Labels.COMPONENT, Labels.RUNNER, "java")) {
        return true;
      }
      TimeUnit.MILLISECONDS.sleep(100);
    }
    return false;
  }

  /** One of those that run now. */
  private boolean pods(String label, String value, String program) {
    List<Pod> found;
    try {
      var inNamespace = haven.client.pods().inNamespace(haven.namespace);
      found =
          (value == null ? inNamespace.withLabel(label) : inNamespace.withLabel(label, value))
              .list()
              .getItems();
    } catch (KubernetesClientException e) {
      return false;
    }
    found.removeIf(pod -> !"Running".equals(pod.getStatus().getPhase()));
    return !found.isEmpty()
        && NodeProcesses.kill(found.get(random.nextInt(found.size())), program) > 0;
  }

  private boolean component(String name) throws InterruptedException {
    haven.cluster("kill", name);
    try {
      TimeUnit.MILLISECONDS.sleep(random.nextInt(4_000));
    } finally {
      // Also whoever ended itself when the API server was away; a real node starts it again.
      haven.cluster("up");
    }
    return true;
  }

  /** How often each was ended so far. */
  Map<Victim, Integer> killed() {
    return Map.copyOf(killed);
  }

  /** Ends with everything running again; fails where something could not be started. */
  @Override
  public void close() throws InterruptedException {
    closed = true;
    thread.join();
    if (failure != null) {
      throw new AssertionError("The killer could not go on", failure);
    }
  }
}
