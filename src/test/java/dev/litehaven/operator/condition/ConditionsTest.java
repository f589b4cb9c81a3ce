package dev.litehaven.operator.condition;

import static org.assertj.core.api.Assertions.assertThat;

import dev.litehaven.api.v1alpha1.Condition;
import dev.litehaven.protocol.Reason;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class ConditionsTest {
  private static final Instant THEN = Instant.parse("2026-03-01T12:00:00Z");
  private static final Instant NOW = Instant.parse("2026-03-01T13:00:00.123Z");

  @Test
  void theTimeStaysWhileTheStatusDoes() {
    List<Condition> first =
        Conditions.following(List.of(), 1, THEN).reconciling(Reason.PENDING, "a");
    List<Condition> next = Conditions.following(first, 2, NOW).stalled(Reason.CORRUPT, "b");

    assertThat(time(next, Condition.READY)).isEqualTo("2026-03-01T12:00:00Z");
    assertThat(time(next, Condition.STALLED)).isEqualTo("2026-03-01T13:00:00Z");
    assertThat(next).allSatisfy(one -> assertThat(one.observedGeneration()).isEqualTo(2));
  }

  @Test
  void theTimeMovesWithTheStatus() {
    List<Condition> first = Conditions.following(List.of(), 1, THEN).ready(Reason.HEALTHY, "a");
    List<Condition> next = Conditions.following(first, 1, NOW).reconciling(Reason.PENDING, "b");

    assertThat(time(next, Condition.READY)).isEqualTo("2026-03-01T13:00:00Z");
  }

  @Test
  void readyIsAloneAndNeverBesideAnother() {
    assertThat(Conditions.following(null, 1, NOW).ready(Reason.HEALTHY, "a"))
        .extracting(Condition::type)
        .containsExactly(Condition.READY);
  }

  @Test
  void aRecordThatEndedSaysHow() {
    var conditions = Conditions.following(List.of(), 1, NOW);
    assertThat(conditions.ended(true, Reason.SUCCEEDED, "a"))
        .extracting(Condition::type, Condition::status)
        .contains(org.assertj.core.groups.Tuple.tuple(Condition.SUCCEEDED, Condition.TRUE));
    assertThat(conditions.ended(false, Reason.BACKUP_FAILED, "a"))
        .extracting(Condition::type, Condition::status)
        .contains(
            org.assertj.core.groups.Tuple.tuple(Condition.SUCCEEDED, Condition.FALSE),
            org.assertj.core.groups.Tuple.tuple(Condition.STALLED, Condition.TRUE));
  }

  @Test
  void aLongMessageIsCutWithAMarkAndNeverWithinACharacter() {
    assertThat(Conditions.bounded("x".repeat(1024))).hasSize(1024).doesNotContain("…");
    assertThat(Conditions.bounded("x".repeat(1025))).hasSize(1024).endsWith("…");
    String rockets = Conditions.bounded("x".repeat(1022) + "\uD83D\uDE80\uD83D\uDE80");
    assertThat(rockets).endsWith("x…").hasSizeLessThanOrEqualTo(1024);
  }

  private static String time(List<Condition> conditions, String type) {
    return conditions.stream()
        .filter(condition -> condition.type().equals(type))
        .map(Condition::lastTransitionTime)
        .findFirst()
        .orElseThrow();
  }
}
