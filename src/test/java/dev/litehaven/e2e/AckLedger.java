package dev.litehaven.e2e;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;

/**
 * Every row that an app says it has committed, read from the output of its pods while they run:
 * outside of the database, so that what is missing there is noticed. Pods and API servers may go
 * away meanwhile; a line that was not read is a row less to check, never a wrong one.
 */
final class AckLedger implements AutoCloseable {
  private final Haven haven;
  private final String app;
  private final Map<Long, String> tokens = new ConcurrentSkipListMap<>();
  private final List<String> conflicts = new CopyOnWriteArrayList<>();
  private final Set<String> followed = ConcurrentHashMap.newKeySet();
  private final Thread finder;
  private volatile boolean closed;

  AckLedger(Haven haven, String app) {
    this.haven = haven;
    this.app = app;
    finder = Thread.ofVirtual().start(this::find);
  }

  /** Tokens by the numbers of the rows. */
  Map<Long, String> acknowledged() {
    return Map.copyOf(tokens);
  }

  /** Numbers that were given to two rows: the first one was lost, and came back as another. */
  List<String> conflicts() {
    return List.copyOf(conflicts);
  }

  private void find() {
    while (!closed) {
      try {
        for (Pod pod :
            haven
                .client
                .pods()
                .inNamespace(haven.namespace)
                .withLabel("app", app)
                .list()
                .getItems()) {
          boolean started =
              pod.getStatus().getContainerStatuses().stream()
                  .anyMatch(container -> container.getState().getRunning() != null);
          if (started && followed.add(pod.getMetadata().getUid())) {
            Thread.ofVirtual().start(() -> follow(pod));
          }
        }
      } catch (KubernetesClientException e) {
        // The API server is away; it is asked again.
      }
      try {
        TimeUnit.MILLISECONDS.sleep(300);
      } catch (InterruptedException e) {
        return;
      }
    }
  }

  private void follow(Pod pod) {
    try (var watch =
            haven
                .client
                .pods()
                .inNamespace(haven.namespace)
                .withName(pod.getMetadata().getName())
                .watchLog();
        var lines =
            new BufferedReader(new InputStreamReader(watch.getOutput(), StandardCharsets.UTF_8))) {
      for (String line = lines.readLine(); line != null && !closed; line = lines.readLine()) {
        String[] words = line.split(" ", -1);
        if (words.length == 3 && words[0].equals("ack")) {
          note(Long.parseLong(words[1]), words[2]);
        }
      }
    } catch (IOException | KubernetesClientException | NumberFormatException e) {
      // Cut off, perhaps within a line; the log is read again from its beginning.
    } finally {
      followed.remove(pod.getMetadata().getUid());
    }
  }

  private void note(long number, String token) {
    String before = tokens.putIfAbsent(number, token);
    if (before != null && !before.equals(token)) {
      conflicts.add("%d was %s and is %s".formatted(number, before, token));
    }
  }

  @Override
  public void close() {
    closed = true;
    finder.interrupt();
  }
}
