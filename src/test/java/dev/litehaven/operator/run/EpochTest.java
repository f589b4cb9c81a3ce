package dev.litehaven.operator.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.litehaven.operator.job.JobState;
import dev.litehaven.operator.lock.LockState;
import dev.litehaven.operator.migration.Given;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** The number that keeps late attempts off the volume. */
class EpochTest {
  private final Given given = new Given();

  @Test
  void risesOnceForARetryAlsoWhenTheOperatorDiedAfterwards() {
    given.in(RunStep.MIGRATE);
    given.job = new JobState.Lost(true, "Pod p left no report: OOMKilled.");
    given.now = Given.NOW.plus(Duration.ofMinutes(1));
    long used = given.status.run().epoch();
    given.lock = new LockState.Held(used);
    assertThat(given.plan().effects()).contains(new Effect.RaiseEpoch());
    given.lock = new LockState.Held(used + 1);
    assertThat(given.plan().effects()).doesNotContain(new Effect.RaiseEpoch());
  }
}
