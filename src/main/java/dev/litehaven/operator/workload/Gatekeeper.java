package dev.litehaven.operator.workload;

import dev.litehaven.api.v1alpha1.Api;
import dev.litehaven.protocol.Reason;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * Decides which pods may pass the gate while no operation is on. Pods of the template let in last
 * pass at once, and so does the very first template; a new template passes only when no migration
 * of the database is unfinished or failed, and its code finds the schema it asks for.
 */
public final class Gatekeeper {
  private Gatekeeper() {}

  /**
   * What the caller knows about the database.
   *
   * @param lastLetIn the template that passed last, as remembered on the database's status; a pod
   *     that runs tells it better
   * @param unfinished the migration that is pending, under way or failed, in words that complete
   *     "waits for ..."; empty when there is none
   * @param schemaSatisfies whether the database's schema is what a pod's {@link
   *     Api#REQUIRES_SCHEMA} asks for
   * @param schemaVersion the database's schema version, for messages
   * @param unfit why a template may not come in even if it was let in before, in words that follow
   *     "stays at the gate:"; empty when nothing is known against it
   * @param besideRunning a pod may be opened while the one before it still runs: both will have the
   *     database open for a moment. Never true for a claim that only one pod can mount
   *     (ReadWriteOncePod): the new pod would wait for ever
   */
  public record Circumstances(
      Optional<String> lastLetIn,
      Optional<String> unfinished,
      Predicate<String> schemaSatisfies,
      String schemaVersion,
      Function<String, Optional<String>> unfit,
      boolean besideRunning) {
    public Circumstances {
      Objects.requireNonNull(lastLetIn, "lastLetIn");
      Objects.requireNonNull(unfinished, "unfinished");
      Objects.requireNonNull(schemaSatisfies, "schemaSatisfies");
      Objects.requireNonNull(schemaVersion, "schemaVersion");
      Objects.requireNonNull(unfit, "unfit");
    }
  }

  /**
   * What to do now.
   *
   * @param actions pods to open, and readiness gates to set on pods that run
   * @param handOver the template to change over to by a run of its own, for which the caller asks
   *     {@link WorkloadGoal.Stopped}, {@link WorkloadGoal.Started} with this template and {@link
   *     WorkloadGoal.Released}: it may come in, but not beside the running pod
   * @param held what stays outside, and why
   * @param letIn the template to remember as let in last
   */
  public record Verdict(
      List<WorkloadAction> actions,
      Optional<String> handOver,
      List<Held> held,
      Optional<String> letIn) {
    public Verdict {
      actions = List.copyOf(actions);
      held = List.copyOf(held);
      Objects.requireNonNull(handOver, "handOver");
      Objects.requireNonNull(letIn, "letIn");
    }
  }

  /** A template that stays outside; {@code pod} is empty while no pod of it has been made. */
  public record Held(String template, Optional<String> pod, Reason reason, String message) {
    public Held {
      Objects.requireNonNull(template, "template");
      Objects.requireNonNull(pod, "pod");
      Objects.requireNonNull(reason, "reason");
      Objects.requireNonNull(message, "message");
    }
  }

  /** Decides for one workload. */
  public static Verdict decide(WorkloadObservation seen, Circumstances now) {
    Optional<String> known = seen.runningTemplate().or(now::lastLetIn);
    Optional<String> holder = seen.heldBy();
    if (holder.isPresent()) {
      return new Verdict(List.of(), Optional.empty(), heldByRun(seen, holder.get()), known);
    }
    var actions = new ArrayList<WorkloadAction>();
    for (PodState pod : seen.openPods()) {
      if (pod.containersReady() && pod.wantsVerified()) {
        actions.add(new WorkloadAction.VerifyPod(pod.name(), pod.uid()));
      }
    }
    var held = new ArrayList<Held>();
    Optional<String> chosen = Optional.empty();
    for (String template : candidates(seen)) {
      Optional<Held> objection = objection(seen, now, known, template);
      objection.ifPresent(held::add);
      if (objection.isEmpty() && chosen.isEmpty()) {
        chosen = Optional.of(template);
      }
    }
    if (chosen.isEmpty()) {
      return new Verdict(actions, Optional.empty(), held, known);
    }
    return letIn(seen, now, chosen.get(), actions, held, known);
  }

  private static Verdict letIn(
      WorkloadObservation seen,
      Circumstances now,
      String chosen,
      List<WorkloadAction> actions,
      List<Held> held,
      Optional<String> known) {
    boolean othersRun = seen.openPods().stream().anyMatch(p -> !p.template().equals(chosen));
    List<PodState> waiting = PodSteps.ofTemplate(seen.waitingPods(), chosen);
    boolean partitioned = seen.rollout() instanceof Rollout.OfStatefulSet && waiting.isEmpty();
    if (othersRun && (partitioned || !now.besideRunning())) {
      return new Verdict(actions, Optional.of(chosen), held, known);
    }
    if (!waiting.isEmpty() && !seen.leavingPods().isEmpty() && !now.besideRunning()) {
      held.add(
          new Held(
              chosen,
              waiting.stream().findFirst().map(PodState::name),
              Reason.STOPPING,
              "Pod %s of %s starts as soon as the one before it has ended. %s"
                  .formatted(
                      waiting.getFirst().name(),
                      seen.ref().display(),
                      PodSteps.stillLeaving(seen).map(WorkloadPlan::message).orElse(""))));
      return new Verdict(actions, Optional.empty(), held, known);
    }
    waiting.forEach(pod -> actions.add(PodSteps.openAction(pod)));
    return new Verdict(
        actions, Optional.empty(), held, waiting.isEmpty() ? known : Optional.of(chosen));
  }

  /** Templates that want in, the newest first. */
  private static List<String> candidates(WorkloadObservation seen) {
    return seen.templatesInUse().reversed().stream()
        .map(TemplateState::hash)
        .filter(hash -> wantsIn(seen, hash))
        .toList();
  }

  private static boolean wantsIn(WorkloadObservation seen, String hash) {
    if (!PodSteps.ofTemplate(seen.waitingPods(), hash).isEmpty()) {
      return true;
    }
    // A StatefulSet at its partition makes no pod of the new template: the revision is what waits.
    return seen.rollout() instanceof Rollout.OfStatefulSet s
        && seen.replicas() > 0
        && hash.equals(s.updateTemplate())
        && !hash.equals(s.currentTemplate())
        && PodSteps.ofTemplate(seen.openPods(), hash).isEmpty();
  }

  private static Optional<Held> objection(
      WorkloadObservation seen, Circumstances now, Optional<String> known, String template) {
    Optional<PodState> pod = PodSteps.oldest(PodSteps.ofTemplate(seen.waitingPods(), template));
    Optional<String> schema = pod.flatMap(PodState::requiresSchema);
    if (schema.isPresent() && !now.schemaSatisfies().test(schema.get())) {
      return Optional.of(
          held(
              seen,
              template,
              pod,
              "it asks for schema version %s, and the database is at %s"
                  .formatted(schema.get(), now.schemaVersion())));
    }
    Optional<String> unfit = now.unfit().apply(template);
    if (unfit.isPresent()) {
      return Optional.of(held(seen, template, pod, unfit.get()));
    }
    boolean isNew = known.isPresent() && !known.get().equals(template);
    return isNew && now.unfinished().isPresent()
        ? Optional.of(held(seen, template, pod, "it waits for " + now.unfinished().get()))
        : Optional.empty();
  }

  private static Held held(
      WorkloadObservation seen, String template, Optional<PodState> pod, String why) {
    String byHand =
        pod.map(
                p ->
                    " To let it in by hand: kubectl patch pod %s -n %s --type=json -p '[{\"op\":\"remove\",\"path\":\"/spec/schedulingGates/%d\"}]'"
                        .formatted(p.name(), seen.ref().namespace(), p.gateIndex().orElseThrow()))
            .orElse("");
    return new Held(
        template,
        pod.map(PodState::name),
        Reason.PENDING,
        "Template %s of %s stays at the gate: %s.%s"
            .formatted(template, seen.ref().display(), why, byHand));
  }

  private static List<Held> heldByRun(WorkloadObservation seen, String run) {
    return seen.waitingPods().stream()
        .map(
            p ->
                new Held(
                    p.template(),
                    Optional.of(p.name()),
                    Reason.STOPPING,
                    "Pod %s of %s stays at the gate: run %s holds the workload."
                        .formatted(p.name(), seen.ref().display(), run)))
        .toList();
  }
}
