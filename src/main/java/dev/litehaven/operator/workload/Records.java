package dev.litehaven.operator.workload;

import dev.litehaven.operator.workload.Quiesced.Method;
import java.util.List;
import java.util.Optional;

/** Writes down what a workload is like before it is touched, and reads templates out of it. */
final class Records {
  private Records() {}

  static Quiesced of(
      WorkloadObservation seen, String run, Method method, Optional<String> lastLetIn) {
    Optional<String> newest = newest(seen);
    Optional<String> old =
        seen.runningTemplate()
            .or(() -> lastLetIn.filter(hash -> seen.template(hash).isPresent()))
            .or(() -> oldestInUse(seen))
            .or(() -> newest);
    return switch (seen.rollout()) {
      case Rollout.OfDeployment d ->
          new Quiesced(run, method, seen.replicas(), d.paused(), 0, old, newest.or(() -> old));
      case Rollout.OfStatefulSet s ->
          new Quiesced(run, method, seen.replicas(), false, s.partition(), old, newest);
    };
  }

  private static Optional<String> newest(WorkloadObservation seen) {
    return switch (seen.rollout()) {
      case Rollout.OfDeployment _ -> seen.newestTemplate();
      case Rollout.OfStatefulSet s -> Optional.of(s.updateTemplate());
    };
  }

  private static Optional<String> oldestInUse(WorkloadObservation seen) {
    return switch (seen.rollout()) {
      case Rollout.OfDeployment _ ->
          seen.templatesInUse().stream().findFirst().map(TemplateState::hash);
      case Rollout.OfStatefulSet s -> Optional.of(s.currentTemplate());
    };
  }

  /** The template that is asked for; empty when the record does not know it. */
  static Optional<String> resolve(Quiesced record, WorkloadGoal.Template template) {
    return switch (template) {
      case WorkloadGoal.Template.Old() -> record.oldTemplate();
      case WorkloadGoal.Template.New() -> record.newTemplate();
      case WorkloadGoal.Template.Named(String hash) -> Optional.of(hash);
    };
  }

  /**
   * Whether a record that has been lost can be made again without guessing which template is meant.
   */
  static boolean unambiguous(WorkloadObservation seen, WorkloadGoal.Template template) {
    return template instanceof WorkloadGoal.Template.Named || seen.templatesInUse().size() <= 1;
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
