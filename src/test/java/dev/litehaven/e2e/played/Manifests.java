package dev.litehaven.e2e.played;

import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** An app with a database whose pods no scheduler ever places. */
final class Manifests {
  private Manifests() {}

  static final String DATABASE =
      """
      apiVersion: litehaven.dev/v1alpha1
      kind: SQLiteDatabase
      metadata: {name: shop}
      spec:
        claimName: data
        runner:
          # No node has them: the pods stay where the test can play them, as whoever runs it.
          resources: {requests: {cpu: "1000"}}
          allowRoot: true
      """;

  /** Bound, and never mounted. */
  static String claim(String namespace) {
    return """
        apiVersion: v1
        kind: PersistentVolume
        metadata: {name: %1$s}
        spec:
          capacity: {storage: 1Mi}
          accessModes: [ReadWriteOnce]
          storageClassName: played
          persistentVolumeReclaimPolicy: Retain
          claimRef: {namespace: %1$s, name: data}
          hostPath: {path: /nowhere}
        ---
        apiVersion: v1
        kind: PersistentVolumeClaim
        metadata: {name: data}
        spec:
          accessModes: [ReadWriteOnce]
          storageClassName: played
          volumeName: %1$s
          resources: {requests: {storage: 1Mi}}
        """
        .formatted(namespace);
  }

  static String app(String version) {
    return """
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: shop}
        spec:
          replicas: 1
          strategy: {type: RollingUpdate, rollingUpdate: {maxSurge: 1, maxUnavailable: 0}}
          selector: {matchLabels: {app: shop}}
          template:
            metadata: {labels: {app: shop}}
            spec:
              schedulerName: played
              schedulingGates: [{name: litehaven.dev/hold}]
              securityContext: {runAsUser: %2$d}
              containers:
                - name: app
                  image: played
                  env: [{name: VERSION, value: %1$s}]
                  volumeMounts: [{name: data, mountPath: /data}]
              volumes: [{name: data, persistentVolumeClaim: {claimName: data}}]
        """
        .formatted(version, uid());
  }

  /** The file's owner, since the runner works in this process. */
  private static long uid() {
    return new com.sun.security.auth.module.UnixSystem().getUid();
  }

  /** One that adds these columns, in this order. */
  static String migration(String... columns) {
    String steps =
        IntStream.range(0, columns.length)
            .mapToObj(
                i ->
                    "- {version: \"%d\", up: ALTER TABLE holdings ADD COLUMN %s TEXT}"
                        .formatted(i + 1, columns[i]))
            .collect(Collectors.joining("\n"));
    return """
        apiVersion: litehaven.dev/v1alpha1
        kind: DatabaseMigration
        metadata: {name: shop}
        spec:
          databaseRef: {name: shop}
          rollback: {readinessDeadlineSeconds: 20}
          source:
            inline:
        %s
        """
        .formatted(steps.indent(6).stripTrailing());
  }
}
