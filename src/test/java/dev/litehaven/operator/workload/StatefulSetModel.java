package dev.litehaven.operator.workload;

import dev.litehaven.operator.workload.WorkloadAction.PatchWorkload;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A StatefulSet of one replica with its controller and kubelet: OrderedReady, RollingUpdate.
 *
 * @param spec the template in the spec, named v1, v2 ...
 * @param current {@code status.currentRevision}
 * @param update {@code status.updateRevision}
 * @param pods none or one: its name is free only when the last one is gone
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
    ModelPods pods,
    int newTemplatesLeft)
    implements Model<StatefulSetModel> {

  static StatefulSetModel running(boolean gated, int partition) {
    return new StatefulSetModel(
        gated, 1, partition, true, "v1", "v1", "v1", Optional.empty(), ModelPods.oneRuns("v1"), 0);
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
    pods.all().forEach(p -> seen.pods(p.seen()));
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
      default -> pods.apply(action).map(after -> with(m -> m.pods = after));
    };
  }

  @Override
  public List<StatefulSetModel> others() {
    var next = new ArrayList<StatefulSetModel>();
    next.add(with(Draft::controller));
    pods.others().forEach(each -> next.add(with(m -> m.pods = each)));
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
    private ModelPods pods;
    private int newTemplatesLeft;

    private Draft(StatefulSetModel m) {
      gated = m.gated;
      replicas = m.replicas;
      partition = m.partition;
      observed = m.observed;
      spec = m.spec;
      current = m.current;
      update = m.update;
      record = m.record;
      pods = m.pods;
      newTemplatesLeft = m.newTemplatesLeft;
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
          pods,
          newTemplatesLeft);
    }

    Draft bad(String template) {
      pods = pods.bad(template);
      return this;
    }

    Draft newTemplates(int budget) {
      newTemplatesLeft = budget;
      return this;
    }

    Draft evictions(int budget) {
      pods = pods.evictions(budget);
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
        if (pods.all().isEmpty()) {
          current = update;
        } else if (!pods.all().getFirst().leaving()) {
          pods = pods.delete(pods.all().getFirst());
        }
        return;
      }
      if (pods.all().isEmpty()) {
        pods = pods.make(partition > 0 ? current : update, gated);
        return;
      }
      ModelPod only = pods.all().getFirst();
      // A pod that is not Ready stops the rolling update here, also a broken one.
      if (only.leaving() || !only.ready()) {
        return;
      }
      if (partition == 0 && !only.template().equals(update)) {
        pods = pods.delete(only);
      } else if (only.template().equals(update)) {
        current = update;
      }
    }
  }
}
