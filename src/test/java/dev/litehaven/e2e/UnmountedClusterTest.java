package dev.litehaven.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.litehaven.api.v1alpha1.Condition;
import dev.litehaven.api.v1alpha1.DatabaseRestoreStatus;
import dev.litehaven.protocol.Reason;
import java.util.Objects;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Databases on claims that nobody mounts: whoever the file lets in works on it, and afterwards all
 * of it belongs to whom it did. The volume is root's, and its group's by a pod's fsGroup.
 */
@Tag("cluster")
class UnmountedClusterTest {
  private static final String MAKE =
      "import sqlite3; c=sqlite3.connect('/data/app.db'); c.executescript('CREATE TABLE holdings (id INTEGER PRIMARY KEY); INSERT INTO holdings VALUES (1), (2)')";
  private static final String OWNERS =
      "import os; print([(name, os.stat(name).st_uid, os.stat(name).st_gid) for name in ('/data', '/data/app.db')])";

  private static Haven haven;
  private static Backups backups;

  @BeforeAll
  static void install() {
    haven = Haven.withOperator("unmounted");
    backups = new Backups(haven);
  }

  @AfterAll
  static void remove() {
    haven.close();
  }

  @Test
  void itIsBackedUpMigratedAndRestoredByTheOwnerOfTheFile() {
    haven.apply(Apps.claim("alone"));
    python("alone", 10001, MAKE);
    String owners = python("alone", 10001, OWNERS);
    assertThat(owners).contains("('/data', 0, 10001), ('/data/app.db', 10001, 10001)");
    database("alone");

    assertThat(Backups.succeeded(backups.byHand("alone-first", "alone", "")))
        .as(haven.story())
        .startsWith("True");
    haven.apply(Apps.migration("alone", "alone", Apps.addColumn("001", "risk"), ""));
    Condition migrated = haven.awaitEnd("alone");
    assertThat(migrated.reason()).as(migrated.message()).isEqualTo(Reason.SUCCEEDED.text());
    backups.restoreInPlace("alone-back", "alone", "source: {backupRef: {name: alone-first}}");
    DatabaseRestoreStatus restored = backups.awaitRestored("alone-back");
    assertThat(restored.phase()).as(haven.story()).isEqualTo("Succeeded");

    assertThat(python("alone", 10001, OWNERS)).isEqualTo(owners);
  }

  @Test
  void aFileOfRootsIsBackedUpByItsGroupAndNotReplaced() {
    haven.apply(Apps.claim("roots"));
    admit("privileged");
    python("roots", 0, MAKE + "; import os; os.chmod('/data/app.db', 0o664)");
    admit("restricted");
    String owners = python("roots", 10001, OWNERS);
    assertThat(owners).contains("('/data', 0, 10001), ('/data/app.db', 0, 10001)");
    database("roots");

    assertThat(Backups.succeeded(backups.byHand("roots-first", "roots", "")))
        .as(haven.story())
        .startsWith("True");
    haven.apply(Apps.migration("roots", "roots", Apps.addColumn("001", "risk"), ""));
    Condition refused = haven.awaitEnd("roots");
    assertThat(refused.reason()).as(refused.message()).isEqualTo(Reason.WRONG_OWNER.text());
    assertThat(refused.message()).contains("chown", "runner.allowRoot");

    assertThat(python("roots", 10001, OWNERS)).isEqualTo(owners);
  }

  /** Nobody says whose it is, and the first look is somebody else's. */
  @Test
  void whatIsInADirectoryThatOnlyItsOwnerMayEnterIsFound() {
    haven.apply(Apps.claim("closed"));
    python(
        "closed",
        10001,
        "import os; os.mkdir('/data/own', 0o700); "
            + MAKE.replace("/data/app.db", "/data/own/app.db"));
    database("closed");
    assertThat(haven.database("closed").getStatus().files())
        .singleElement()
        .satisfies(file -> assertThat(file.path()).isEqualTo("own/app.db"));
  }

  /** What pods may be; the runner's is never more than the strictest lets in. */
  private static void admit(String level) {
    haven.kubectl(
        "label",
        "--overwrite",
        "namespace",
        haven.namespace,
        "pod-security.kubernetes.io/enforce=" + level);
  }

  private static void database(String name) {
    haven.apply(Apps.database(name));
    haven.awaitDatabase(name, ready -> Condition.TRUE.equals(ready.status()));
  }

  /** Runs a script in a pod of its own, which is gone afterwards. Answers with what it says. */
  private static String python(String claim, long uid, String script) {
    haven.apply(
        """
        apiVersion: v1
        kind: Pod
        metadata: {name: script}
        spec:
          restartPolicy: Never
          automountServiceAccountToken: false
          securityContext:
            runAsNonRoot: %4$s
            runAsUser: %1$d
            runAsGroup: 10001
            fsGroup: 10001
            fsGroupChangePolicy: OnRootMismatch
            seccompProfile: {type: RuntimeDefault}
          containers:
            - name: script
              image: python:3.13-slim
              command: [python3, -c, "%2$s"]
              securityContext:
                allowPrivilegeEscalation: false
                capabilities: {drop: [ALL]}
              volumeMounts: [{name: data, mountPath: /data}]
          volumes:
            - {name: data, persistentVolumeClaim: {claimName: %3$s-data}}
        """
            .formatted(uid, script, claim, uid != 0));
    var pods = haven.client.pods().inNamespace(haven.namespace).withName("script");
    haven.await("the script", pods::get, pod -> "Succeeded".equals(pod.getStatus().getPhase()));
    String said = pods.getLog();
    pods.delete();
    haven.await("it to go", pods::get, Objects::isNull);
    return said.strip();
  }
}
