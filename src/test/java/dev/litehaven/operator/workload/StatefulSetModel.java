package dev.litehaven.operator.workload;

import dev.litehaven.operator.workload.WorkloadAction.DeletePod;
import dev.litehaven.operator.workload.WorkloadAction.OpenPod;
import dev.litehaven.operator.workload.WorkloadAction.PatchWorkload;
import dev.litehaven.operator.workload.WorkloadAction.VerifyPod;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * A StatefulSet of one replica with its controller and kubelet: OrderedReady, RollingUpdate.
 *
 * @param spec the template in the spec, named v1, v2 ...
 * @param current {@code status.currentRevision}
 * @param update {@code status.updateRevision}
 * @param pod none or one: its name is free only when the last one is gone
 */
record StatefulSetModel(
    boolean gated,
    int replicas,
    int partition,
    boolean observed,
    String spec,
    String current,
    String update,
    Optional<Quiesced> record,
    List<ModelPod> pod,
    int nextPod,
    Set<String> bad,
    int newTemplatesLeft,
    int evictionsLeft)
    implements Model<StatefulSetModel> {

  StatefulSetModel {
    pod = List.copyOf(pod);
    bad = Set.copyOf(bad);
  }

  static StatefulSetModel running(boolean gated, int partition) {
    return new StatefulSetModel(
        gated,
        1,
        partition,
        true,
        "v1",
        "v1",
        "v1",
        Optional.empty(),
        List.of(new ModelPod(1, "v1", false, false, true)),
        2,
        Set.of(),
        0,
        0);
  }

  /** With v2 in the spec, seen by the controller. */
  StatefulSetModel withWaitingUpdate() {
    return with(
        m -> {
          m.spec = "v2";
          m.update = "v2";
        });
  }

  StatefulSetModel with(java.util.function.Consumer<Draft> change) {
    var draft = new Draft(this);
    change.accept(draft);
    return draft.build();
  }

  @Override
  public List<ModelPod> running() {
    return pod.stream().filter(p -> !p.gated()).toList();
  }

  @Override
  public WorkloadObservation observe() {
    var seen = Seen.statefulSet();
    seen.resourceVersion = workloadVersion();
    seen.upToDate = observed;
    seen.replicas = replicas;
    seen.partition = partition;
    seen.current = current;
    seen.update = update;
    seen.specGated = gated;
    for (int i = 1; i <= Integer.parseInt(update.substring(1)); i++) {
      seen.template("v" + i, 0, gated);
    }
    pod.forEach(p -> seen.pods(p.seen()));
    seen.quiesced = record;
    return seen.now();
  }

  private String workloadVersion() {
    return String.join(
        "/", "" + replicas, "" + partition, "" + observed, spec, current, update, "" + record);
  }

  @Override
  public Optional<StatefulSetModel> apply(WorkloadAction action) {
    return switch (action) {
      case PatchWorkload p ->
          p.resourceVersion().equals(workloadVersion())
              ? Optional.of(
                  with(
                      m -> {
                        m.record = p.quiesced();
                        p.partition().ifPresent(m::partition);
                        p.replicas().ifPresent(m::replicas);
                      }))
              : Optional.empty();
      case DeletePod d ->
          ModelPod.named(pod, d.name()).map(p -> with(m -> m.pod = ModelPod.delete(pod, p)));
      case OpenPod o ->
          ModelPod.named(pod, o.name())
              .filter(p -> p.version().equals(o.resourceVersion()))
              .map(p -> with(m -> m.pod = ModelPod.replace(pod, p, p.opened())));
      case VerifyPod _ -> Optional.empty();
    };
  }

  @Override
  public List<StatefulSetModel> others() {
    var next = new ArrayList<StatefulSetModel>();
    next.add(with(Draft::controller));
    for (ModelPod p : pod) {
      if (p.leaving()) {
        next.add(with(m -> m.pod = List.of()));
      } else if (!p.gated() && !p.ready() && !bad.contains(p.template())) {
        next.add(with(m -> m.pod = ModelPod.replace(pod, p, p.becameReady())));
      }
      if (evictionsLeft > 0 && !p.leaving()) {
        next.add(
            with(
                m -> {
                  m.evictionsLeft--;
                  m.pod = ModelPod.delete(pod, p);
                }));
      }
    }
    if (newTemplatesLeft > 0) {
      next.add(
          with(
              m -> {
                m.newTemplatesLeft--;
                m.spec = "v" + (Integer.parseInt(spec.substring(1)) + 1);
                m.observed = false;
              }));
    }
    next.removeIf(this::equals);
    return next;
  }

  /** A mutable copy. */
  static final class Draft {
    private final boolean gated;
    private int replicas;
    private int partition;
    private boolean observed;
    private String spec;
    private String current;
    private String update;
    private Optional<Quiesced> record;
    private List<ModelPod> pod;
    private int nextPod;
    private final Set<String> bad;
    private int newTemplatesLeft;
    private int evictionsLeft;

    private Draft(StatefulSetModel m) {
      gated = m.gated;
      replicas = m.replicas;
      partition = m.partition;
      observed = m.observed;
      spec = m.spec;
      current = m.current;
      update = m.update;
      record = m.record;
      pod = m.pod;
      nextPod = m.nextPod;
      bad = new HashSet<>(m.bad);
      newTemplatesLeft = m.newTemplatesLeft;
      evictionsLeft = m.evictionsLeft;
    }

    private StatefulSetModel build() {
      return new StatefulSetModel(
          gated,
          replicas,
          partition,
          observed,
          spec,
          current,
          update,
          record,
          pod,
          nextPod,
          bad,
          newTemplatesLeft,
          evictionsLeft);
    }

    Draft bad(String template) {
      bad.add(template);
      return this;
    }

    Draft newTemplates(int budget) {
      newTemplatesLeft = budget;
      return this;
    }

    Draft evictions(int budget) {
      evictionsLeft = budget;
      return this;
    }

    private void partition(int value) {
      partition = value;
      observed = false;
    }

    private void replicas(int value) {
      replicas = value;
      observed = false;
    }

    private void controller() {
      observed = true;
      update = spec;
      if (replicas == 0) {
        if (pod.isEmpty()) {
          current = update;
        } else if (!pod.getFirst().leaving()) {
          pod = ModelPod.delete(pod, pod.getFirst());
        }
        return;
      }
      if (pod.isEmpty()) {
        String template = partition > 0 ? current : update;
        pod = List.of(new ModelPod(nextPod++, template, gated, false, false));
        return;
      }
      ModelPod only = pod.getFirst();
      // A pod that is not Ready stops the rolling update here, also a broken one.
      if (only.leaving() || !only.ready()) {
        return;
      }
      if (partition == 0 && !only.template().equals(update)) {
        pod = ModelPod.delete(pod, only);
      } else if (only.template().equals(update)) {
        current = update;
      }
    }
  }
}
