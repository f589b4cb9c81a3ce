package dev.litehaven.e2e;

import java.util.stream.Collectors;

/** Manifests of a small app with a database, as users write them. */
final class Apps {
  private static final String WHOLE_CLAIM = "- {name: data, mountPath: /data}";

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

  /** The same with a script more, which is called as its file in the tests' resources is. */
  static String filesWith(String name, String seed, String script) {
    return "%s\n  %s: |\n%s"
        .formatted(
            files(name, seed).stripTrailing(),
            script,
            indented(Haven.resource("src/test/resources/e2e/" + script)));
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
        %2$s
        %3$s
              volumes:
                - {name: data, persistentVolumeClaim: {claimName: %1$s-data}}
                - {name: files, configMap: {name: %1$s-files}}
        """
        .formatted(
            name,
            gate ? "      schedulingGates: [{name: litehaven.dev/hold}]" : "",
            podSpec(version, requires, "data"));
  }

  private static String podSpec(String version, String requires, String volume) {
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
              - {name: APP_VERSION, value: %1$s}
              - {name: REQUIRES, value: "%2$s"}
            ports: [{containerPort: 8080}]
            readinessProbe:
              exec: {command: [python3, /app/app.py, get, /healthz]}
              periodSeconds: 1
            securityContext:
              allowPrivilegeEscalation: false
              readOnlyRootFilesystem: true
              capabilities: {drop: [ALL]}
            volumeMounts:
              - {name: %3$s, mountPath: /data}
              - {name: files, mountPath: /app}
        """
        .formatted(version, requires, volume)
        .indent(6)
        .stripTrailing();
  }

  /** A StatefulSet with a claim of its own, held by its partition. */
  static String stateful(String name, String version, String requires) {
    return """
        apiVersion: v1
        kind: Service
        metadata: {name: %1$s}
        spec: {clusterIP: None, selector: {app: %1$s}, ports: [{port: 8080}]}
        ---
        apiVersion: apps/v1
        kind: StatefulSet
        metadata: {name: %1$s}
        spec:
          serviceName: %1$s
          replicas: 1
          updateStrategy: {type: RollingUpdate, rollingUpdate: {partition: 1}}
          selector: {matchLabels: {app: %1$s}}
          volumeClaimTemplates:
            - metadata: {name: data}
              spec:
                accessModes: [ReadWriteOnce]
                resources: {requests: {storage: 64Mi}}
          template:
            metadata: {labels: {app: %1$s}}
            spec:
              schedulingGates: [{name: litehaven.dev/hold}]
        %2$s
              volumes:
                - {name: files, configMap: {name: %1$s-files}}
        """
        .formatted(name, podSpec(version, requires, "data"));
  }

  /**
   * What is in another claim.
   *
   * @param storageClass null: the default one
   */
  static String copyOfClaim(String name, String from, String storageClass) {
    return """
        apiVersion: v1
        kind: PersistentVolumeClaim
        metadata: {name: %1$s-data}
        spec:
          %3$s
          accessModes: [ReadWriteOnce]
          dataSource: {kind: PersistentVolumeClaim, name: %2$s-data}
          resources: {requests: {storage: 64Mi}}
        """
        .formatted(name, from, storageClass == null ? "" : "storageClassName: " + storageClass);
  }

  /** A second workload on a claim, without the gate, that only sleeps. */
  static String idle(String name, String claim) {
    return idle(name, claim, 10001, WHOLE_CLAIM);
  }

  /**
   * @param mounts of the volume {@code data}, a YAML list without indentation
   */
  static String idle(String name, String claim, long uid, String mounts) {
    return """
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: %1$s}
        spec:
          replicas: 1
          selector: {matchLabels: {app: %1$s}}
          template:
            metadata: {labels: {app: %1$s}}
            spec:
        %2$s
        """
        .formatted(name, sleeper(claim, uid, mounts).indent(6).stripTrailing());
  }

  /** As {@link #idle}, and takes its time to end when it is told to. */
  static String stubborn(String name, String claim, int seconds) {
    return idle(name, claim)
        .replace("terminationGracePeriodSeconds: 1", "terminationGracePeriodSeconds: 120")
        .replace(
            "import signal; signal.pause()",
            "import os, signal, time; signal.signal(signal.SIGTERM, lambda *_: (time.sleep(%d), os._exit(0))); signal.pause()"
                .formatted(seconds));
  }

  /** Never due by itself; its pod ends at once. */
  static String cronJob(String name, String claim) {
    return """
        apiVersion: batch/v1
        kind: CronJob
        metadata: {name: %1$s}
        spec:
          schedule: "0 3 1 1 *"
          suspend: true
          jobTemplate:
            spec:
              template:
                spec:
                  restartPolicy: Never
        %2$s
        """
        .formatted(
            name,
            sleeper(claim, 10001, WHOLE_CLAIM)
                .replace("import signal; signal.pause()", "pass")
                .indent(10)
                .stripTrailing());
  }

  /** A pod on a claim that belongs to nobody. */
  static String stranger(String name, String claim) {
    return """
        apiVersion: v1
        kind: Pod
        metadata: {name: %1$s, labels: {app: %1$s}}
        spec:
        %2$s
        """
        .formatted(name, sleeper(claim, 10001, WHOLE_CLAIM).indent(2).stripTrailing());
  }

  private static String sleeper(String claim, long uid, String mounts) {
    return """
        terminationGracePeriodSeconds: 1
        automountServiceAccountToken: false
        securityContext:
          runAsNonRoot: true
          runAsUser: %2$d
          runAsGroup: 10001
          fsGroup: 10001
          seccompProfile: {type: RuntimeDefault}
        containers:
          - name: sleep
            image: python:3.13-slim
            command: [python3, -c, "import signal; signal.pause()"]
            securityContext:
              allowPrivilegeEscalation: false
              capabilities: {drop: [ALL]}
            volumeMounts:
        %3$s
        volumes:
          - {name: data, persistentVolumeClaim: {claimName: %1$s}}
        """
        .formatted(claim, uid, mounts.indent(6).stripTrailing());
  }

  /** A Job as somebody writes it who has nothing but SQL. */
  static String sqlJob(String name, String claim, String sql) {
    return """
        apiVersion: batch/v1
        kind: Job
        metadata: {name: %1$s}
        spec:
          backoffLimit: 0
          template:
            spec:
              restartPolicy: Never
              automountServiceAccountToken: false
              securityContext:
                runAsNonRoot: true
                runAsUser: 10001
                runAsGroup: 10001
                fsGroup: 10001
                seccompProfile: {type: RuntimeDefault}
              containers:
                - name: sql
                  image: python:3.13-slim
                  command: [python3, -c, "import os, sqlite3; sqlite3.connect('/data/app.db').executescript(os.environ['SQL'])"]
                  env:
                    - name: SQL
                      value: |
        %3$s
                  securityContext:
                    allowPrivilegeEscalation: false
                    readOnlyRootFilesystem: true
                    capabilities: {drop: [ALL]}
                  volumeMounts: [{name: data, mountPath: /data}]
              volumes:
                - {name: data, persistentVolumeClaim: {claimName: %2$s}}
        """
        .formatted(name, claim, sql.strip().indent(16).stripTrailing());
  }

  static String database(String name) {
    return databaseOn(name, name + "-data");
  }

  static String databaseOn(String name, String claim) {
    return """
        apiVersion: litehaven.dev/v1alpha1
        kind: SQLiteDatabase
        metadata: {name: %1$s}
        spec: {claimName: %2$s}
        """
        .formatted(name, claim);
  }

  /** One whose file is named. */
  static String database(String name, String path) {
    return """
        apiVersion: litehaven.dev/v1alpha1
        kind: SQLiteDatabase
        metadata: {name: %1$s}
        spec:
          claimName: %1$s-data
          files: [{name: main, path: %2$s}]
        """
        .formatted(name, path);
  }

  /**
   * @param steps inline migrations, a YAML list without indentation
   * @param more further fields of the spec, without indentation
   */
  static String migration(String name, String database, String steps, String more) {
    return """
        apiVersion: litehaven.dev/v1alpha1
        kind: DatabaseMigration
        metadata: {name: %1$s}
        spec:
          databaseRef: {name: %2$s}
          rollback: {readinessDeadlineSeconds: 20}
        %4$s
          source:
            inline:
        %3$s
        """
        .formatted(name, database, steps.indent(6).stripTrailing(), more.indent(2).stripTrailing());
  }

  /** One more migration that adds a column, and can take it away again. */
  static String addColumn(String version, String column) {
    return """
        - version: "%1$s"
          description: add %2$s
          up: ALTER TABLE holdings ADD COLUMN %2$s TEXT NOT NULL DEFAULT 'none';
          down: ALTER TABLE holdings DROP COLUMN %2$s;
        """
        .formatted(version, column);
  }

  /** A few rows to look after. */
  static final String SEED =
      """
      CREATE TABLE holdings (id INTEGER PRIMARY KEY, ticker TEXT NOT NULL, quantity REAL NOT NULL);
      INSERT INTO holdings (ticker, quantity) VALUES ('NORF', 63), ('FJEL', 59), ('SKOG', 89);
      """;

  private static String indented(String text) {
    return text.lines().map(line -> "    " + line).collect(Collectors.joining("\n"));
  }
}
