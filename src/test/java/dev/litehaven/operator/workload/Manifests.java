package dev.litehaven.operator.workload;

/** Workloads that a user might apply. Their versions differ in an environment variable. */
final class Manifests {
  static final String IMAGE = "python:3.13-slim";

  /** Serves, and is Ready as soon as it does. */
  static final String GOOD =
      "import http.server as h; h.test(h.SimpleHTTPRequestHandler, port=8080)";

  /** Ends with a message, as code that finds another schema than it wants. */
  static final String BAD =
      "import sys; open('/dev/termination-log','w').write('no such column: risk'); sys.exit(3)";

  private Manifests() {}

  static String deployment(String version, String code, boolean gated) {
    return """
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: app}
        spec:
          replicas: 1
          progressDeadlineSeconds: 2147483647
          strategy: {type: RollingUpdate, rollingUpdate: {maxSurge: 1, maxUnavailable: 0}}
          selector: {matchLabels: {app: app}}
          template:
        %s"""
        .formatted(template(version, code, gated));
  }

  static String statefulSet(String version, String code, boolean gated, int partition) {
    return """
        apiVersion: apps/v1
        kind: StatefulSet
        metadata: {name: app}
        spec:
          replicas: 1
          serviceName: app
          updateStrategy: {type: RollingUpdate, rollingUpdate: {partition: %d}}
          selector: {matchLabels: {app: app}}
          template:
        %s"""
        .formatted(partition, template(version, code, gated));
  }

  private static String template(String version, String code, boolean gated) {
    return """
            metadata: {labels: {app: app}}
            spec:
              terminationGracePeriodSeconds: 1
              %s
              containers:
              - name: app
                image: %s
                command: [python3, -c, "%s"]
                env: [{name: VERSION, value: "%s"}]
                readinessProbe: {tcpSocket: {port: 8080}, periodSeconds: 1}
        """
        .formatted(
            gated
                ? "schedulingGates: [{name: litehaven.dev/hold}]\n      readinessGates: [{conditionType: litehaven.dev/verified}]"
                : "automountServiceAccountToken: false",
            IMAGE,
            code,
            version);
  }
}
