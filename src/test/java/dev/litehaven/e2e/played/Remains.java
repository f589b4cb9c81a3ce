package dev.litehaven.e2e.played;

import dev.litehaven.api.v1alpha1.DatabaseBackup;
import dev.litehaven.api.v1alpha1.DatabaseMigration;
import dev.litehaven.api.v1alpha1.DatabaseMigrationStatus;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What is there when everything has come to its end. */
public final class Remains {
  private Remains() {}

  /** In words that do not depend on names, uids and times, one line for each object. */
  public static List<String> of(
      KubernetesClient client, String namespace, String app, String claim) {
    var lines = new ArrayList<String>();
    client.resources(DatabaseBackup.class).inNamespace(namespace).list().getItems().stream()
        .map(backup -> "Backup " + backup.getSpec().type() + " " + backup.getStatus().verified())
        .forEach(lines::add);
    client.leases().inNamespace(namespace).list().getItems().stream()
        .map(
            lease ->
                "Lease "
                    + (lease.getMetadata().getName().startsWith("litehaven-w-")
                        ? "workload"
                        : "claim")
                    + " held by "
                    + Optional.ofNullable(lease.getSpec().getHolderIdentity())
                        .filter(holder -> !holder.isEmpty())
                        .orElse("nobody"))
        .forEach(lines::add);
    var deployment = client.apps().deployments().inNamespace(namespace).withName(app).get();
    lines.add(
        "Deployment paused=%s annotations=%s"
            .formatted(
                deployment.getSpec().getPaused(),
                deployment.getMetadata().getAnnotations().keySet().stream()
                    .filter(key -> key.startsWith("litehaven.dev/"))
                    .toList()));
    client.pods().inNamespace(namespace).withLabel("app", app).list().getItems().stream()
        .map(
            pod ->
                "Pod of version "
                    + pod.getSpec().getContainers().getFirst().getEnv().stream()
                        .filter(variable -> variable.getName().endsWith("VERSION"))
                        .findFirst()
                        .orElseThrow()
                        .getValue()
                    + (pod.getSpec().getSchedulingGates().isEmpty() ? " runs" : " waits"))
        .forEach(lines::add);
    lines.add(
        "Claim finalizers "
            + client
                .persistentVolumeClaims()
                .inNamespace(namespace)
                .withName(claim)
                .get()
                .getMetadata()
                .getFinalizers());
    client.resources(DatabaseMigration.class).inNamespace(namespace).list().getItems().stream()
        .map(Remains::line)
        .forEach(lines::add);
    return lines;
  }

  private static String line(DatabaseMigration migration) {
    DatabaseMigrationStatus status = migration.getStatus();
    return "Migration %s finalizers=%s %s at %s, runs %s"
        .formatted(
            migration.getMetadata().getName(),
            migration.getMetadata().getFinalizers(),
            status.conditions().stream()
                .map(one -> one.type() + "=" + one.status() + "/" + one.reason())
                .toList(),
            status.currentVersion(),
            status.runs().stream().map(DatabaseMigrationStatus.EndedRun::reason).toList());
  }
}
