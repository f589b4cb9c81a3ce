package dev.litehaven.operator.migration;

import static org.assertj.core.api.Assertions.assertThat;

import dev.litehaven.api.v1alpha1.Condition;
import dev.litehaven.api.v1alpha1.DatabaseMigrationStatus;
import dev.litehaven.protocol.Reason;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** What kstatus, kubectl wait and a human may rely on in every status. */
public final class Kstatus {
  private Kstatus() {}

  public static void check(MigrationObservation seen, DatabaseMigrationStatus now) {
    conditions(seen.run().generation(), seen.status().conditions(), now.conditions());
    assertThat(now.observedGeneration()).isEqualTo(seen.run().generation());
    if (is(now.conditions(), Condition.STALLED)) {
      assertThat(now.nextAction()).as("stalled and no word what to do").isNotBlank();
    }
    if (now.run() != null && now.run().outcomeReason() != null) {
      assertThat(Reason.values()).extracting(Reason::name).contains(now.run().outcomeReason());
    }
  }

  public static void conditions(long generation, List<Condition> before, List<Condition> now) {
    for (Condition condition : now) {
      assertThat(condition.observedGeneration()).isEqualTo(generation);
      assertThat(condition.message()).isNotBlank().hasSizeLessThanOrEqualTo(1024);
      assertThat(Arrays.stream(Reason.values()).map(Reason::text)).contains(condition.reason());
      Optional<Condition> same =
          before.stream()
              .filter(old -> old.type().equals(condition.type()))
              .filter(old -> old.status().equals(condition.status()))
              .findFirst();
      same.ifPresent(
          old ->
              assertThat(condition.lastTransitionTime())
                  .as("the time changes only with the status")
                  .isEqualTo(old.lastTransitionTime()));
    }
    if (now.isEmpty()) {
      return;
    }
    boolean ready = is(now, Condition.READY);
    boolean reconciling = is(now, Condition.RECONCILING);
    boolean stalled = is(now, Condition.STALLED);
    assertThat(List.of(ready, reconciling, stalled).stream().filter(one -> one).count())
        .as("exactly one of Ready, Reconciling, Stalled in %s", now)
        .isEqualTo(1);
  }

  public static boolean is(List<Condition> conditions, String type) {
    return conditions.stream()
        .anyMatch(
            condition ->
                condition.type().equals(type) && Condition.TRUE.equals(condition.status()));
  }
}
