package dev.litehaven.operator.workload;

import dev.litehaven.operator.workload.Quiesced.Method;
import java.util.List;
import java.util.Optional;

/** Writes down what a workload is like before it is touched, and reads templates out of it. */
final class Records {
  private Records() {}

  static Quiesced of(
      WorkloadObservation seen, String run, Method method, Optional<String> lastLetIn) {
    return switch (seen.rollout()) {
      case Rollout.OfDeployment d -> {
        Optional<String> old =
            seen.runningTemplate()
                .or(() -> lastLetIn.filter(hash -> seen.template(hash).isPresent()))
                .or(() -> seen.templatesInUse().stream().findFirst().map(TemplateState::hash))
                .or(seen::newestTemplate);
        yield new Quiesced(
            run,
            method,
            replicas(seen),
            // A pause that Litehaven wrote itself was not there before.
            d.paused() && !seen.wroteLast("paused"),
            0,
            old,
            seen.newestTemplate().or(() -> old));
      }
      // The only one that can come back is what the controller calls current.
      case Rollout.OfStatefulSet s ->
          new Quiesced(
              run,
              method,
              replicas(seen),
              false,
              s.partition(),
              Optional.of(s.currentTemplate()),
              Optional.of(s.updateTemplate()));
    };
  }

  /**
   * The replicas that are wanted. A zero that Litehaven wrote itself, and of which no record is
   * left, counts as one: what a workload of a SQLite database has.
   */
  static int replicas(WorkloadObservation seen) {
    return seen.replicas() == 0 && seen.wroteLast("replicas") ? 1 : seen.replicas();
  }

  /** The template that is asked for; empty when the record does not know it. */
  static Optional<String> resolve(Quiesced record, WorkloadGoal.Template template) {
    return switch (template) {
      case WorkloadGoal.Template.Old() -> record.oldTemplate();
      case WorkloadGoal.Template.New() -> record.newTemplate();
      case WorkloadGoal.Template.Named(String hash) -> Optional.of(hash);
    };
  }

  /** How to bring back a template that has no pods any more, for a human. */
  static String howToReturn(WorkloadObservation seen, String hash) {
    return seen.template(hash)
        .map(
            t ->
                "put it back in Git (image %s), or: kubectl rollout undo %s --to-revision=%d"
                    .formatted(images(t.images()), seen.ref().kubectl(), t.revision()))
        .orElse("it is no longer in the rollout history; put it back in Git");
  }

  private static String images(List<String> images) {
    return String.join(", ", images);
  }
}
