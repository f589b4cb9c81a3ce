package dev.litehaven.operator.workload;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.litehaven.operator.workload.PodState.NodeState;
import dev.litehaven.operator.workload.PodState.Phase;
import dev.litehaven.operator.workload.WorkloadObserver.Surroundings;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.apps.ControllerRevision;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.ReplicaSet;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ObservationFactoryTest {
  private static final WorkloadRef APP =
      new WorkloadRef(WorkloadRef.Kind.DEPLOYMENT, "shop", "app");
  private static final Surroundings NOTHING =
      new Surroundings("data", List.of(), Map.of(), List.of(), List.of());

  @Test
  void readsADeploymentWithItsReplicaSets() {
    WorkloadObservation seen =
        ObservationFactory.of(
            APP,
            deployment("{maxSurge: 1, maxUnavailable: 0}", "img:2", ""),
            List.of(replicaSet("v1", 1, "img:1"), replicaSet("v2", 2, "img:2")),
            NOTHING);
    assertThat(seen.newestTemplate()).contains("v2");
    assertThat(seen.specGated()).isTrue();
    assertThat(seen.controllerUpToDate()).isTrue();
    assertThat(seen.template("v1").orElseThrow())
        .isEqualTo(new TemplateState("v1", 1, true, 1, List.of("img:1"), "exceeded quota"));
    assertThat(seen.fieldOwners()).containsEntry("replicas", "argocd-controller");
    assertThat(seen.fieldOwners()).doesNotContainKey("paused");
    assertThat(((Rollout.OfDeployment) seen.rollout()).keepsOldTemplate()).isTrue();
  }

  @Test
  void theNewestTemplateIsUnknownWhileNoReplicaSetOfItExists() {
    WorkloadObservation seen =
        ObservationFactory.of(
            APP, deployment("{}", "img:3", ""), List.of(replicaSet("v1", 1, "img:1")), NOTHING);
    assertThat(seen.newestTemplate()).isEmpty();
  }

  @Test
  void percentagesAreResolvedAsTheControllerDoes() {
    assertThat(rollout("{maxSurge: 25%, maxUnavailable: 25%}").keepsOldTemplate()).isTrue();
    assertThat(rollout("{}").keepsOldTemplate()).isTrue();
    assertThat(rollout("{maxSurge: 0, maxUnavailable: 25%}"))
        .isEqualTo(new Rollout.OfDeployment(false, false, 0, 1, 600));
    assertThat(rollout("{maxSurge: 1, maxUnavailable: 100%}").keepsOldTemplate()).isFalse();
  }

  @Test
  void aRecordThatIsHalfWrittenIsAProblemAndNotNothing() {
    WorkloadObservation seen =
        ObservationFactory.of(APP, deployment("{}", "img:1", "{\"run\":"), List.of(), NOTHING);
    assertThat(seen.quiesced()).isEmpty();
    assertThat(seen.quiescedProblem()).isNotEmpty();
    assertThat(
            ObservationFactory.of(
                    APP, deployment("{}", "img:1", "{\"run\":\"r\"}"), List.of(), NOTHING)
                .quiescedProblem())
        .isNotEmpty();
  }

  @Test
  void aRecordIsReadBackAsItWasWritten() {
    var record =
        new Quiesced("r", Quiesced.Method.HOLD, 1, true, 0, Optional.of("v1"), Optional.empty());
    String text = QuiescedFormat.write(record);
    assertThat(text)
        .isEqualTo(
            "{\"run\":\"r\",\"method\":\"Hold\",\"replicas\":1,\"pausedBefore\":true,\"partitionBefore\":0,\"oldTemplate\":\"v1\"}");
    assertThat(QuiescedFormat.read(text)).isEqualTo(record);
  }

  @Test
  void aReplicaSetThatHasNotSeenItsSpecMayStillMakePods() {
    ReplicaSet behind = replicaSet("v1", 1, "img:1");
    behind.getMetadata().setGeneration(2L);
    assertThat(
            ObservationFactory.of(APP, deployment("{}", "img:1", ""), List.of(behind), NOTHING)
                .controllerUpToDate())
        .isFalse();
  }

  @Test
  void readsAStatefulSetWithItsRevisions() {
    StatefulSet set =
        Yaml.parse(
            """
            apiVersion: apps/v1
            kind: StatefulSet
            metadata: {name: app, namespace: shop, uid: u, resourceVersion: "5", generation: 3}
            spec:
              replicas: 1
              updateStrategy: {type: RollingUpdate, rollingUpdate: {partition: 1}}
              persistentVolumeClaimRetentionPolicy: {whenScaled: Delete, whenDeleted: Retain}
              template: {spec: {schedulingGates: [{name: litehaven.dev/hold}], containers: []}}
            status: {observedGeneration: 3, currentRevision: app-1, updateRevision: app-2}
            """,
            StatefulSet.class);
    WorkloadObservation seen =
        ObservationFactory.of(
            new WorkloadRef(WorkloadRef.Kind.STATEFUL_SET, "shop", "app"),
            set,
            List.of(
                revision("app-1", 1, ""),
                revision("app-2", 2, "schedulingGates: [{name: litehaven.dev/hold}],")),
            NOTHING);
    assertThat(seen.rollout())
        .isEqualTo(new Rollout.OfStatefulSet(false, 1, true, "app-1", "app-2"));
    assertThat(seen.template("app-1").orElseThrow().gated()).isFalse();
    assertThat(seen.template("app-2").orElseThrow().gated()).isTrue();
    assertThat(seen.template("app-2").orElseThrow().images()).containsExactly("img");
    assertThat(WorkloadPlanner.method(seen)).isEqualTo(Quiesced.Method.SCALE);
  }

  @Test
  void aRevisionWithoutATemplateIsNotTakenForAnUngatedOne() {
    ControllerRevision empty =
        Yaml.parse(
            "{apiVersion: apps/v1, kind: ControllerRevision, metadata: {name: x}, revision: 1}",
            ControllerRevision.class);
    assertThatThrownBy(() -> RevisionReading.of(empty)).hasMessageContaining("x");
  }

  @Test
  void aCrashIsPutIntoWords() {
    PodState seen =
        pod(
            "",
            """
            conditions: [{type: PodScheduled, status: "True"}, {type: Ready, status: "False"}]
            containerStatuses:
            - name: app
              ready: false
              restartCount: 4
              state: {waiting: {reason: CrashLoopBackOff, message: back-off 40s}}
              lastState: {terminated: {exitCode: 137, reason: OOMKilled, message: no such column}}
            """);
    assertThat(seen.failing()).isTrue();
    assertThat(seen.words())
        .isEqualTo(
            "container app waits: CrashLoopBackOff: \"back-off 40s\"; before that it ended with exit code 137 (OOMKilled): \"no such column\"; 4 restarts.");
  }

  @Test
  void aSlowStartIsNotCalledAFailure() {
    PodState seen =
        pod(
            "",
            """
            containerStatuses:
            - {name: app, ready: false, restartCount: 0, state: {running: {}}}
            """);
    assertThat(seen.failing()).isFalse();
    assertThat(seen.words()).isEqualTo("container app runs and is not ready.");
  }

  /** Not that of a sidecar which was put in front of it. */
  @Test
  void theImageIsThatOfTheContainerWhichHasTheDatabase() {
    String containers =
        """
        containers:
        - {name: proxy, image: "proxy:1"}
        - {name: app, image: "shop:1", volumeMounts: [{name: d, mountPath: /data}]}
        volumes: [{name: d, persistentVolumeClaim: {claimName: data}}]
        """;
    assertThat(pod(containers, "{}").image()).contains(new AppImage("shop:1", ""));
    assertThat(
            pod(
                    containers,
                    """
                    containerStatuses:
                    - {name: proxy, image: proxy, imageID: "proxy@sha256:00", ready: true, restartCount: 0}
                    - {name: app, image: shop, imageID: "docker-pullable://shop@sha256:11", ready: true, restartCount: 0}
                    """)
                .image())
        .contains(new AppImage("shop:1", "shop@sha256:11"));
    assertThat(pod(containers.replace("claimName: data", "claimName: other"), "{}").image())
        .isEmpty();
  }

  @Test
  void anUnschedulablePodSaysWhy() {
    PodState seen =
        pod(
            "",
            "conditions: [{type: PodScheduled, status: \"False\", reason: Unschedulable, message: 0/1 nodes}]");
    assertThat(seen.words()).isEqualTo("it is not scheduled (Unschedulable: 0/1 nodes).");
  }

  @Test
  void ourGateIsFoundAmongOthers() {
    PodState seen = pod("schedulingGates: [{name: kueue}, {name: litehaven.dev/hold}]", "{}");
    assertThat(seen.gateIndex()).hasValue(1);
    assertThat(pod("schedulingGates: [{name: kueue}]", "{}").gated()).isFalse();
  }

  @Test
  void verifiedIsWantedOnlyWhereThePodAsksForIt() {
    String gate = "readinessGates: [{conditionType: litehaven.dev/verified}]";
    assertThat(pod(gate, "{}").wantsVerified()).isTrue();
    assertThat(pod("", "{}").wantsVerified()).isFalse();
    assertThat(
            pod(gate, "conditions: [{type: litehaven.dev/verified, status: \"True\"}]")
                .wantsVerified())
        .isFalse();
  }

  @Test
  void phasesAndNodesAreRead() {
    assertThat(pod("nodeName: n", "phase: Failed").phase()).isEqualTo(Phase.FINISHED);
    PodState here = pod("nodeName: n", "phase: Running");
    assertThat(here.phase()).isEqualTo(Phase.LIVE);
    assertThat(here.nodeState()).isEqualTo(NodeState.NOT_READY);
    assertThat(pod("nodeName: other", "phase: Running").nodeState())
        .isEqualTo(NodeState.NOT_CHECKED);
  }

  private static Rollout.OfDeployment rollout(String rollingUpdate) {
    return (Rollout.OfDeployment)
        ObservationFactory.of(APP, deployment(rollingUpdate, "img:1", ""), List.of(), NOTHING)
            .rollout();
  }

  private static Deployment deployment(String rollingUpdate, String image, String record) {
    return Yaml.parse(
        """
        apiVersion: apps/v1
        kind: Deployment
        metadata:
          name: app
          namespace: shop
          uid: u
          resourceVersion: "5"
          generation: 2
          annotations: {litehaven.dev/quiesced: '%s'}
          managedFields:
          - {manager: kubectl, operation: Update, time: "2026-01-01T00:00:00Z", fieldsV1: {"f:spec": {"f:replicas": {}}}}
          - {manager: argocd-controller, operation: Apply, time: "2026-01-02T00:00:00Z", fieldsV1: {"f:spec": {"f:replicas": {}}}}
        spec:
          replicas: 1
          strategy: {type: RollingUpdate, rollingUpdate: %s}
          template: %s
        status: {observedGeneration: 2}
        """
            .formatted(record, rollingUpdate, template(image, "")),
        Deployment.class);
  }

  private static ReplicaSet replicaSet(String hash, int revision, String image) {
    return Yaml.parse(
        """
        apiVersion: apps/v1
        kind: ReplicaSet
        metadata:
          name: app-%s
          generation: 1
          labels: {pod-template-hash: %s}
          annotations: {deployment.kubernetes.io/revision: "%d"}
        spec: {replicas: 1, template: %s}
        status:
          observedGeneration: 1
          conditions: [{type: ReplicaFailure, status: "True", message: exceeded quota}]
        """
            .formatted(hash, hash, revision, template(image, ", pod-template-hash: " + hash)),
        ReplicaSet.class);
  }

  private static String template(String image, String label) {
    return "{metadata: {labels: {app: a%s}}, spec: {schedulingGates: [{name: litehaven.dev/hold}], containers: [{name: c, image: \"%s\"}]}}"
        .formatted(label, image);
  }

  private static ControllerRevision revision(String name, int revision, String gates) {
    return Yaml.parse(
        """
        {apiVersion: apps/v1, kind: ControllerRevision, metadata: {name: %s}, revision: %d,
         data: {spec: {template: {$patch: replace, spec: {%s containers: [{name: c, image: img}]}}}}}
        """
            .formatted(name, revision, gates),
        ControllerRevision.class);
  }

  private static PodState pod(String spec, String status) {
    Pod pod =
        Yaml.parse(
            """
            apiVersion: v1
            kind: Pod
            metadata: {name: p, uid: u, resourceVersion: "1", creationTimestamp: "2026-01-01T00:00:00Z"}
            """,
            Pod.class);
    pod.setSpec(
        Yaml.parse(
            (spec.contains("containers:") ? "" : "containers: []\n") + spec,
            io.fabric8.kubernetes.api.model.PodSpec.class));
    pod.setStatus(Yaml.parse(status, io.fabric8.kubernetes.api.model.PodStatus.class));
    return PodReading.of(
        pod, "v1", new Surroundings("data", List.of(), Map.of("n", false), List.of(), List.of()));
  }
}
