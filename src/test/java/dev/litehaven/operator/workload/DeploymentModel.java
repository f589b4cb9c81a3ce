package dev.litehaven.operator.workload;

import dev.litehaven.api.v1alpha1.Api;
import dev.litehaven.operator.workload.WorkloadAction.PatchWorkload;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * A Deployment with its controllers and kubelet, as far as holding it goes: RollingUpdate with
 * maxSurge 1 and maxUnavailable 0. The arithmetic is that of the Deployment controller's
 * reconcileNewReplicaSet, cleanupUnhealthyReplicas and scale.
 *
 * @param spec the template in the spec; templates are named v1, v2 ... in order
 * @param sets replicas wanted by each ReplicaSet
 * @param copied ReplicaSets' copies of the record
 */
record DeploymentModel(
    boolean gated,
    int replicas,
    boolean paused,
    boolean pausedByUs,
    boolean scaledByUs,
    boolean observed,
    String spec,
    Map<String, Integer> sets,
    Optional<Quiesced> record,
    Map<String, Quiesced> copied,
    ModelPods pods,
    int newTemplatesLeft,
    int wipesLeft)
    implements Model<DeploymentModel> {

  DeploymentModel {
    sets = Map.copyOf(sets);
    copied = Map.copyOf(copied);
  }

  static DeploymentModel running(boolean gated) {
    return new DeploymentModel(
        gated,
        1,
        false,
        false,
        false,
        true,
        "v1",
        Map.of("v1", 1),
        Optional.empty(),
        Map.of(),
        ModelPods.oneRuns("v1"),
        0,
        0);
  }

  /** With v2 waiting at the gate beside v1. */
  DeploymentModel withWaitingUpdate() {
    return with(
        m -> {
          m.spec = "v2";
          m.sets.put("v2", 1);
          m.pods = m.pods.make("v2", true);
        });
  }

  DeploymentModel with(java.util.function.Consumer<Draft> change) {
    var draft = new Draft(this);
    change.accept(draft);
    return draft.build();
  }

  @Override
  public WorkloadObservation observe() {
    var seen = Seen.deployment();
    seen.resourceVersion = workloadVersion();
    seen.upToDate = observed;
    seen.replicas = replicas;
    seen.paused = paused;
    seen.specGated = gated;
    new TreeMap<>(sets).forEach((hash, wanted) -> seen.template(hash, wanted, gated));
    seen.newest = Optional.of(spec).filter(sets::containsKey);
    pods.all().forEach(p -> seen.pods(p.seen()));
    seen.quiesced = record;
    new TreeMap<>(copied).descendingMap().values().forEach(seen.copies::add);
    if (pausedByUs) {
      seen.owners.put("paused", Api.WORKLOAD_FIELD_MANAGER);
    }
    if (scaledByUs) {
      seen.owners.put("replicas", Api.WORKLOAD_FIELD_MANAGER);
    }
    return seen.now();
  }

  /** Everything that makes the API server give the Deployment a new resourceVersion. */
  private String workloadVersion() {
    return replicas + "/" + paused + "/" + observed + "/" + spec + "/" + record;
  }

  @Override
  public Optional<DeploymentModel> apply(WorkloadAction action) {
    return switch (action) {
      case PatchWorkload p ->
          p.resourceVersion().equals(workloadVersion())
              ? Optional.of(
                  with(
                      m -> {
                        m.record = p.quiesced();
                        p.paused().ifPresent(value -> m.pause(value, true));
                        p.replicas().ifPresent(value -> m.scale(value, true));
                      }))
              : Optional.empty();
      default -> pods.apply(action).map(after -> with(m -> m.pods = after));
    };
  }

  @Override
  public List<DeploymentModel> others() {
    var next = new ArrayList<DeploymentModel>();
    next.add(with(Draft::deploymentController));
    sets.keySet().forEach(hash -> next.add(with(m -> m.replicaSetController(hash))));
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
    if (wipesLeft > 0 && record.isPresent()) {
      next.add(
          with(
              m -> {
                m.wipesLeft--;
                m.record = Optional.empty();
              }));
      if (gated) {
        // As a tool does that replaces the whole object by what is in Git.
        next.add(
            with(
                m -> {
                  m.wipesLeft--;
                  m.record = Optional.empty();
                  m.pause(false, false);
                }));
      }
    }
    next.removeIf(this::equals);
    return next;
  }

  /** A mutable copy. */
  static final class Draft {
    private final boolean gated;
    private int replicas;
    private boolean paused;
    private boolean pausedByUs;
    private boolean scaledByUs;
    private boolean observed;
    private String spec;
    private final Map<String, Integer> sets;
    private Optional<Quiesced> record;
    private final Map<String, Quiesced> copied;
    private ModelPods pods;
    private int newTemplatesLeft;
    private int wipesLeft;

    private Draft(DeploymentModel m) {
      gated = m.gated;
      replicas = m.replicas;
      paused = m.paused;
      pausedByUs = m.pausedByUs;
      scaledByUs = m.scaledByUs;
      observed = m.observed;
      spec = m.spec;
      sets = new TreeMap<>(m.sets);
      record = m.record;
      copied = new TreeMap<>(m.copied);
      pods = m.pods;
      newTemplatesLeft = m.newTemplatesLeft;
      wipesLeft = m.wipesLeft;
    }

    private DeploymentModel build() {
      return new DeploymentModel(
          gated,
          replicas,
          paused,
          pausedByUs,
          scaledByUs,
          observed,
          spec,
          sets,
          record,
          copied,
          pods,
          newTemplatesLeft,
          wipesLeft);
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

    Draft wipes(int budget) {
      wipesLeft = budget;
      return this;
    }

    Draft foundPaused() {
      paused = true;
      return this;
    }

    private void pause(boolean value, boolean byUs) {
      paused = value;
      pausedByUs = byUs && value;
      observed = false;
    }

    private void scale(int value, boolean byUs) {
      replicas = value;
      scaledByUs = byUs;
      observed = false;
    }

    private int ready(String hash) {
      return (int) pods.staying(hash).stream().filter(ModelPod::ready).count();
    }

    private void deploymentController() {
      observed = true;
      if (sets.containsKey(spec)) {
        record.ifPresent(r -> copied.put(spec, r));
      }
      int total = sets.values().stream().mapToInt(Integer::intValue).sum();
      boolean scaling = total > 0 ? replicas == 0 : replicas > 0 && sets.containsKey(spec);
      if (paused || scaling) {
        scaleAll(total);
        return;
      }
      if (!sets.containsKey(spec)) {
        sets.put(spec, 0);
      }
      record.ifPresent(r -> copied.put(spec, r));
      int wanted = sets.get(spec);
      if (wanted != replicas) {
        int room = replicas + 1 - total;
        int up = Math.min(room, replicas - wanted);
        if (up > 0) {
          sets.put(spec, wanted + up);
          return;
        }
      }
      scaleDownOld(total);
    }

    private void scaleAll(int total) {
      if (total > 0 && replicas == 0) {
        sets.replaceAll((_, _) -> 0);
      } else if (total == 0 && replicas > 0) {
        String latest = sets.containsKey(spec) ? spec : ((TreeMap<String, Integer>) sets).lastKey();
        sets.put(latest, replicas);
      }
    }

    private void scaleDownOld(int total) {
      int newUnavailable = sets.get(spec) - ready(spec);
      int most = total - replicas - newUnavailable;
      if (most <= 0) {
        return;
      }
      int done = 0;
      List<String> old = sets.keySet().stream().filter(h -> !h.equals(spec)).toList();
      for (String hash : old) {
        int down = Math.min(most - done, sets.get(hash) - ready(hash));
        if (down > 0) {
          sets.merge(hash, -down, Integer::sum);
          done += down;
        }
      }
      int available = sets.keySet().stream().mapToInt(this::ready).sum();
      int spare = available - replicas;
      for (String hash : old) {
        int down = Math.min(spare, sets.get(hash));
        if (down > 0) {
          sets.merge(hash, -down, Integer::sum);
          spare -= down;
        }
      }
    }

    /** Makes a pod as soon as the last one is deleted, not when it is gone. */
    private void replicaSetController(String hash) {
      List<ModelPod> mine = pods.staying(hash);
      if (mine.size() < sets.get(hash)) {
        pods = pods.make(hash, gated);
      } else if (mine.size() > sets.get(hash)) {
        ModelPod victim =
            mine.stream().min(java.util.Comparator.comparing(ModelPod::ready)).orElseThrow();
        pods = pods.delete(victim);
      }
    }
  }
}
