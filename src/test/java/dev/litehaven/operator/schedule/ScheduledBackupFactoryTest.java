package dev.litehaven.operator.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import dev.litehaven.api.v1alpha1.DatabaseBackupSpec;
import dev.litehaven.crd.CrdBounds;
import dev.litehaven.operator.schedule.ScheduleObservation.Covered;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ScheduledBackupFactoryTest {
  private static final RunKey NOON = new RunKey.Scheduled(Instant.parse("2026-03-01T12:00:00Z"));

  /** CNPG 10562: a crash between creating the child and writing the status made a second one. */
  @Test
  void cnpg10562OneKeyIsOneName() {
    var db = ScheduleFixture.covered("db");
    assertThat(ScheduledBackupFactory.name("nightly", db, NOON))
        .isEqualTo(ScheduledBackupFactory.name("nightly", db, NOON))
        .startsWith("nightly-db-202603011200-")
        .isNotEqualTo(
            ScheduledBackupFactory.name("nightly", db, new RunKey.Requested("2026-03-01")));
  }

  @Test
  void twoSchedulesNeverMeetInOneName() {
    assertThat(ScheduledBackupFactory.name("a-b", ScheduleFixture.covered("c"), NOON))
        .isNotEqualTo(ScheduledBackupFactory.name("a", ScheduleFixture.covered("b-c"), NOON));
  }

  @Test
  void theLongestNamesStillMakeOne() {
    var db = new Covered("d".repeat(63), "shop/" + "d".repeat(63), Optional.empty(), 5);
    assertThat(ScheduledBackupFactory.name("s".repeat(63), db, NOON))
        .hasSizeLessThanOrEqualTo(253)
        .matches("[a-z0-9]([a-z0-9-]*[a-z0-9])?");
  }

  @Test
  void theRunThatItIsComesBackFromIt() {
    var schedule = new ScheduleFixture();
    for (RunKey key : new RunKey[] {NOON, new RunKey.Requested("please")}) {
      DatabaseBackupSpec spec =
          ScheduledBackupFactory.spec(
              "nightly", schedule.seen().spec(), schedule.databases.getFirst(), key);
      CrdBounds.spec("databasebackups").check(spec);
      assertThat(
              RecordedRunFactory.run(
                      new dev.litehaven.operator.backup.RecordedBackup(
                          "b",
                          "uid",
                          ScheduleFixture.START,
                          false,
                          false,
                          spec,
                          dev.litehaven.api.v1alpha1.DatabaseBackupStatus.unobserved(),
                          Optional.empty()))
                  .key())
          .isEqualTo(key);
      assertThat(spec.identity()).isEqualTo("shop/db");
      assertThat(spec.skipUnchanged()).isTrue();
    }
  }
}
