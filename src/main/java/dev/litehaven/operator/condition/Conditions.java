package dev.litehaven.operator.condition;

import static dev.litehaven.api.v1alpha1.Condition.FALSE;
import static dev.litehaven.api.v1alpha1.Condition.READY;
import static dev.litehaven.api.v1alpha1.Condition.RECONCILING;
import static dev.litehaven.api.v1alpha1.Condition.STALLED;
import static dev.litehaven.api.v1alpha1.Condition.TRUE;

import dev.litehaven.api.v1alpha1.Condition;
import dev.litehaven.protocol.Reason;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;

/**
 * The conditions of one resource as kstatus reads them: Ready always, Reconciling and Stalled only
 * while they are true. The time of a condition changes only when its status does.
 */
public final class Conditions {
  /** The API server refuses longer ones; etcd does not like them either. */
  public static final int MAX_MESSAGE = 1024;

  private final List<Condition> previous;
  private final long generation;
  private final Instant now;

  private Conditions(List<Condition> previous, long generation, Instant now) {
    this.previous = List.copyOf(previous);
    this.generation = generation;
    this.now = now;
  }

  /** Conditions that follow on these, for this generation. */
  public static Conditions following(List<Condition> previous, long generation, Instant now) {
    return new Conditions(previous == null ? List.of() : previous, generation, now);
  }

  /** The resource is what its spec asks for. */
  public List<Condition> ready(Reason reason, String message) {
    return List.of(condition(READY, TRUE, reason, message));
  }

  /** Something is being done, or waits for something that will come. */
  public List<Condition> reconciling(Reason reason, String message) {
    return List.of(
        condition(READY, FALSE, reason, message), condition(RECONCILING, TRUE, reason, message));
  }

  /** Nothing happens until somebody changes something. */
  public List<Condition> stalled(Reason reason, String message) {
    return List.of(
        condition(READY, FALSE, reason, message), condition(STALLED, TRUE, reason, message));
  }

  /** Of something that is carried out once, before its end is known. */
  public List<Condition> underWay(Reason reason, String message) {
    return undecided(reconciling(reason, message));
  }

  /** What is being done for something that is carried out once, whose end is not known yet. */
  public List<Condition> undecided(List<Condition> doing) {
    var all = new ArrayList<>(doing);
    Condition first = doing.getFirst();
    all.add(
        condition(
            Condition.SUCCEEDED,
            Condition.UNKNOWN,
            Reason.of(first.reason()).orElseThrow(),
            first.message()));
    return List.copyOf(all);
  }

  /** A record of something carried out once, and its end. */
  public List<Condition> ended(boolean success, Reason reason, String message) {
    var all = new ArrayList<>(success ? ready(reason, message) : stalled(reason, message));
    all.add(condition(Condition.SUCCEEDED, success ? TRUE : FALSE, reason, message));
    return List.copyOf(all);
  }

  private Condition condition(String type, String status, Reason reason, String message) {
    String since =
        previous.stream()
            .filter(old -> old.type().equals(type) && old.status().equals(status))
            .map(Condition::lastTransitionTime)
            .findFirst()
            .orElse(now.truncatedTo(ChronoUnit.SECONDS).toString());
    return new Condition(type, status, generation, since, reason.text(), bounded(message));
  }

  /** Cut so that it fits, with a mark that it was. */
  public static String bounded(String message) {
    if (message.length() <= MAX_MESSAGE) {
      return message;
    }
    int end = MAX_MESSAGE - 1;
    return message.substring(0, Character.isHighSurrogate(message.charAt(end - 1)) ? end - 1 : end)
        + "\u2026";
  }
}
