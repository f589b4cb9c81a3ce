package dev.litehaven.e2e;

import java.util.stream.Collectors;

/** Manifests of a small app with a database, as users write them. */
final class Apps {
  private Apps() {}

  /**
   * @param seed SQL of a database that the app makes when it has none
   */
  static String files(String name, String seed) {
    return """
        apiVersion: v1
        kind: ConfigMap
        metadata: {name: %s-files}
        data:
          app.py: |
        %s
          seed.sql: |
        %s
        """
        .formatted(name, indented(Haven.resource("k8s/examples/app/app.py")), indented(seed));
  }

  static String claim(String name) {
    return """
        apiVersion: v1
        kind: PersistentVolumeClaim
        metadata: {name: %s-data}
        spec:
          accessModes: [ReadWriteOnce]
          resources: {requests: {storage: 64Mi}}
        """
        .formatted(name);
  }

  /** A Deployment that can be held. */
  static String held(String name, String version, String requires) {
    return deployment(name, version, requires, true);
  }

  /** A Deployment without the gate, which can only be scaled. */
  static String scaled(String name, String version, String requires) {
    return deployment(name, version, requires, false);
  }

  private static String deployment(String name, String version, String requires, boolean gate) {
    return """
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: %1$s}
        spec:
          replicas: 1
          strategy: {type: RollingUpdate, rollingUpdate: {maxSurge: 1, maxUnavailable: 0}}
          selector: {matchLabels: {app: %1$s}}
          template:
            metadata: {labels: {app: %1$s}}
            spec:
        %4$s
        %5$s
        """
            .formatted(
                name,
                version,
                requires,
                gate ? "      schedulingGates: [{name: litehaven.dev/hold}]" : "",
                podSpec(name, version, requires, "data"))
        + """
                  volumes:
                    - {name: data, persistentVolumeClaim: {claimName: %1$s-data}}
                    - {name: files, configMap: {name: %1$s-files}}
          """
            .formatted(name)
            .indent(-2);
  }

  private static String podSpec(String name, String version, String requires, String volume) {
    return """
              terminationGracePeriodSeconds: 5
              automountServiceAccountToken: false
              securityContext:
                runAsNonRoot: true
                runAsUser: 10001
                runAsGroup: 10001
                fsGroup: 10001
                seccompProfile: {type: RuntimeDefault}
              containers:
                - name: app
                  image: python:3.13-slim
                  command: [python3, /app/app.py]
                  env:
                    - {name: DB_PATH, value: /data/app.db}
                    - {name: SEED, value: /app/seed.sql}
                    - {name: APP_VERSION, value: %2$s}
                    - {name: REQUIRES, value: "%3$s"}
                  ports: [{containerPort: 8080}]
                  readinessProbe:
                    exec: {command: [python3, /app/app.py, get, /healthz]}
                    periodSeconds: 1
                  securityContext:
                    allowPrivilegeEscalation: false
                    readOnlyRootFilesystem: true
                    capabilities: {drop: [ALL]}
                  volumeMounts:
                    - {name: %4$s, mountPath: /data}
                    - {name: files, mountPath: /app}
        """
        .formatted(name, version, requires, volume)
        .stripTrailing();
  }

  static String database(String name) {
    return """
        apiVersion: litehaven.dev/v1alpha1
        kind: SQLiteDatabase
        metadata: {name: %1$s}
        spec: {claimName: %1$s-data}
        """
        .formatted(name);
  }

  private static String indented(String text) {
    return text.lines().map(line -> "    " + line).collect(Collectors.joining("\n"));
  }
}
