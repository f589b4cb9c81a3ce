package dev.litehaven.operator.run;

import dev.litehaven.api.v1alpha1.Condition;
import dev.litehaven.api.v1alpha1.DatabaseMigrationStatus.Run;
import dev.litehaven.operator.event.EventNote;
import dev.litehaven.protocol.PlanReport;
import dev.litehaven.protocol.Reason;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;

/**
 * What to do now for a run: effects in order, then what is told of it, then the Events; then look
 * again.
 *
 * @param run as it is now; null: it is over, or was dropped before anything was done
 * @param versions what is known of the database's from now on; empty: nothing new
 * @param report plan to show; empty: none that is new
 * @param again when to look again if nothing happens before; empty: only when something happens
 */
public record RunPlan(
    List<Effect> effects,
    Run run,
    Optional<Versions> versions,
    Optional<PlanReport> report,
    Telling telling,
    List<EventNote> notes,
    Optional<Duration> again) {
  public RunPlan {
    effects = List.copyOf(effects);
    notes = List.copyOf(notes);
  }

  /**
   * @param current that the database is at; null: none
   * @param target that it is to be at; null: none
   */
  public record Versions(String current, String target) {}

  /** What the resource that asked for the run is to say of it. */
  public sealed interface Telling {
    /**
     * @param phase for the printer column
     * @param nextAction what a human should do; null: nothing
     */
    record UnderWay(String phase, List<Condition> conditions, String nextAction)
        implements Telling {}

    /**
     * What an end means is the resource's to say.
     *
     * @param run as it was last written
     * @param at RFC 3339
     * @param downtimeMillis how long the workload was away; null: it was not stopped
     */
    record Ended(Run run, Reason reason, String message, String at, Long downtimeMillis)
        implements Telling {
      static Ended of(RunObservation seen) {
        Run run = seen.run();
        Reason reason =
            run.outcomeReason() == null
                ? Reason.INTERNAL_ERROR
                : Reason.valueOf(run.outcomeReason());
        String message =
            run.outcomeMessage() == null
                ? "The run ended without saying why."
                : run.outcomeMessage();
        return new Ended(
            run,
            reason,
            reason == Reason.ROLLED_BACK ? message + seen.revert() : message,
            seen.now().truncatedTo(ChronoUnit.MILLIS).toString(),
            run.stoppedAt() == null || run.upAt() == null
                ? null
                : Duration.between(Instant.parse(run.stoppedAt()), Instant.parse(run.upAt()))
                    .toMillis());
      }
    }
  }
}
