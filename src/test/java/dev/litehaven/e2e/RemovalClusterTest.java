package dev.litehaven.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.litehaven.api.v1alpha1.Condition;
import dev.litehaven.api.v1alpha1.DatabaseBackup;
import dev.litehaven.api.v1alpha1.DatabaseRestore;
import io.fabric8.kubernetes.api.model.HasMetadata;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Deleting: what nobody asked to remove stays where it is, and nothing stays in Terminating, not
 * even where a namespace takes the operator's rights with it, or the operator itself.
 */
@Tag("cluster")
class RemovalClusterTest {
  private static final String APP = "library";
  private static final String SHELF = "shelf";
  private static final String ASKED = "\ndeletionPolicy: Delete";

  /** Some seconds in which something can happen while the workload is stopped. */
  private static final String SLOW =
      """
      - version: "001"
        up: |
          CREATE TABLE slow AS WITH RECURSIVE c(x) AS (VALUES (1) UNION ALL SELECT x + 1 FROM c WHERE x < 12000000)
          SELECT count(*) AS n FROM c;
      """;

  @Test
  void whatIsDeletedLeavesTheBackupsThatNobodyAskedToRemove() {
    try (var haven = Haven.withOperator("removal")) {
      var backups = new Backups(haven);
      haven.start(APP, Apps.held(APP, "v1", "holdings.quantity"));
      backups.locationOnClaim(SHELF);
      haven.apply(Apps.migration(APP, APP, Apps.addColumn("001", "risk"), ""));
      assertThat(haven.awaitEnd(APP).status()).as(haven.story()).isEqualTo(Condition.TRUE);
      String kept = backup(backups, "kept", "");
      String asked = backup(backups, "asked", ASKED);
      String stranded = backup(backups, "stranded", ASKED);
      backups.schedule(
          "often",
          """
          databaseRef: {name: library}
          schedule: "0 3 1 1 *"
          skipUnchanged: false
          locationRef: {name: shelf}
          retention: {keepLast: 2}
          """);
      backups.request("often", "now");
      String scheduled =
          haven
              .await("its run", () -> backups.ended("often", "now"), Optional::isPresent)
              .orElseThrow()
              .getStatus()
              .artifact()
              .id();

      goes(haven, haven.migration(APP));
      goes(haven, backups.schedule("often"));
      goes(haven, haven.database(APP));
      assertThat(backups.artifacts(SHELF, APP))
          .as("of a database that is gone, each with its record")
          .contains(kept, asked, stranded, scheduled);
      assertThat(backups.of("often")).hasSize(1);
      assertThat(List.of("kept", "asked", "stranded"))
          .allSatisfy(name -> assertThat(backups.backup(name)).isNotNull());
      haven.awaitRunning(APP);

      goes(haven, backups.backup("asked"));
      assertThat(backups.artifacts(SHELF, APP))
          .contains(kept, stranded, scheduled)
          .doesNotContain(asked);

      goes(haven, backups.location(SHELF));
      goes(haven, backups.backup("kept"));
      goes(haven, backups.backup("stranded"));
      assertThat(backups.artifacts(SHELF, APP))
          .as("there is no way to them any more")
          .contains(kept, stranded, scheduled);
    }
  }

  @Test
  void aNamespaceTakesTheOperatorWithItInTheMiddleOfAMigration() {
    try (var haven = Haven.withOperator("removal")) {
      backedUp(haven);
      migrating(haven);

      goes(haven);

      // They are of the cluster, and their release went with the namespace.
      haven.kubectl(
          "delete",
          "validatingadmissionpolicy,validatingadmissionpolicybinding",
          "litehaven-" + haven.namespace);
    }
  }

  /** All at once, with what the chart gives by default: a Role in each of them. */
  @Test
  void namespacesGoInTheMiddleOfWhatAnOperatorElsewhereDoesInThem() {
    try (var operator = Haven.withoutOperator("removal");
        var atRest = Haven.withoutOperator("at-rest");
        var migrating = Haven.withoutOperator("migrating");
        var restoring = Haven.withoutOperator("restoring")) {
      String watched =
          "watch.namespaces={%s}"
              .formatted(
                  String.join(
                      ",",
                      operator.namespace,
                      atRest.namespace,
                      migrating.namespace,
                      restoring.namespace));
      operator.install("--set", watched);
      String artifact = backedUp(atRest);
      String volume = kept(atRest, SHELF + "-data");
      // Nothing in there that would take its time to end, and the namespace with it.
      atRest.kubectl("delete", "deployment", APP, SHELF);
      atRest.await(
          "the last pod to go",
          () -> atRest.client.pods().inNamespace(atRest.namespace).list().getItems(),
          pods -> pods.stream().allMatch(pod -> "Succeeded".equals(pod.getStatus().getPhase())));
      backedUp(restoring);
      backedUp(migrating);
      restoring(restoring);
      migrating(migrating);

      List.of(atRest, migrating, restoring).forEach(RemovalClusterTest::isDeleted);
      List.of(atRest, migrating, restoring).forEach(RemovalClusterTest::isGone);

      claimOf(operator, volume);
      assertThat(new Backups(operator).artifacts(SHELF, APP))
          .as("of deletionPolicy Delete, since it was not the record that was deleted")
          .contains(artifact);
      // What is left is looked after as before, and by an operator that starts now.
      operator.start("before", Apps.held("before", "v1", "holdings.quantity"));
      operator.kubectl("rollout", "restart", "deployment/litehaven");
      operator.kubectl("rollout", "status", "deployment/litehaven", "--timeout=90s");
      operator.start("after", Apps.held("after", "v1", "holdings.quantity"));

      // They are there again, and the chart gives a Role in each: it changes nothing else.
      for (Haven one : List.of(atRest, migrating, restoring)) {
        operator.kubectl("create", "namespace", one.namespace);
      }
      operator.install("--set", watched);
      atRest.start(APP, Apps.held(APP, "v1", "holdings.quantity"));
    }
  }

  /** Nobody saw the namespace go, and the Role went with it. */
  @Test
  void aNamespaceGoesAsSoonAsAnOperatorWithTheRightToThatIsBack() {
    try (var operator = Haven.withoutOperator("removal");
        var haven = Haven.withoutOperator("unseen")) {
      operator.install(
          "--set",
          "watch.namespaces={%s,%s}".formatted(operator.namespace, haven.namespace),
          "--set",
          "terminatingNamespaces.enabled=true");
      backedUp(haven);
      migrating(haven);
      operator.kubectl("scale", "deployment/litehaven", "--replicas=0");
      operator.await("the operator to be gone", operator::operators, List::isEmpty);

      isDeleted(haven);
      haven.await(
          "the Role to be gone",
          () -> haven.client.rbac().roles().inNamespace(haven.namespace).list().getItems(),
          List::isEmpty);
      haven.await(
          "all but what has a finalizer to be gone",
          () -> haven.client.pods().inNamespace(haven.namespace).list().getItems(),
          List::isEmpty);
      assertThat(haven.client.namespaces().withName(haven.namespace).get()).isNotNull();
      assertThat(haven.migration(APP).getMetadata().getFinalizers()).isNotEmpty();
      operator.kubectl("scale", "deployment/litehaven", "--replicas=1");

      isGone(haven);
    }
  }

  /**
   * An app, and a backup of it on a claim whose artifact is to go with its record.
   *
   * @return its artifact
   */
  private static String backedUp(Haven haven) {
    var backups = new Backups(haven);
    haven.start(APP, Apps.held(APP, "v1", "holdings.quantity"));
    backups.locationOnClaim(SHELF);
    return backup(backups, "asked", ASKED);
  }

  private static String backup(Backups backups, String name, String more) {
    DatabaseBackup made = backups.byHand(name, APP, "locationRef: {name: shelf}" + more);
    assertThat(Backups.succeeded(made)).isEqualTo("True Succeeded");
    return made.getStatus().artifact().id();
  }

  private static void migrating(Haven haven) {
    haven.apply(Apps.migration(APP, APP, SLOW, ""));
    haven.awaitPhase(APP, "Migrating");
    assertThat(haven.migration(APP).getMetadata().getFinalizers()).isNotEmpty();
    awaitHeld(haven);
  }

  /** Waits for a pod that takes its time to end. */
  private static void restoring(Haven haven) {
    haven.apply(Apps.stubborn("reader", APP + "-data", 15));
    haven.awaitRunning("reader");
    haven.apply(
        """
        apiVersion: litehaven.dev/v1alpha1
        kind: DatabaseRestore
        metadata: {name: back}
        spec:
          databaseRef: {name: %s}
          databaseUid: %s
          source: {backupRef: {name: asked}}
        """
            .formatted(APP, haven.database(APP).getMetadata().getUid()));
    DatabaseRestore restore =
        haven.await(
            "the restore to stop the workloads",
            () ->
                haven
                    .client
                    .resources(DatabaseRestore.class)
                    .inNamespace(haven.namespace)
                    .withName("back")
                    .get(),
            found ->
                found != null
                    && found.getStatus() != null
                    && "Stopping".equals(found.getStatus().phase()));
    assertThat(restore.getMetadata().getFinalizers()).isNotEmpty();
    awaitHeld(haven);
  }

  /** A moment after the phase. */
  private static void awaitHeld(Haven haven) {
    haven.await(
        "the claim to be held",
        () ->
            haven
                .client
                .persistentVolumeClaims()
                .inNamespace(haven.namespace)
                .withName(APP + "-data")
                .get()
                .getMetadata()
                .getFinalizers(),
        finalizers -> finalizers.contains("litehaven.dev/held"));
  }

  /** Whatever becomes of the claim. */
  private static String kept(Haven haven, String claim) {
    String volume =
        haven
            .client
            .persistentVolumeClaims()
            .inNamespace(haven.namespace)
            .withName(claim)
            .get()
            .getSpec()
            .getVolumeName();
    haven.kubectl(
        "patch", "pv", volume, "-p", "{\"spec\":{\"persistentVolumeReclaimPolicy\":\"Retain\"}}");
    return volume;
  }

  /** The volume of a claim that is gone, and a pod to look into it. */
  private static void claimOf(Haven haven, String volume) {
    haven.kubectl("patch", "pv", volume, "-p", "{\"spec\":{\"claimRef\":null}}");
    haven.apply(
        """
        apiVersion: v1
        kind: PersistentVolumeClaim
        metadata: {name: shelf-data}
        spec:
          accessModes: [ReadWriteOnce]
          resources: {requests: {storage: 64Mi}}
          volumeName: %s
        """
            .formatted(volume));
    haven.apply(Apps.idle(SHELF, SHELF + "-data"));
    haven.awaitRunning(SHELF);
    haven.kubectl(
        "patch", "pv", volume, "-p", "{\"spec\":{\"persistentVolumeReclaimPolicy\":\"Delete\"}}");
  }

  private static void goes(Haven haven, HasMetadata resource) {
    haven.delete(resource);
    haven.await(
        resource.getKind() + " " + resource.getMetadata().getName() + " to be gone",
        () -> haven.client.resource(resource).inNamespace(haven.namespace).get(),
        Objects::isNull);
  }

  private static void goes(Haven haven) {
    isDeleted(haven);
    isGone(haven);
  }

  private static void isDeleted(Haven haven) {
    haven.client.namespaces().withName(haven.namespace).delete();
  }

  private static void isGone(Haven haven) {
    haven.await(
        "the namespace to be gone",
        () -> haven.client.namespaces().withName(haven.namespace).get(),
        Objects::isNull);
  }
}
