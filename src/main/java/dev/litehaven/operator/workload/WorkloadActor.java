package dev.litehaven.operator.workload;

import dev.litehaven.api.v1alpha1.Api;
import dev.litehaven.operator.workload.WorkloadAction.DeletePod;
import dev.litehaven.operator.workload.WorkloadAction.OpenPod;
import dev.litehaven.operator.workload.WorkloadAction.PatchWorkload;
import dev.litehaven.operator.workload.WorkloadAction.VerifyPod;
import io.fabric8.kubernetes.api.model.DeleteOptionsBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.PodResource;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Carries out {@link WorkloadAction}s. Each changes exactly what was observed, or nothing. */
public final class WorkloadActor {
  /** What became of actions. */
  public enum Outcome {
    /** All were carried out. */
    DONE,
    /** Something had changed since it was observed: observe and plan again. */
    STALE
  }

  private final KubernetesClient client;
  private final InstantSource clock;

  public WorkloadActor(KubernetesClient client, InstantSource clock) {
    this.client = client;
    this.clock = clock;
  }

  /**
   * Carries out the actions in order and stops at the first that finds things changed.
   *
   * @throws KubernetesClientException for everything else, such as missing rights
   */
  public Outcome apply(WorkloadRef ref, List<WorkloadAction> actions) {
    for (WorkloadAction action : actions) {
      if (apply(ref, action) == Outcome.STALE) {
        return Outcome.STALE;
      }
    }
    return Outcome.DONE;
  }

  private Outcome apply(WorkloadRef ref, WorkloadAction action) {
    try {
      switch (action) {
        case PatchWorkload patch -> patch(ref, patch);
        case DeletePod delete -> delete(ref, delete);
        case OpenPod open -> open(ref, open);
        case VerifyPod verify -> verify(ref, verify);
      }
      return Outcome.DONE;
    } catch (KubernetesClientException e) {
      // 404 gone, 409 another resourceVersion or UID, 422 a JSON patch's test failed.
      if (e.getCode() == 404 || e.getCode() == 409 || e.getCode() == 422) {
        return Outcome.STALE;
      }
      throw e;
    }
  }

  private void patch(WorkloadRef ref, PatchWorkload patch) {
    var annotations = new LinkedHashMap<String, Object>();
    annotations.put(Api.QUIESCED, patch.quiesced().map(QuiescedFormat::write).orElse(null));
    var spec = new LinkedHashMap<String, Object>();
    patch.paused().ifPresent(paused -> spec.put("paused", paused));
    patch.replicas().ifPresent(replicas -> spec.put("replicas", replicas));
    patch
        .partition()
        .ifPresent(
            p -> spec.put("updateStrategy", Map.of("rollingUpdate", Map.of("partition", p))));
    var metadata =
        Map.of(
            "uid", patch.uid(),
            "resourceVersion", patch.resourceVersion(),
            "annotations", annotations);
    String json =
        json(
            spec.isEmpty()
                ? Map.of("metadata", metadata)
                : Map.of("metadata", metadata, "spec", spec));
    PatchContext context = context(PatchType.JSON_MERGE);
    switch (ref.kind()) {
      case DEPLOYMENT ->
          client
              .apps()
              .deployments()
              .inNamespace(ref.namespace())
              .withName(ref.name())
              .patch(context, json);
      case STATEFUL_SET ->
          client
              .apps()
              .statefulSets()
              .inNamespace(ref.namespace())
              .withName(ref.name())
              .patch(context, json);
    }
  }

  private void delete(WorkloadRef ref, DeletePod delete) {
    var options =
        new DeleteOptionsBuilder()
            .withNewPreconditions()
            .withUid(delete.uid())
            .endPreconditions()
            .build();
    client.raw(
        "/api/v1/namespaces/%s/pods/%s".formatted(ref.namespace(), delete.name()),
        "DELETE",
        options);
  }

  private void open(WorkloadRef ref, OpenPod open) {
    String gate = "/spec/schedulingGates/" + open.gateIndex();
    pod(ref, open.name())
        .patch(
            context(PatchType.JSON),
            json(
                List.of(
                    test("/metadata/uid", open.uid()),
                    test("/metadata/resourceVersion", open.resourceVersion()),
                    test(gate + "/name", Api.HOLD_GATE),
                    Map.of("op", "remove", "path", gate))));
  }

  private void verify(WorkloadRef ref, VerifyPod verify) {
    var condition =
        Map.of(
            "type", Api.VERIFIED_GATE,
            "status", "True",
            "reason", "ContainersReady",
            "message", "Litehaven opened this pod and saw its containers ready.",
            "lastTransitionTime", clock.instant().truncatedTo(ChronoUnit.SECONDS).toString());
    pod(ref, verify.name())
        .subresource("status")
        .patch(
            context(PatchType.STRATEGIC_MERGE),
            json(
                Map.of(
                    "metadata", Map.of("uid", verify.uid()),
                    "status", Map.of("conditions", List.of(condition)))));
  }

  private PodResource pod(WorkloadRef ref, String name) {
    return client.pods().inNamespace(ref.namespace()).withName(name);
  }

  private static Map<String, Object> test(String path, String value) {
    return Map.of("op", "test", "path", path, "value", value);
  }

  private static String json(Object value) {
    return QuiescedFormat.json(value);
  }

  private static PatchContext context(PatchType type) {
    return new PatchContext.Builder()
        .withPatchType(type)
        .withFieldManager(Api.WORKLOAD_FIELD_MANAGER)
        .build();
  }
}
