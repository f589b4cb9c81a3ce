package dev.litehaven.operator.workload;

import static dev.litehaven.operator.workload.Seen.deployment;
import static dev.litehaven.operator.workload.Seen.gated;
import static dev.litehaven.operator.workload.Seen.leaving;
import static dev.litehaven.operator.workload.Seen.ready;
import static dev.litehaven.operator.workload.Seen.starting;
import static dev.litehaven.operator.workload.Seen.statefulSet;
import static org.assertj.core.api.Assertions.assertThat;

import dev.litehaven.operator.workload.PodState.NodeState;
import dev.litehaven.operator.workload.PodState.Phase;
import dev.litehaven.operator.workload.WorkloadAction.DeletePod;
import dev.litehaven.operator.workload.WorkloadAction.OpenPod;
import dev.litehaven.operator.workload.WorkloadAction.PatchWorkload;
import dev.litehaven.operator.workload.WorkloadAction.VerifyPod;
import dev.litehaven.operator.workload.WorkloadGoal.Released;
import dev.litehaven.operator.workload.WorkloadGoal.Started;
import dev.litehaven.operator.workload.WorkloadGoal.Stopped;
import dev.litehaven.operator.workload.WorkloadGoal.Template.New;
import dev.litehaven.operator.workload.WorkloadGoal.Template.Old;
import dev.litehaven.operator.workload.WorkloadPlan.Act;
import dev.litehaven.operator.workload.WorkloadPlan.Reached;
import dev.litehaven.operator.workload.WorkloadPlan.Refuse;
import dev.litehaven.operator.workload.WorkloadPlan.Wait;
import dev.litehaven.protocol.Reason;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

/** What was seen of gated pods under real controllers, case by case, and the answer to it. */
class HoldTableTest {
  private static final Stopped STOP = new Stopped("run", Optional.empty());
  private static final Started OLD = new Started("run", new Old());
  private static final Started NEW = new Started("run", new New());
  private static final Released RELEASE = new Released("run");

  @Test
  void newTemplateWaitsBesideTheRunningOneAndTheStopBeginsWithAPause() {
    WorkloadObservation seen =
        deployment()
            .template("v1", 1)
            .template("v2", 1)
            .pods(ready("a", "v1"), gated("b", "v2"))
            .now();

    assertThat(WorkloadPlanner.plan(seen, STOP))
        .isEqualTo(
            new Act(
                Reason.STOPPING,
                "Pausing Deployment app for run run.",
                List.of(
                    new PatchWorkload(
                        "uid-app",
                        "1",
                        Optional.of(
                            new Quiesced(
                                "run",
                                Quiesced.Method.HOLD,
                                1,
                                false,
                                0,
                                Optional.of("v1"),
                                Optional.of("v2"))),
                        Optional.of(true),
                        OptionalInt.empty(),
                        OptionalInt.empty()))));
  }

  @Test
  void theControllerMustHaveSeenThePauseBeforeThePodIsDeleted() {
    var seen = deployment().template("v1", 1).pods(ready("a", "v1")).hold("run", "v1", "v1");
    seen.upToDate = false;
    assertWaits(WorkloadPlanner.plan(seen.now(), STOP), Reason.STOPPING);
    seen.upToDate = true;
    assertActs(WorkloadPlanner.plan(seen.now(), STOP), new DeletePod("a", "uid-a"));
  }

  @Test
  void newTemplatesWhileTheOldIsNotReadyTheLastOneLetInIsRemembered() {
    // The old pod was evicted: nothing runs, both templates wait.
    var seen =
        deployment()
            .template("v1", 1)
            .template("v2", 1)
            .pods(gated("a", "v1"), gated("b", "v2"))
            .now();
    Act act = (Act) WorkloadPlanner.plan(seen, new Stopped("run", Optional.of("v2")));
    assertThat(((PatchWorkload) act.actions().getFirst()).quiesced().orElseThrow().oldTemplate())
        .contains("v2");
  }

  @Test
  void rolloutUndoOfAScaledDownTemplateIsNamedWithItsRevisionAndImage() {
    var seen =
        deployment()
            .template("v1", 0)
            .template("v2", 1)
            .pods(gated("b", "v2"))
            .hold("run", "v1", "v2")
            .now();
    assertThat(WorkloadPlanner.plan(seen, OLD))
        .isInstanceOfSatisfying(
            Refuse.class,
            r -> {
              assertThat(r.reason()).isEqualTo(Reason.WORKLOAD_NOT_READY);
              assertThat(r.message())
                  .contains("image shop:v1")
                  .contains("kubectl rollout undo -n shop deployment/app --to-revision=1");
            });
  }

  @Test
  void progressDeadlineIsWarnedOfUnlessItIsSwitchedOff() {
    var seen = deployment().template("v1", 1).pods(ready("a", "v1"));
    assertThat(WorkloadReview.review(seen.now())).isEmpty();
    seen.progressDeadline = 600;
    assertThat(WorkloadReview.review(seen.now()))
        .singleElement()
        .satisfies(
            c -> {
              assertThat(c.blocks()).isFalse();
              assertThat(c.message()).contains("progressDeadlineSeconds 600", "2147483647");
            });
  }

  @Test
  void threeReplicasAreRefused() {
    var seen = deployment().template("v1", 3).pods(ready("a", "v1"));
    seen.replicas = 3;
    assertThat(WorkloadPlanner.plan(seen.now(), STOP))
        .isInstanceOfSatisfying(
            Refuse.class,
            r -> {
              assertThat(r.reason()).isEqualTo(Reason.WORKLOAD_NOT_SUPPORTED);
              assertThat(r.message()).contains("3 replicas").contains("Set replicas: 1");
            });
  }

  @Test
  void noReplicasIsStoppedAtOnceAndNothingIsStarted() {
    var seen = deployment().template("v1", 0).hold("run", "v1", "v1");
    seen.replicas = 0;
    assertThat(WorkloadPlanner.plan(seen.now(), STOP)).isInstanceOf(Reached.class);
    assertThat(WorkloadPlanner.plan(seen.now(), OLD)).isInstanceOf(Reached.class);
  }

  @Test
  void recreateCanOnlyStopAndStartAndSaysSo() {
    var seen = deployment().template("v1", 1).pods(ready("a", "v1"));
    seen.recreate = true;
    assertThat(WorkloadReview.review(seen.now()))
        .singleElement()
        .satisfies(c -> assertThat(c.message()).contains("strategy Recreate", "maxSurge: 1"));
    assertThat(WorkloadPlanner.plan(seen.now(), STOP)).isInstanceOf(Act.class);
  }

  @Test
  void maxUnavailableOneCanOnlyStopAndStartAndSaysSo() {
    var seen = deployment().template("v1", 1).pods(ready("a", "v1"));
    seen.maxUnavailable = 1;
    assertThat(WorkloadReview.review(seen.now()))
        .singleElement()
        .satisfies(c -> assertThat(c.message()).contains("maxSurge 1 with maxUnavailable 1"));
  }

  @Test
  void statefulSetAtPartitionZeroIsAskedForAPartition() {
    var seen = statefulSet().template("v1", 0).pods(ready("app-0", "v1"));
    seen.partition = 0;
    assertThat(WorkloadReview.review(seen.now()))
        .singleElement()
        .satisfies(c -> assertThat(c.message()).contains("partition: 1"));
  }

  @Test
  void statefulSetAtPartitionOneNewTemplateIsStartedByPartitionZero() {
    var seen =
        statefulSet()
            .template("v1", 0)
            .template("v2", 0)
            .pods(gated("app-0", "v1"))
            .hold("run", "v1", "v2");
    seen.update = "v2";
    assertThat(patch(WorkloadPlanner.plan(seen.now(), NEW)).partition()).hasValue(0);
    seen.partition = 0;
    assertActs(WorkloadPlanner.plan(seen.now(), NEW), new DeletePod("app-0", "uid-app-0"));
    seen.pods.clear();
    seen.pods(gated("app-0", "v2"));
    assertActs(WorkloadPlanner.plan(seen.now(), NEW), new OpenPod("app-0", "uid-app-0", "7", 0));
    seen.pods.clear();
    seen.pods(ready("app-0", "v2"));
    assertWaits(WorkloadPlanner.plan(seen.now(), NEW), Reason.STARTING);
    seen.current = "v2";
    assertThat(patch(WorkloadPlanner.plan(seen.now(), NEW)).partition()).hasValue(1);
    seen.partition = 1;
    assertThat(WorkloadPlanner.plan(seen.now(), NEW)).isInstanceOf(Reached.class);
  }

  @Test
  void statefulSetScaledFromZeroHasLostTheOldTemplateAndSaysSo() {
    var seen =
        statefulSet()
            .template("v1", 0)
            .template("v2", 0)
            .pods(gated("app-0", "v2"))
            .hold("run", "v1", "v2");
    seen.current = "v2";
    seen.update = "v2";
    assertThat(WorkloadPlanner.plan(seen.now(), OLD))
        .isInstanceOfSatisfying(
            Refuse.class, r -> assertThat(r.message()).contains("--to-revision=1"));
  }

  @Test
  void onDeleteIsRefused() {
    var seen = statefulSet().template("v1", 0).pods(ready("app-0", "v1"));
    seen.onDelete = true;
    assertThat(WorkloadPlanner.plan(seen.now(), STOP))
        .isInstanceOfSatisfying(
            Refuse.class, r -> assertThat(r.reason()).isEqualTo(Reason.WORKLOAD_NOT_SUPPORTED));
  }

  @Test
  void anEvictedGatedPodIsWaitedForAgain() {
    var seen = deployment().template("v1", 1).hold("run", "v1", "v1").now();
    assertWaits(WorkloadPlanner.plan(seen, OLD), Reason.STARTING);
  }

  @Test
  void readinessGateIsSetWhenTheContainersAreReady() {
    var seen = deployment().template("v1", 1).hold("run", "v1", "v1");
    seen.pods(new Seen.Pod("a", "v1").wantsVerified(false).get());
    assertWaits(WorkloadPlanner.plan(seen.now(), OLD), Reason.WAITING_FOR_READINESS);
    seen.pods.clear();
    seen.pods(new Seen.Pod("a", "v1").wantsVerified(true).get());
    assertActs(WorkloadPlanner.plan(seen.now(), OLD), new VerifyPod("a", "uid-a"));
  }

  @Test
  void openingIsOneWaySoStoppingAgainDeletesTheOpenedPod() {
    var seen =
        deployment()
            .template("v1", 1)
            .template("v2", 1)
            .pods(gated("a", "v1"), starting("b", "v2"))
            .hold("run", "v1", "v2")
            .now();
    assertActs(WorkloadPlanner.plan(seen, STOP), new DeletePod("b", "uid-b"));
    assertActs(WorkloadPlanner.plan(seen, OLD), new DeletePod("b", "uid-b"));
  }

  @Test
  void theGatedReplacementIsNotOpenedWhileTheOldPodStillRuns() {
    var seen =
        deployment()
            .template("v1", 1)
            .pods(leaving("a", "v1"), gated("b", "v1"))
            .hold("run", "v1", "v1")
            .now();
    assertWaits(WorkloadPlanner.plan(seen, STOP), Reason.STOPPING);
    assertWaits(WorkloadPlanner.plan(seen, OLD), Reason.STOPPING);
  }

  @Test
  void aTerminatingPodOnANodeThatIsNotReadyWaitsForAHuman() {
    var seen = deployment().template("v1", 1).hold("run", "v1", "v1");
    seen.pods(new Seen.Pod("a", "v1").phase(Phase.TERMINATING).node(NodeState.NOT_READY).get());
    WorkloadPlan plan = WorkloadPlanner.plan(seen.now(), STOP);
    assertWaits(plan, Reason.NODE_UNREACHABLE);
    assertThat(plan.message()).contains("node.kubernetes.io/out-of-service");
  }

  @Test
  void aTerminatingPodSaysWhichFinalizersKeepIt() {
    var seen = deployment().template("v1", 1).hold("run", "v1", "v1");
    seen.pods(new Seen.Pod("a", "v1").phase(Phase.TERMINATING).keptBy("corp/backup").get());
    assertThat(WorkloadPlanner.plan(seen.now(), STOP).message()).contains("corp/backup");
  }

  @Test
  void aFinishedPodHoldsNothing() {
    var seen = deployment().template("v1", 1).hold("run", "v1", "v1");
    seen.pods(new Seen.Pod("a", "v1").phase(Phase.FINISHED).get());
    assertThat(WorkloadPlanner.plan(seen.now(), STOP)).isInstanceOf(Reached.class);
  }

  @Test
  void aCrashingStartIsReportedInItsOwnWords() {
    var seen = deployment().template("v1", 1).hold("run", "v1", "v1");
    seen.pods(new Seen.Pod("a", "v1").failing("container app waits: CrashLoopBackOff").get());
    WorkloadPlan plan = WorkloadPlanner.plan(seen.now(), OLD);
    assertWaits(plan, Reason.WORKLOAD_NOT_READY);
    assertThat(plan.message()).contains("CrashLoopBackOff");
  }

  @Test
  void exactlyOnePodIsOpened() {
    var seen =
        deployment()
            .template("v1", 2)
            .pods(gated("a", "v1"), gated("b", "v1"))
            .hold("run", "v1", "v1")
            .now();
    assertActs(WorkloadPlanner.plan(seen, OLD), new OpenPod("a", "uid-a", "7", 0));
  }

  @Test
  void aTemplateWithoutTheGateIsScaledAndTheReasonIsTold() {
    // The gate has only just come with v2: deleting v1's pod would start another one at once.
    var seen =
        deployment()
            .template("v1", 1, false)
            .template("v2", 1)
            .pods(ready("a", "v1"), gated("b", "v2"))
            .now();
    assertThat(WorkloadPlanner.method(seen)).isEqualTo(Quiesced.Method.SCALE);
    assertThat(WorkloadReview.review(seen))
        .singleElement()
        .satisfies(c -> assertThat(c.message()).contains("pods of v1 were made before"));
    assertThat(patch(WorkloadPlanner.plan(seen, STOP)).replicas()).hasValue(0);
  }

  @Test
  void scalingAStatefulSetThatDeletesItsClaimsIsRefused() {
    var seen = statefulSet().template("v1", 0, false).pods(ready("app-0", "v1"));
    seen.specGated = false;
    seen.deletesClaims = true;
    assertThat(WorkloadPlanner.plan(seen.now(), STOP))
        .isInstanceOfSatisfying(
            Refuse.class,
            r -> {
              assertThat(r.reason()).isEqualTo(Reason.WORKLOAD_NOT_SUPPORTED);
              assertThat(r.message()).contains("whenScaled: Delete");
            });
  }

  @Test
  void scaledUpByAnAutoscalerWhileStoppedIsScaledDownAgainWithTheFirstRecord() {
    var seen = deployment().template("v1", 1, false).pods(ready("a", "v1")).scaled("run", 3);
    seen.specGated = false;
    seen.replicas = 1;
    PatchWorkload patch = patch(WorkloadPlanner.plan(seen.now(), STOP));
    assertThat(patch.replicas()).hasValue(0);
    assertThat(patch.quiesced().orElseThrow().replicas()).isEqualTo(3);
  }

  @Test
  void autoscalersAndGitOpsToolsAreNamed() {
    var seen = deployment().template("v1", 1, false).pods(ready("a", "v1"));
    seen.specGated = false;
    seen.autoscalers.add("HorizontalPodAutoscaler app");
    seen.owners.put("replicas", "argocd-controller");
    assertThat(WorkloadReview.review(seen.now()))
        .extracting(Concern::message)
        .anyMatch(m -> m.contains("HorizontalPodAutoscaler app"))
        .anyMatch(m -> m.contains("owned by argocd-controller"));
  }

  @Test
  void anotherRunsHoldIsWaitedForAndNotReleased() {
    var seen = deployment().template("v1", 1).pods(gated("a", "v1")).hold("other", "v1", "v1");
    assertWaits(WorkloadPlanner.plan(seen.now(), STOP), Reason.WAITING_FOR_LOCK);
    assertWaits(WorkloadPlanner.plan(seen.now(), OLD), Reason.WAITING_FOR_LOCK);
    assertThat(WorkloadPlanner.plan(seen.now(), RELEASE)).isInstanceOf(Reached.class);
  }

  @Test
  void aRecordThatIsNotInEffectAnyMoreIsWrittenOver() {
    var seen = deployment().template("v1", 1).pods(ready("a", "v1")).hold("ghost", "v0", "v0");
    seen.paused = false;
    assertThat(seen.now().heldBy()).isEmpty();
    assertThat(patch(WorkloadPlanner.plan(seen.now(), STOP)).quiesced().orElseThrow().run())
        .isEqualTo("run");
  }

  @Test
  void aRecordThatCannotBeReadStopsEverything() {
    var seen = deployment().template("v1", 1).pods(ready("a", "v1"));
    seen.quiescedProblem = "Unexpected end-of-input";
    for (WorkloadGoal goal : List.of(STOP, OLD, RELEASE)) {
      assertThat(WorkloadPlanner.plan(seen.now(), goal)).isInstanceOf(Refuse.class);
    }
  }

  @Test
  void resumedByAHumanIsPausedAgainWithTheFirstRecord() {
    var seen = deployment().template("v1", 1).pods(gated("a", "v1")).hold("run", "v1", "v1");
    seen.paused = false;
    PatchWorkload patch = patch(WorkloadPlanner.plan(seen.now(), STOP));
    assertThat(patch.paused()).contains(true);
    assertThat(patch.quiesced()).isEqualTo(seen.quiesced);
  }

  private static void assertActs(WorkloadPlan plan, WorkloadAction... actions) {
    assertThat(plan)
        .isInstanceOfSatisfying(
            Act.class, act -> assertThat(act.actions()).containsExactly(actions));
  }

  private static void assertWaits(WorkloadPlan plan, Reason reason) {
    assertThat(plan)
        .isInstanceOfSatisfying(Wait.class, wait -> assertThat(wait.reason()).isEqualTo(reason));
  }

  private static PatchWorkload patch(WorkloadPlan plan) {
    assertThat(plan).isInstanceOf(Act.class);
    return (PatchWorkload) ((Act) plan).actions().getFirst();
  }
}
