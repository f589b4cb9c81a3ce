package dev.litehaven.operator.workload;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import java.util.List;
import org.junit.jupiter.api.Test;

class MountIdentityTest {
  private static final PodSpec SPEC =
      Yaml.parse(
          """
          nodeName: node-1
          securityContext:
            runAsUser: 1000
            runAsGroup: 1000
            fsGroup: 2000
            supplementalGroups: [3000]
            seccompProfile: {type: RuntimeDefault}
            seLinuxOptions: {level: "s0:c1,c2"}
          volumes:
          - {name: data, persistentVolumeClaim: {claimName: shop-data}}
          - {name: cache, emptyDir: {}}
          initContainers:
          - {name: init, image: x, volumeMounts: [{name: data, mountPath: /init}]}
          containers:
          - {name: viewer, image: x, volumeMounts: [{name: data, mountPath: /ro, readOnly: true}]}
          - name: app
            image: x
            securityContext: {runAsUser: 1001, runAsNonRoot: true}
            volumeMounts:
            - {name: cache, mountPath: /cache}
            - {name: data, mountPath: /srv/, subPath: app/}
          """,
          PodSpec.class);

  @Test
  void theContainersOwnContextWinsOverThePods() {
    MountIdentity app = only("app");
    assertThat(app.runAsUser()).hasValue(1001);
    assertThat(app.runAsGroup()).hasValue(1000);
    assertThat(app.fsGroup()).hasValue(2000);
    assertThat(app.supplementalGroups()).containsExactly(3000L);
    assertThat(app.seLinuxOptions().orElseThrow().getLevel()).isEqualTo("s0:c1,c2");
    assertThat(app.nodeName()).contains("node-1");
  }

  @Test
  void writableMountsOfContainersComeFirst() {
    assertThat(MountIdentity.of(SPEC, "shop-data"))
        .extracting(MountIdentity::container)
        .containsExactly("app", "init", "viewer");
    assertThat(MountIdentity.of(SPEC, "other")).isEmpty();
  }

  @Test
  void aSubPathThatOnlyTheKubeletCanResolveIsTakenForNone() {
    PodSpec spec =
        Yaml.parse(
            """
            volumes: [{name: data, persistentVolumeClaim: {claimName: c, readOnly: true}}]
            containers:
            - {name: app, volumeMounts: [{name: data, mountPath: /srv, subPathExpr: $(POD_NAME)}]}
            """,
            PodSpec.class);
    MountIdentity mount = MountIdentity.of(spec, "c").getFirst();
    assertThat(mount.subPath()).isEmpty();
    assertThat(mount.subPathExpr()).isEqualTo("$(POD_NAME)");
    assertThat(mount.readOnly()).isTrue();
    assertThat(mount.runAsUser()).isEmpty();
  }

  @Test
  void aStatefulSetsOwnClaimIsFoundInItsTemplate() {
    StatefulSet set =
        Yaml.parse(
            """
            {apiVersion: apps/v1, kind: StatefulSet, metadata: {name: db, namespace: shop},
             spec: {volumeClaimTemplates: [{metadata: {name: data}}],
              template: {spec: {containers: [{name: app, volumeMounts: [{name: data, mountPath: /data}]}]}}}}
            """,
            StatefulSet.class);
    assertThat(MountIdentity.of(set, "data-db-0"))
        .extracting(MountIdentity::mountPath)
        .containsExactly("/data");
    assertThat(MountIdentity.of(set, "logs-db-0")).isEmpty();
  }

  private static MountIdentity only(String container) {
    List<MountIdentity> found =
        MountIdentity.of(SPEC, "shop-data").stream()
            .filter(m -> m.container().equals(container))
            .toList();
    assertThat(found).hasSize(1);
    return found.getFirst();
  }
}
