package dev.litehaven.operator.workload;

import dev.litehaven.api.v1alpha1.Api;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Everything that was seen of one workload at one time.
 *
 * @param deleting it has a deletion timestamp
 * @param controllerUpToDate its controller has seen the newest spec ({@code observedGeneration})
 * @param specGated the template in the spec now has the gate {@link Api#HOLD_GATE}
 * @param newestTemplate the template in the spec now; empty while no ReplicaSet has been made of it
 * @param quiesced what a run wrote down before it stopped the workload
 * @param copies the same as found on a Deployment's ReplicaSets, newest first: its controller
 *     copies annotations there, where they outlive a removal from the Deployment
 * @param quiescedProblem why that annotation cannot be read; empty if it can, or is not there
 * @param fieldOwners who last wrote {@code paused}, {@code partition}, {@code replicas}, by field
 *     manager, where anybody is on record
 * @param autoscalers HorizontalPodAutoscalers that point at it
 * @param checksNotMade what could not be looked at for want of rights
 */
public record WorkloadObservation(
    WorkloadRef ref,
    String uid,
    String resourceVersion,
    boolean deleting,
    boolean controllerUpToDate,
    int replicas,
    Rollout rollout,
    boolean specGated,
    Optional<String> newestTemplate,
    List<TemplateState> templates,
    List<PodState> pods,
    Optional<Quiesced> quiesced,
    List<Quiesced> copies,
    String quiescedProblem,
    Map<String, String> fieldOwners,
    List<String> autoscalers,
    List<String> checksNotMade) {

  public WorkloadObservation {
    Objects.requireNonNull(ref, "ref");
    Objects.requireNonNull(uid, "uid");
    Objects.requireNonNull(resourceVersion, "resourceVersion");
    Objects.requireNonNull(rollout, "rollout");
    Objects.requireNonNull(newestTemplate, "newestTemplate");
    Objects.requireNonNull(quiesced, "quiesced");
    Objects.requireNonNull(quiescedProblem, "quiescedProblem");
    templates = List.copyOf(templates);
    pods = List.copyOf(pods);
    copies = List.copyOf(copies);
    fieldOwners = Map.copyOf(fieldOwners);
    autoscalers = List.copyOf(autoscalers);
    checksNotMade = List.copyOf(checksNotMade);
  }

  /** Pods past the gate that nobody has deleted. */
  public List<PodState> openPods() {
    return pods.stream().filter(PodState::open).toList();
  }

  /** Pods that wait at the gate. */
  public List<PodState> waitingPods() {
    return pods.stream().filter(PodState::waiting).toList();
  }

  /** Deleted pods that may still run. */
  public List<PodState> leavingPods() {
    return pods.stream().filter(PodState::leaving).toList();
  }

  /** Whether the workload itself carries the record of this run. */
  boolean marked(String run) {
    return quiesced.filter(q -> q.run().equals(run)).isPresent();
  }

  /** Another run's record on the workload itself, as long as it is in effect. */
  Optional<String> takenBy(String another) {
    return quiesced.filter(this::inEffect).map(Quiesced::run).filter(r -> !r.equals(another));
  }

  /**
   * What {@code run} wrote down, in effect or not; from a copy when somebody has replaced the
   * workload's annotations.
   */
  Optional<Quiesced> recordOf(String run) {
    return Stream.concat(quiesced.stream(), copies.stream())
        .filter(q -> q.run().equals(run))
        .findFirst();
  }

  /** Whether Litehaven was the last to write this field. */
  boolean wroteLast(String field) {
    return Api.WORKLOAD_FIELD_MANAGER.equals(fieldOwners.get(field));
  }

  public Optional<TemplateState> template(String hash) {
    return templates.stream().filter(t -> t.hash().equals(hash)).findFirst();
  }

  /** The template that runs: of several, a pod that is Ready tells, then the newest one. */
  public Optional<String> runningTemplate() {
    return pods.stream()
        .filter(p -> p.open() || p.leaving())
        .filter(p -> !p.template().isEmpty())
        .max(
            Comparator.comparing(PodState::open)
                .thenComparing(PodState::ready)
                .thenComparing(PodState::created))
        .map(PodState::template);
  }

  /** Templates that pods are made of now, the oldest revision first. */
  public List<TemplateState> templatesInUse() {
    return templates.stream()
        .filter(
            t ->
                switch (rollout) {
                  case Rollout.OfDeployment _ -> t.desired() > 0;
                  case Rollout.OfStatefulSet s ->
                      t.hash().equals(s.currentTemplate()) || t.hash().equals(s.updateTemplate());
                })
        .sorted(Comparator.comparingLong(TemplateState::revision))
        .toList();
  }

  /**
   * The run that keeps this workload from running now, by a record that is still in effect; "(not
   * recorded)" when Litehaven stopped it and the record is gone.
   *
   * <p>A record alone does not count: {@code kubectl rollout undo} brings back annotations that
   * were copied to a ReplicaSet, long after the run has ended.
   */
  public Optional<String> heldBy() {
    if (quiesced.isPresent()) {
      return quiesced.filter(this::inEffect).map(Quiesced::run);
    }
    return stoppedByUs()
        ? Optional.of(copies.stream().findFirst().map(Quiesced::run).orElse("(not recorded)"))
        : Optional.empty();
  }

  /** Litehaven itself set the field that stops this workload, and nobody has set it since. */
  boolean stoppedByUs() {
    return (replicas == 0 && wroteLast("replicas"))
        || (rollout instanceof Rollout.OfDeployment d && d.paused() && wroteLast("paused"));
  }

  private boolean inEffect(Quiesced record) {
    return switch (rollout) {
      case Rollout.OfDeployment d ->
          switch (record.method()) {
            case HOLD -> d.paused();
            case SCALE -> replicas == 0;
          };
      case Rollout.OfStatefulSet _ -> true;
    };
  }
}
