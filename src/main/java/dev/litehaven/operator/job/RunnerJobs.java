package dev.litehaven.operator.job;

import dev.litehaven.api.v1alpha1.Api;
import dev.litehaven.operator.ApiErrors;
import dev.litehaven.protocol.ProtocolJson;
import dev.litehaven.protocol.RefusedException;
import dev.litehaven.protocol.RunnerReport;
import dev.litehaven.protocol.RunnerStep;
import io.fabric8.kubernetes.api.model.ConfigMap;
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
  private static final int KEEP_FINISHED_SECONDS = 300;

  /** What the API server takes as a ConfigMap's data is 1 MiB; the rest is for its names. */
  private static final int MAX_REQUEST = 1024 * 1024 - 4096;

  private static final String JOB_NAME = "batch.kubernetes.io/job-name";

  private final KubernetesClient client;

  public RunnerJobs(KubernetesClient client) {
    this.client = client;
  }

  /**
   * Makes the Job; one that is there already is taken as it is, since names are never reused.
   *
   * @throws JobRefusedException when the API server does not take it
   */
  public void start(RunnerPod pod) {
    ConfigMap request = RunnerJobFactory.request(pod);
    int size = request.getData().get(RunnerJobFactory.REQUEST_KEY).length();
    if (size > MAX_REQUEST) {
      throw new JobRefusedException(
          false,
          "The migrations come to %d bytes with their marks, and a ConfigMap holds %d. Bring them in in several steps: leave out the newest ones until the others are applied."
              .formatted(size, MAX_REQUEST),
          null);
    }
    createIfAbsent("ConfigMap", pod, () -> client.resource(request).create());
    createIfAbsent("Job", pod, () -> client.resource(RunnerJobFactory.job(pod)).create());
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
    Job found = find(namespace, name);
    // Whoever made the Job may have died before this; the request would outlive it for ever.
    if (found != null) {
      own(namespace, name, found);
    }
    // A patch that changes nothing is a write all the same, and this is asked for again and again.
    if (found == null || found.getSpec().getTtlSecondsAfterFinished() != null) {
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

  /** Asks the pod to go, with its grace period; the Job stays until it has gone. */
  public void delete(String namespace, String name) {
    client
        .batch()
        .v1()
        .jobs()
        .inNamespace(namespace)
        .withName(name)
        .withPropagationPolicy(DeletionPropagation.FOREGROUND)
        .delete();
  }

  /** Whether any runner of that run may still be at work, or may yet begin. */
  public boolean alive(String namespace, String runId) {
    List<Pod> pods =
        client.pods().inNamespace(namespace).withLabel(Api.LABEL_RUN, runId).list().getItems();
    return pods.stream().anyMatch(pod -> !finished(pod))
        || client
            .batch()
            .v1()
            .jobs()
            .inNamespace(namespace)
            .withLabel(Api.LABEL_RUN, runId)
            .list()
            .getItems()
            .stream()
            .filter(job -> !jobEnded(job))
            .anyMatch(job -> pods.stream().noneMatch(pod -> of(job, pod)));
  }

  private static boolean of(Job job, Pod pod) {
    return pod.getMetadata().getLabels() != null
        && job.getMetadata().getName().equals(pod.getMetadata().getLabels().get(JOB_NAME));
  }

  /**
   * What a report must say of itself.
   *
   * @param epoch null: any, for a step that changes nothing
   */
  public record Expected(String runId, RunnerStep step, Long epoch) {
    boolean matches(RunnerReport report) {
      return runId.equals(report.runId())
          && step == report.step()
          && (epoch == null || epoch == report.epoch());
    }
  }

  private JobState state(Pod pod, Expected expected) {
    boolean started = started(pod);
    if (!finished(pod)) {
      return new JobState.Active(started, started ? whyNotGone(pod) : whyNotStarted(pod));
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
            .withLabel(JOB_NAME, job.getMetadata().getName())
            .list()
            .getItems();
    // With backoffLimit 0 there is one; a replacement is made only when the first has ended.
    return pods.stream()
        .filter(pod -> !finished(pod))
        .findFirst()
        .or(() -> pods.stream().findFirst());
  }

  private void own(String namespace, String name, Job job) {
    ConfigMap request = client.configMaps().inNamespace(namespace).withName(name).get();
    if (request == null || !request.getMetadata().getOwnerReferences().isEmpty()) {
      return;
    }
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

  private static void createIfAbsent(String kind, RunnerPod pod, Runnable create) {
    try {
      create.run();
    } catch (KubernetesClientException e) {
      switch (e.getCode()) {
        case HttpURLConnection.HTTP_CONFLICT -> {}
        case HttpURLConnection.HTTP_FORBIDDEN -> throw refused(true, kind, pod, e);
        case HttpURLConnection.HTTP_BAD_REQUEST,
            HttpURLConnection.HTTP_NOT_FOUND,
            HttpURLConnection.HTTP_ENTITY_TOO_LARGE,
            ApiErrors.UNPROCESSABLE ->
            throw refused(false, kind, pod, e);
        default -> throw e;
      }
    }
  }

  private static JobRefusedException refused(
      boolean passing, String kind, RunnerPod pod, KubernetesClientException e) {
    return new JobRefusedException(
        passing,
        "The API server does not take the runner's %s %s: %s"
            .formatted(kind, pod.name(), ApiErrors.words(e)),
        e);
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

  private static String whyNotGone(Pod pod) {
    return pod.getMetadata().getDeletionTimestamp() == null
        ? ""
        : "Pod %s was deleted at %s and has not ended; if its node %s is gone for good, taint it: kubectl taint node %s node.kubernetes.io/out-of-service=nodeshutdown:NoExecute"
            .formatted(
                pod.getMetadata().getName(),
                pod.getMetadata().getDeletionTimestamp(),
                pod.getSpec().getNodeName(),
                pod.getSpec().getNodeName());
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
