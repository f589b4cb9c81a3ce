package dev.litehaven.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import java.util.List;

/**
 * How far a schedule has come. All times are RFC 3339.
 *
 * @param cron the schedule and time zone that this belongs to
 * @param selected databases that it covers
 * @param active runs that go on
 * @param consecutiveFailures the most that any database has
 * @param missedRuns times at which no run was, though one was due; only grows
 * @param waiting the first of those that are due and not started, and why
 */
public record BackupScheduleStatus(
    @Default("-1") Long observedGeneration,
    @Size(max = 16) List<Condition> conditions,
    @Size(max = 256) String cron,
    Boolean suspended,
    Integer selected,
    Integer active,
    String lastScheduleTime,
    String nextScheduleTime,
    String lastSuccessfulTime,
    String lastVerifiedTime,
    Integer consecutiveFailures,
    Long missedRuns,
    @Size(max = BackupScheduleSpec.MAX_DATABASES) List<Database> databases,
    @Size(max = MAX_WAITING) List<Waiting> waiting,
    Retention retention,
    Drill restoreDrill,
    @Size(max = 1024) String lastHandledRequest) {
  public static final int MAX_WAITING = 10;
  public static final int MAX_GOES = 50;
  public static final int MAX_HOLDS = 10;

  public BackupScheduleStatus {
    conditions = conditions == null ? List.of() : List.copyOf(conditions);
    databases = databases == null ? List.of() : List.copyOf(databases);
    waiting = waiting == null ? List.of() : List.copyOf(waiting);
  }

  /** Before anything was looked at. */
  public static BackupScheduleStatus unobserved() {
    return new BackupScheduleStatus(
        -1L, null, null, null, null, null, null, null, null, null, null, null, null, null, null,
        null, null);
  }

  /** The same state of things, told anew. */
  public BackupScheduleStatus with(long generation, List<Condition> told) {
    return new BackupScheduleStatus(
        generation,
        told,
        cron,
        suspended,
        selected,
        active,
        lastScheduleTime,
        nextScheduleTime,
        lastSuccessfulTime,
        lastVerifiedTime,
        consecutiveFailures,
        missedRuns,
        databases,
        waiting,
        retention,
        restoreDrill,
        lastHandledRequest);
  }

  /**
   * One database.
   *
   * @param decided every time up to this one is started, missed or left out
   * @param open the run that was started last, until its end is counted
   * @param requested token of a request that this database has not started yet
   * @param stopping scheduled time of the run that was asked to stop to be replaced
   * @param replacement scheduled time of the run that replaced another
   */
  public record Database(
      @Required @Size(max = 320) String identity,
      String decided,
      String lastScheduleTime,
      OpenRun open,
      @Size(max = 1024) String requested,
      String stopping,
      String replacement,
      Integer consecutiveFailures,
      Long missedRuns) {}

  /**
   * @param time at which it was due; null: it was asked for
   * @param request token of the request; null: it was due
   */
  public record OpenRun(String time, @Size(max = 1024) String request, String started) {}

  public record Waiting(
      @Size(max = 320) String identity,
      @Size(max = 63) String cause,
      @Size(max = 1024) String message) {}

  /**
   * What goes, said before anything does.
   *
   * @param goes the oldest that go next
   * @param goesTotal how many go; the list may be cut
   * @param holds why nothing of a database goes at all
   */
  public record Retention(
      @Size(max = MAX_GOES) List<Goes> goes,
      Integer goesTotal,
      @Size(max = MAX_HOLDS) List<Hold> holds,
      Integer holdsTotal) {
    public Retention {
      goes = goes == null ? List.of() : List.copyOf(goes);
      holds = holds == null ? List.of() : List.copyOf(holds);
    }
  }

  public record Goes(
      @Size(max = 253) String backup,
      @Size(max = 63) String cause,
      @Size(max = 1024) String message) {}

  public record Hold(
      @Size(max = 320) String identity,
      @Size(max = 63) String cause,
      @Size(max = 1024) String message) {}

  /**
   * The restore drill.
   *
   * @param decided every time of its schedule up to this one is drilled or missed
   * @param lastTime when the last one ended
   * @param nextTime when the next is due
   * @param succeeded whether the last one did
   * @param backup what it restored
   */
  public record Drill(
      @Size(max = 256) String cron,
      String decided,
      String lastTime,
      String nextTime,
      Boolean succeeded,
      @Size(max = 253) String backup,
      @Size(max = 256) @JsonPropertyDescription("From the closed list of reasons.") String reason,
      @Size(max = 1024) String message,
      String lastSucceededTime,
      DrillRun run) {}

  /**
   * A drill that is under way.
   *
   * @param step Claim, Fetch, Verify or Clean
   */
  public record DrillRun(
      @Size(max = 63) String id,
      @Size(max = 63) String step,
      @Size(max = 253) String backup,
      @Size(max = 253) String database,
      String startedAt,
      @Size(max = 256) String reason,
      @Size(max = 1024) String message) {}
}
