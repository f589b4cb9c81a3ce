package dev.litehaven.operator.workload;

import static org.assertj.core.api.Assertions.assertThat;

import dev.litehaven.operator.workload.WorkloadActor.Outcome;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Claims under the real controllers. */
@Tag("cluster")
class ClaimGuardClusterTest {
  private final Cluster cluster = new Cluster();
  private final ClaimGuard guard = new ClaimGuard(cluster.client);

  @AfterEach
  void removeNamespace() {
    guard.letGo(cluster.namespace, "data");
    cluster.close();
  }

  @Test
  void theClaimOfAGatedPodOutlivesItsDeletionWhileItIsHeld() {
    cluster.apply(
        """
        apiVersion: v1
        kind: PersistentVolumeClaim
        metadata: {name: data}
        spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 16Mi}}}
        """);
    cluster.apply(
        """
        apiVersion: v1
        kind: Pod
        metadata: {name: held}
        spec:
          schedulingGates: [{name: litehaven.dev/hold}]
          containers: [{name: app, image: "python:3.13-slim"}]
          volumes: [{name: data, persistentVolumeClaim: {claimName: data}}]
        """);

    // Controllers write to a fresh claim: a guard that comes too late for its version is repeated.
    cluster.await(() -> guard.guard(cluster.namespace, "data"), Outcome.DONE::equals);
    assertThat(guard.guard(cluster.namespace, "data")).isEqualTo(Outcome.DONE);
    cluster
        .client
        .persistentVolumeClaims()
        .inNamespace(cluster.namespace)
        .withName("data")
        .delete();

    // Kubernetes lets go of its own finalizer, as no pod past its gates uses the claim.
    PersistentVolumeClaim left =
        cluster.await(
            this::claim,
            c ->
                c == null
                    || c.getMetadata()
                        .getFinalizers()
                        .equals(java.util.List.of(ClaimGuard.FINALIZER)));
    assertThat(left).isNotNull();

    cluster.await(() -> guard.letGo(cluster.namespace, "data"), Outcome.DONE::equals);
    assertThat(cluster.await(this::claim, java.util.Objects::isNull)).isNull();
    assertThat(guard.letGo(cluster.namespace, "data")).isEqualTo(Outcome.DONE);
    assertThat(guard.guard(cluster.namespace, "data")).isEqualTo(Outcome.STALE);
  }

  private PersistentVolumeClaim claim() {
    return cluster
        .client
        .persistentVolumeClaims()
        .inNamespace(cluster.namespace)
        .withName("data")
        .get();
  }
}
