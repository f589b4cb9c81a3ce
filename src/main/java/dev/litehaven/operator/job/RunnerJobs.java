package dev.litehaven.operator.job;

import dev.litehaven.protocol.ProtocolJson;
import dev.litehaven.protocol.RefusedException;
import dev.litehaven.protocol.RunnerReport;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.DeletionPropagation;
import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodCondition;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.batch.v1.JobBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.net.HttpURLConnection;
import java.util.List;
import java.util.Optional;

/** Starts runner Jobs and reads what became of them. */
public final class RunnerJobs {
  private static final int KEEP_FINISHED_SECONDS = 3600;

  private final KubernetesClient client;

  public RunnerJobs(KubernetesClient client) {
    this.client = client;
  }

  /** Makes the Job; one that is there already is taken as it is, since names are never reused. */
  public void start(RunnerPod pod) {
    createIfAbsent(() -> client.resource(RunnerJobFactory.request(pod)).create());
    createIfAbsent(() -> client.resource(RunnerJobFactory.job(pod)).create());
    Job job = find(pod.namespace(), pod.name());
    if (job != null) {
      own(pod.namespace(), pod.name(), job);
    }
  }

  /**
   * @param expected the step's identity; a report of another run, step or epoch is none
   */
  public JobState look(String namespace, String name, Expected expected) {
    Job job = find(namespace, name);
    if (job == null) {
      return new JobState.Absent();
    }
    Optional<Pod> pod = pod(namespace, job);
    if (pod.isEmpty()) {
      return jobEnded(job)
          ? new JobState.Lost(true, "Job " + name + " has ended and its pod is gone.")
          : new JobState.Active(false, jobTrouble(job));
    }
    return state(pod.get(), expected);
  }

  /** After its result is recorded: kept for a while, for whoever wants to read its log. */
  public void expire(String namespace, String name) {
    if (find(namespace, name) == null) {
      return;
    }
    client
        .batch()
        .v1()
        .jobs()
        .inNamespace(namespace)
        .withName(name)
        .edit(
            job ->
                new JobBuilder(job)
                    .editSpec()
                    .withTtlSecondsAfterFinished(KEEP_FINISHED_SECONDS)
                    .endSpec()
                    .build());
  }

  /** Asks the pod to go, with its grace period. */
  public void delete(String namespace, String name) {
    client
        .batch()
        .v1()
        .jobs()
        .inNamespace(namespace)
        .withName(name)
        .withPropagationPolicy(DeletionPropagation.BACKGROUND)
        .delete();
  }

  /** Whether a pod of that Job may still be at work, whatever became of the Job. */
  public boolean podsAlive(String namespace, String name) {
    return client
        .pods()
        .inNamespace(namespace)
        .withLabel("batch.kubernetes.io/job-name", name)
        .list()
        .getItems()
        .stream()
        .anyMatch(pod -> !finished(pod));
  }

  /** What a report must say of itself. */
  public record Expected(String runId, dev.litehaven.protocol.RunnerStep step, long epoch) {
    boolean matches(RunnerReport report) {
      return runId.equals(report.runId()) && step == report.step() && epoch == report.epoch();
    }
  }

  private JobState state(Pod pod, Expected expected) {
    boolean started = started(pod);
    if (!finished(pod)) {
      return new JobState.Active(started, started ? "" : whyNotStarted(pod));
    }
    String name = pod.getMetadata().getName();
    if (!started) {
      return new JobState.Lost(false, "Pod " + name + " ended before it started: " + why(pod));
    }
    try {
      String log =
          client
              .pods()
              .inNamespace(pod.getMetadata().getNamespace())
              .withName(name)
              .inContainer(RunnerJobFactory.CONTAINER)
              .getLog();
      return ProtocolJson.findReport(log)
          .filter(expected::matches)
          .<JobState>map(JobState.Reported::new)
          .orElseGet(() -> new JobState.Lost(true, "Pod " + name + " left no report: " + why(pod)));
    } catch (KubernetesClientException | RefusedException e) {
      return new JobState.Lost(
          true, "The report of pod " + name + " cannot be read: " + e.getMessage());
    }
  }

  private Job find(String namespace, String name) {
    return client.batch().v1().jobs().inNamespace(namespace).withName(name).get();
  }

  private Optional<Pod> pod(String namespace, Job job) {
    List<Pod> pods =
        client
            .pods()
            .inNamespace(namespace)
            .withLabel("batch.kubernetes.io/job-name", job.getMetadata().getName())
            .list()
            .getItems();
    // With backoffLimit 0 there is one; a replacement is made only when the first has ended.
    return pods.stream()
        .filter(pod -> !finished(pod))
        .findFirst()
        .or(() -> pods.stream().findFirst());
  }

  private void own(String namespace, String name, Job job) {
    client
        .configMaps()
        .inNamespace(namespace)
        .withName(name)
        .edit(
            map ->
                new ConfigMapBuilder(map)
                    .editMetadata()
                    .withOwnerReferences(
                        new OwnerReferenceBuilder()
                            .withApiVersion("batch/v1")
                            .withKind("Job")
                            .withName(name)
                            .withUid(job.getMetadata().getUid())
                            .build())
                    .endMetadata()
                    .build());
  }

  private static void createIfAbsent(Runnable create) {
    try {
      create.run();
    } catch (KubernetesClientException e) {
      if (e.getCode() != HttpURLConnection.HTTP_CONFLICT) {
        throw e;
      }
    }
  }

  private static boolean finished(Pod pod) {
    String phase = pod.getStatus() == null ? null : pod.getStatus().getPhase();
    return "Succeeded".equals(phase)
        || "Failed".equals(phase)
        || container(pod)
            .map(status -> status.getState() != null && status.getState().getTerminated() != null)
            .orElse(false);
  }

  private static boolean started(Pod pod) {
    return container(pod)
        .map(
            status ->
                status.getState() != null
                    && (status.getState().getRunning() != null
                        || status.getState().getTerminated() != null))
        .orElse(false);
  }

  private static Optional<ContainerStatus> container(Pod pod) {
    return pod.getStatus() == null || pod.getStatus().getContainerStatuses() == null
        ? Optional.empty()
        : pod.getStatus().getContainerStatuses().stream().findFirst();
  }

  private static boolean jobEnded(Job job) {
    return job.getStatus() != null
        && job.getStatus().getConditions() != null
        && job.getStatus().getConditions().stream()
            .anyMatch(
                condition ->
                    ("Complete".equals(condition.getType()) || "Failed".equals(condition.getType()))
                        && "True".equals(condition.getStatus()));
  }

  private static String jobTrouble(Job job) {
    return "Job " + job.getMetadata().getName() + " has no pod yet.";
  }

  private static String whyNotStarted(Pod pod) {
    String container =
        container(pod)
            .filter(status -> status.getState() != null && status.getState().getWaiting() != null)
            .map(status -> status.getState().getWaiting())
            .map(waiting -> waiting.getReason() + dash(waiting.getMessage()))
            .orElse("");
    String scheduling =
        pod.getStatus() == null
            ? ""
            : pod.getStatus().getConditions().stream()
                .filter(condition -> "PodScheduled".equals(condition.getType()))
                .filter(condition -> "False".equals(condition.getStatus()))
                .map(PodCondition::getMessage)
                .findFirst()
                .orElse("");
    return "Pod "
        + pod.getMetadata().getName()
        + " has not started"
        + dash(container.isEmpty() ? scheduling : container);
  }

  private static String why(Pod pod) {
    return container(pod)
        .filter(status -> status.getState() != null && status.getState().getTerminated() != null)
        .map(status -> status.getState().getTerminated())
        .map(
            ended ->
                ended.getReason() + ", exit code " + ended.getExitCode() + dash(ended.getMessage()))
        .orElseGet(
            () ->
                pod.getStatus() == null
                    ? "no status"
                    : pod.getStatus().getReason() + dash(pod.getStatus().getMessage()));
  }

  private static String dash(String text) {
    return text == null || text.isBlank() ? "" : ": " + text;
  }
}
