package dev.litehaven.operator.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import dev.litehaven.api.v1alpha1.BackupScheduleSpec.Method;
import dev.litehaven.api.v1alpha1.BackupScheduleSpec.Retention;
import dev.litehaven.api.v1alpha1.BackupScheduleStatus;
import dev.litehaven.api.v1alpha1.BackupScheduleStatus.Goes;
import dev.litehaven.api.v1alpha1.DatabaseBackupSpec.Type;
import dev.litehaven.protocol.Reason;
import java.time.ZoneOffset;
import java.util.List;
import org.junit.jupiter.api.Test;

class RetentionTurnTest {
  private final ScheduleFixture schedule = new ScheduleFixture();

  @Test
  void whatGoesIsSaidBeforeItGoes() {
    days(4);
    RetentionTurn.Turn first = turn();
    assertThat(names(first.told().goes())).containsExactly("b4", "b3");
    assertThat(first.told().goes()).allSatisfy(one -> assertThat(one.message()).isNotBlank());
    assertThat(first.removals()).as("not on status yet").isEmpty();
    schedule.said(first.told());
    assertThat(names(turn().removals())).containsExactly("b4", "b3");
  }

  @Test
  void whatIsNewOnThePlanIsNotRemovedWithWhatWasSaid() {
    days(3);
    schedule.said(turn().told());
    schedule.retention = new Retention(1, null, null, null, null, null, null, null, null);
    RetentionTurn.Turn turn = turn();
    assertThat(names(turn.told().goes())).containsExactly("b3", "b2");
    assertThat(names(turn.removals())).containsExactly("b3");
  }

  /** snapscheduler 688 and 346, Velero 9061: the last good one went after newer ones had failed. */
  @Test
  void velero9061NothingGoesWhileTheNewestFails() {
    days(4);
    schedule.backup("failed", 0, Reason.STORE_UNREACHABLE);
    RetentionTurn.Turn turn = turn();
    assertThat(turn.told().goes()).isEmpty();
    assertThat(turn.told().holds())
        .singleElement()
        .satisfies(hold -> assertThat(hold.cause()).isEqualTo("VerificationFails"));
    schedule.said(turn.told());
    assertThat(turn().removals()).isEmpty();
  }

  /** snapscheduler 688: what failed took the places of what did not. */
  @Test
  void snapscheduler688FailedOnesTakeNoPlaces() {
    schedule
        .backup("good-1", 1, Reason.SUCCEEDED)
        .backup("failed-2", 2, Reason.STORE_FULL)
        .backup("failed-3", 3, Reason.STORE_FULL)
        .backup("good-4", 4, Reason.SUCCEEDED)
        .backup("good-5", 5, Reason.SUCCEEDED);
    assertThat(names(turn().told().goes())).containsExactly("good-5", "failed-3", "failed-2");
  }

  /** snapscheduler 667: grouped by the claim's name, a recreated one inherits the old one's. */
  @Test
  void snapscheduler667AnotherIdentityIsAnotherDatabase() {
    days(4);
    schedule.backup("other-9", "nightly", "other", Type.SCHEDULED, 9, Reason.SUCCEEDED);
    assertThat(names(turn().told().goes())).doesNotContain("other-9");
  }

  /** VolSync 801: retries pushed history out of retention. Unchanged runs write nothing, too. */
  @Test
  void volsync801RunsThatWroteNothingTakeNoPlaces() {
    days(2);
    for (int i = 0; i < 5; i++) {
      schedule.backup("same-" + i, 0, Reason.UNCHANGED);
    }
    RetentionTurn.Turn turn = turn();
    assertThat(names(turn.told().goes())).hasSize(2).allMatch(name -> name.startsWith("same-"));
    assertThat(turn.told().goes())
        .allSatisfy(one -> assertThat(one.cause()).isEqualTo(RetentionTurn.UNCHANGED));
  }

  @Test
  void whatAnotherScheduleKeepsIsUpToThatOne() {
    days(2);
    for (int i = 3; i < 9; i++) {
      schedule.backup("weekly-" + i, "weekly", "db", Type.SCHEDULED, i, Reason.SUCCEEDED);
    }
    assertThat(turn().told().goes()).isEmpty();
  }

  @Test
  void operationsAndManualOnesAreNotTheSchedules() {
    days(2);
    for (int i = 3; i < 12; i++) {
      schedule.backup("op-" + i, null, "db", Type.PRE_MIGRATION, i, Reason.SUCCEEDED);
      schedule.backup("hand-" + i, null, "db", Type.MANUAL, i, Reason.SUCCEEDED);
    }
    assertThat(turn().told().goes()).isEmpty();
    schedule.retention = new Retention(2, null, null, null, null, null, null, null, 3);
    assertThat(names(turn().told().goes())).hasSize(6).allMatch(name -> name.startsWith("hand-"));
  }

  @Test
  void oneInUseStays() {
    days(4);
    schedule.inUse("b4", "DatabaseRestore/back");
    assertThat(names(turn().told().goes())).containsExactly("b3");
  }

  @Test
  void neverMoreAtOnceThanBackupsAreMadeAtOnce() {
    days(10);
    schedule.said(turn().told());
    assertThat(turn().removals()).hasSize(3);
    schedule.deleting("b10");
    schedule.deleting("b9");
    assertThat(turn().removals()).hasSize(1);
    schedule.suspend = true;
    assertThat(turn().removals()).as("suspended").isEmpty();
  }

  @Test
  void statusIsBoundedForThreeHundredDatabases() {
    schedule.databases.clear();
    for (int i = 0; i < 300; i++) {
      schedule.databases.add(ScheduleFixture.covered("db" + i));
      for (int day = 1; day < 5; day++) {
        schedule.backup(
            "db%d-%d".formatted(i, day),
            "nightly",
            "db" + i,
            Type.SCHEDULED,
            day,
            Reason.SUCCEEDED);
      }
    }
    RetentionTurn.Turn turn = turn();
    assertThat(turn.told().goes()).hasSize(BackupScheduleStatus.MAX_GOES);
    assertThat(turn.told().goesTotal()).isEqualTo(600);
  }

  @Test
  void snapshotsThatAreReadyCountAmongThemselves() {
    schedule.backup("file-9", 9, Reason.SUCCEEDED);
    schedule.method = Method.VOLUME_SNAPSHOT;
    days(4);
    assertThat(names(turn().told().goes())).containsExactly("b4", "b3");
  }

  private void days(int count) {
    for (int day = 1; day <= count; day++) {
      schedule.backup("b" + day, day, Reason.SUCCEEDED);
    }
  }

  private RetentionTurn.Turn turn() {
    return RetentionTurn.plan(schedule.seen(), ZoneOffset.UTC);
  }

  private static List<String> names(List<Goes> goes) {
    return goes.stream().map(Goes::backup).toList();
  }
}
