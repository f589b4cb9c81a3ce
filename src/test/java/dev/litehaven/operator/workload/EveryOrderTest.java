package dev.litehaven.operator.workload;

import static org.assertj.core.api.Assertions.assertThat;

import dev.litehaven.operator.workload.EveryOrder.Step;
import dev.litehaven.operator.workload.EveryOrder.Step.ChangeData;
import dev.litehaven.operator.workload.EveryOrder.Step.Reach;
import dev.litehaven.operator.workload.WorkloadGoal.Released;
import dev.litehaven.operator.workload.WorkloadGoal.Started;
import dev.litehaven.operator.workload.WorkloadGoal.Stopped;
import dev.litehaven.operator.workload.WorkloadGoal.Template.New;
import dev.litehaven.operator.workload.WorkloadGoal.Template.Old;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;

/** Every order of operator, controllers, kubelet, evictions and new templates, by search. */
class EveryOrderTest {
  private static final Step STOP = reach(new Stopped("run", Optional.of("v1")));
  private static final Step START_OLD = reach(new Started("run", new Old()));
  private static final Step START_NEW = reach(new Started("run", new New()));
  private static final Step RELEASE = reach(new Released("run"));
  private static final Step CHANGE = new ChangeData();

  /** Migrate and start the new template; an abort goes to putting the data and the old one back. */
  private static final List<Step> MIGRATE = List.of(STOP, CHANGE, START_NEW, RELEASE);

  /** The new template never gets ready: back to the old data and the old template. */
  private static final List<Step> MIGRATE_AND_FAIL =
      List.of(
          STOP,
          CHANGE,
          new Reach(new Started("run", new New()), Optional.of(3)),
          STOP,
          CHANGE,
          START_OLD,
          RELEASE);

  /** Whatever happened: stop, data back, old template. */
  private static final List<Step> ABORTED = List.of(STOP, CHANGE, STOP, CHANGE, START_OLD, RELEASE);

  @Test
  void deploymentComesBackAfterAStopWithoutAnUpdate() {
    deployment(
        DeploymentModel.running(true),
        List.of(STOP, CHANGE, START_OLD, RELEASE),
        succeeded(),
        runs("v1"));
  }

  @Test
  void deploymentTakesTheNewTemplate() {
    deployment(
        DeploymentModel.running(true).withWaitingUpdate(),
        MIGRATE,
        succeeded(),
        runs("v2").and(m -> m.sets().get("v1") == 0));
  }

  @Test
  void deploymentGoesBackToTheOldTemplateWhenTheNewOneFails() {
    deployment(
        DeploymentModel.running(true).withWaitingUpdate().with(m -> m.bad("v2")),
        MIGRATE_AND_FAIL,
        failed(),
        runs("v1").and(m -> m.sets().get("v2") == 1 && m.pods().all().size() == 2));
  }

  @Test
  void deploymentKeepsTheOldTemplateWhenAThirdOneArrivesAtAnyTime() {
    deployment(
        DeploymentModel.running(true)
            .withWaitingUpdate()
            .with(m -> m.bad("v2").bad("v3").newTemplates(1)),
        MIGRATE_AND_FAIL,
        failed(),
        runs("v1"));
  }

  @Test
  void deploymentSurvivesEvictionsAtAnyTime() {
    deployment(
        DeploymentModel.running(true).withWaitingUpdate().with(m -> m.bad("v2").evictions(1)),
        MIGRATE_AND_FAIL,
        failed(),
        runs("v1"));
  }

  @Test
  void deploymentComesBackWhenItsAnnotationsAreReplacedAtAnyTime() {
    deployment(
        DeploymentModel.running(true).withWaitingUpdate().with(m -> m.bad("v2").wipes(1)),
        MIGRATE_AND_FAIL,
        failed(),
        runs("v1"));
  }

  @Test
  void deploymentComesBackWhenTheRunIsAbortedAtAnyTime() {
    int states =
        new EveryOrder<DeploymentModel>(ABORTED, Optional.of(2), failed())
            .run(DeploymentModel.running(true).withWaitingUpdate(), runs("v1"));
    assertThat(states).isGreaterThan(20);
  }

  @Test
  void deploymentFoundPausedIsLeftPaused() {
    deployment(
        DeploymentModel.running(true).with(DeploymentModel.Draft::foundPaused),
        List.of(STOP, CHANGE, START_OLD, RELEASE),
        succeeded(),
        m -> m.paused() && m.record().isEmpty() && onlyRuns(m, "v1"));
  }

  @Test
  void deploymentWithoutTheGateIsScaledDownAndUp() {
    deployment(
        DeploymentModel.running(false),
        List.of(STOP, CHANGE, START_OLD, RELEASE),
        succeeded(),
        runs("v1").and(m -> m.replicas() == 1));
  }

  @Test
  void scaledDeploymentComesBackWhenItsAnnotationsAreReplacedAtAnyTime() {
    deployment(
        DeploymentModel.running(false).with(m -> m.wipes(1)),
        List.of(STOP, CHANGE, START_OLD, RELEASE),
        succeeded(),
        runs("v1").and(m -> m.replicas() == 1));
  }

  @Test
  void statefulSetComesBackAfterAStopWithoutAnUpdate() {
    statefulSet(
        StatefulSetModel.running(true, 1),
        List.of(STOP, CHANGE, START_OLD, RELEASE),
        succeeded(),
        running("v1", 1));
  }

  @Test
  void statefulSetTakesTheNewTemplateAndGetsItsPartitionBack() {
    statefulSet(
        StatefulSetModel.running(true, 1).withWaitingUpdate(),
        MIGRATE,
        succeeded(),
        running("v2", 1).and(m -> m.current().equals("v2")));
  }

  @Test
  void statefulSetGoesBackToTheOldTemplateWhenTheNewOneFails() {
    statefulSet(
        StatefulSetModel.running(true, 1).withWaitingUpdate().with(m -> m.bad("v2")),
        MIGRATE_AND_FAIL,
        failed(),
        running("v1", 1).and(m -> m.update().equals("v2")));
  }

  @Test
  void statefulSetSurvivesEvictionsAtAnyTime() {
    statefulSet(
        StatefulSetModel.running(true, 1).withWaitingUpdate().with(m -> m.bad("v2").evictions(2)),
        MIGRATE_AND_FAIL,
        failed(),
        running("v1", 1));
  }

  @Test
  void statefulSetKeepsTheOldTemplateWhenAThirdOneArrivesAtAnyTime() {
    statefulSet(
        StatefulSetModel.running(true, 1)
            .withWaitingUpdate()
            .with(m -> m.bad("v2").bad("v3").newTemplates(1)),
        MIGRATE_AND_FAIL,
        failed(),
        running("v1", 1));
  }

  @Test
  void statefulSetAtPartitionZeroIsStoppedAndStartedAndGetsItsPartitionBack() {
    statefulSet(
        StatefulSetModel.running(true, 0),
        List.of(STOP, CHANGE, START_OLD, RELEASE),
        succeeded(),
        running("v1", 0));
  }

  @Test
  void statefulSetAtPartitionZeroKeepsTheHigherPartitionWhenTheOldTemplateMustRun() {
    statefulSet(
        StatefulSetModel.running(true, 0).withWaitingUpdate().with(m -> m.bad("v2")),
        MIGRATE_AND_FAIL,
        failed(),
        running("v1", 1));
  }

  @Test
  void statefulSetWithoutTheGateIsScaledDownAndUp() {
    statefulSet(
        StatefulSetModel.running(false, 0),
        List.of(STOP, CHANGE, START_OLD, RELEASE),
        succeeded(),
        running("v1", 0).and(m -> m.replicas() == 1));
  }

  private static void deployment(
      DeploymentModel start,
      List<Step> program,
      Gatekeeper.Circumstances afterwards,
      Predicate<DeploymentModel> end) {
    int states =
        new EveryOrder<DeploymentModel>(program, Optional.empty(), afterwards).run(start, end);
    assertThat(states).isGreaterThan(10);
  }

  private static void statefulSet(
      StatefulSetModel start,
      List<Step> program,
      Gatekeeper.Circumstances afterwards,
      Predicate<StatefulSetModel> end) {
    int states =
        new EveryOrder<StatefulSetModel>(program, Optional.empty(), afterwards).run(start, end);
    assertThat(states).isGreaterThan(10);
  }

  private static Predicate<DeploymentModel> runs(String template) {
    return m -> !m.paused() && m.record().isEmpty() && onlyRuns(m, template);
  }

  private static Predicate<StatefulSetModel> running(String template, int partition) {
    return m -> m.partition() == partition && m.record().isEmpty() && onlyRuns(m, template);
  }

  private static boolean onlyRuns(Model<?> model, String template) {
    return model.running().size() == 1
        && model.running().getFirst().ready()
        && model.running().getFirst().template().equals(template);
  }

  private static Gatekeeper.Circumstances succeeded() {
    return new Gatekeeper.Circumstances(
        Optional.empty(), Optional.empty(), _ -> true, "1", _ -> Optional.empty(), false);
  }

  private static Gatekeeper.Circumstances failed() {
    return new Gatekeeper.Circumstances(
        Optional.of("v1"),
        Optional.of("the failed migration"),
        _ -> true,
        "1",
        _ -> Optional.empty(),
        false);
  }

  private static Step reach(WorkloadGoal goal) {
    return new Reach(goal, Optional.empty());
  }
}
