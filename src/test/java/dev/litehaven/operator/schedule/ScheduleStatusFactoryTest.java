package dev.litehaven.operator.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import dev.litehaven.api.v1alpha1.BackupScheduleStatus;
import dev.litehaven.crd.CrdBounds;
import dev.litehaven.operator.schedule.DatabaseProgress.OpenRun;
import dev.litehaven.operator.schedule.SchedulePlan.Cause;
import dev.litehaven.operator.schedule.SchedulePlan.Waiting;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ScheduleStatusFactoryTest {
  private static final Instant TIME = Instant.parse("2026-03-01T12:00:00.123456Z");

  @Test
  void whatTheSchedulePlannerRemembersComesBackAsItWas() {
    assertThat(through(state(full("a"), empty("b")))).isEqualTo(state(full("a"), empty("b")));
  }

  @Test
  void nothingIsRememberedBeforeTheFirstLook() {
    assertThat(ScheduleStatusFactory.state(BackupScheduleStatus.unobserved()))
        .isEqualTo(ScheduleState.none());
  }

  @Test
  void threeHundredDatabasesFitOnStatus() {
    var many = new ArrayList<DatabaseProgress>();
    for (int i = 0; i < 300; i++) {
      many.add(full("namespace-%03d/%s".formatted(i, "d".repeat(60))));
    }
    BackupScheduleStatus status = status(state(many.toArray(DatabaseProgress[]::new)));
    CrdBounds.status("backupschedules").check(status);
    assertThat(Serialization.asJson(status).length())
        .as("etcd takes 1.5 MB of a resource")
        .isLessThan(300_000);
    assertThat(status.waiting()).hasSize(BackupScheduleStatus.MAX_WAITING);
  }

  private static ScheduleState through(ScheduleState state) {
    String written = Serialization.asJson(status(state));
    return ScheduleStatusFactory.state(
        Serialization.unmarshal(written, BackupScheduleStatus.class));
  }

  private static BackupScheduleStatus status(ScheduleState state) {
    List<Waiting> waiting =
        state.databases().stream()
            .map(
                one ->
                    new Waiting(
                        one.identity(),
                        new RunKey.Scheduled(TIME),
                        Cause.MAX_CONCURRENT,
                        Optional.empty(),
                        "3 runs go on"))
            .toList();
    var plan =
        new SchedulePlan(
            List.of(),
            List.of(),
            waiting,
            List.of(),
            state,
            Optional.of(TIME),
            Optional.of(TIME),
            Optional.empty());
    return new SchedulePlanDraft(new ScheduleFixture().seen())
        .of(plan, new BackupScheduleStatus.Retention(List.of(), 0, List.of(), 0), null);
  }

  private static ScheduleState state(DatabaseProgress... databases) {
    return new ScheduleState(
        "@daily (0 0 * * *) UTC",
        true,
        Optional.of("now"),
        Optional.of(TIME),
        Optional.of(TIME.plusSeconds(1)),
        Optional.of(TIME.plusSeconds(2)),
        3,
        4,
        List.of(databases));
  }

  private static DatabaseProgress full(String identity) {
    return new DatabaseProgress(
        identity,
        TIME,
        Optional.of(TIME.plusSeconds(1)),
        Optional.of(new OpenRun(new RunKey.Requested("please"), TIME.plusSeconds(2))),
        Optional.of("token"),
        Optional.of(TIME.plusSeconds(3)),
        Optional.of(TIME.plusSeconds(4)),
        2,
        5);
  }

  private static DatabaseProgress empty(String identity) {
    return new DatabaseProgress(
        identity,
        TIME,
        Optional.empty(),
        Optional.of(new OpenRun(new RunKey.Scheduled(TIME), TIME)),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        0,
        0);
  }
}
