package dev.litehaven.operator.migration;

import dev.litehaven.api.v1alpha1.Condition;
import dev.litehaven.api.v1alpha1.DatabaseMigrationStatus;
import dev.litehaven.api.v1alpha1.DatabaseMigrationStatus.EndedRun;
import dev.litehaven.protocol.Reason;
import java.util.List;

/** A migration whose runs are over. */
public final class Ended {
  private Ended() {}

  /** Run {@code id} has brought the database from version 1 to 2. */
  public static DatabaseMigrationStatus afterSuccess(String id) {
    return afterRuns(
        new Given().plan().status().run().key(),
        List.of(run(id, Reason.SUCCEEDED, "1", "2", "d1")));
  }

  static EndedRun run(String id, Reason reason, String before, String after, String digest) {
    return new EndedRun(
        id,
        reason.text(),
        "It ended.",
        before,
        after,
        Given.NOW.toString(),
        Given.NOW.toString(),
        null,
        List.of(),
        digest);
  }

  static DatabaseMigrationStatus afterRuns(String succeededKey, List<EndedRun> runs) {
    return new DatabaseMigrationStatus(
        1L,
        "Succeeded",
        "2",
        "2",
        "d1",
        List.of(
            new Condition(
                Condition.READY,
                Condition.TRUE,
                1L,
                "2026-03-01T11:00:00Z",
                "Succeeded",
                "Before.")),
        null,
        null,
        runs,
        succeededKey,
        null,
        null,
        null,
        null,
        null,
        null,
        null);
  }
}
