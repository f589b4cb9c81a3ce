package dev.litehaven.operator.workload;

import dev.litehaven.operator.workload.PodState.NodeState;
import dev.litehaven.operator.workload.PodState.Phase;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/** Builds observations for tests: a holdable Deployment or StatefulSet unless told otherwise. */
final class Seen {
  static final Instant LONG_AGO = Instant.parse("2026-01-01T00:00:00Z");

  WorkloadRef.Kind kind = WorkloadRef.Kind.DEPLOYMENT;
  String resourceVersion = "1";
  boolean deleting = false;
  boolean upToDate = true;
  int replicas = 1;
  boolean paused = false;
  boolean recreate = false;
  int maxSurge = 1;
  int maxUnavailable = 0;
  int progressDeadline = Integer.MAX_VALUE;
  boolean onDelete = false;
  int partition = 1;
  boolean deletesClaims = false;
  String current = "v1";
  String update = "v1";
  boolean specGated = true;
  Optional<String> newest = Optional.empty();
  final List<TemplateState> templates = new ArrayList<>();
  final List<PodState> pods = new ArrayList<>();
  Optional<Quiesced> quiesced = Optional.empty();
  final List<Quiesced> copies = new ArrayList<>();
  String quiescedProblem = "";
  final Map<String, String> owners = new HashMap<>();
  final List<String> autoscalers = new ArrayList<>();
  final List<String> notChecked = new ArrayList<>();

  static Seen deployment() {
    return new Seen();
  }

  static Seen statefulSet() {
    var seen = new Seen();
    seen.kind = WorkloadRef.Kind.STATEFUL_SET;
    return seen;
  }

  Seen template(String hash, int desired) {
    return template(hash, desired, true);
  }

  Seen template(String hash, int desired, boolean gated) {
    templates.add(
        new TemplateState(
            hash, templates.size() + 1L, gated, desired, List.of("shop:" + hash), ""));
    newest = Optional.of(hash);
    return this;
  }

  Seen pods(PodState... add) {
    pods.addAll(List.of(add));
    return this;
  }

  Seen hold(String run, String old, String fresh) {
    quiesced =
        Optional.of(
            new Quiesced(
                run,
                Quiesced.Method.HOLD,
                1,
                false,
                partition,
                Optional.of(old),
                Optional.of(fresh)));
    paused = true;
    return this;
  }

  Seen scaled(String run, int from) {
    quiesced =
        Optional.of(
            new Quiesced(
                run, Quiesced.Method.SCALE, from, false, 0, Optional.of("v1"), Optional.of("v1")));
    replicas = 0;
    return this;
  }

  WorkloadObservation now() {
    Rollout rollout =
        switch (kind) {
          case DEPLOYMENT ->
              new Rollout.OfDeployment(
                  paused, recreate, maxSurge, maxUnavailable, progressDeadline);
          case STATEFUL_SET ->
              new Rollout.OfStatefulSet(onDelete, partition, deletesClaims, current, update);
        };
    return new WorkloadObservation(
        new WorkloadRef(kind, "shop", "app"),
        "uid-app",
        resourceVersion,
        deleting,
        upToDate,
        replicas,
        rollout,
        specGated,
        kind == WorkloadRef.Kind.DEPLOYMENT ? newest : Optional.of(update),
        templates,
        pods,
        quiesced,
        copies,
        quiescedProblem,
        owners,
        autoscalers,
        notChecked);
  }

  /** A pod that runs and is Ready. */
  static PodState ready(String name, String template) {
    return new Pod(name, template).ready(true).get();
  }

  /** A pod that waits at the gate. */
  static PodState gated(String name, String template) {
    return new Pod(name, template).gated().get();
  }

  /** A pod that was deleted and has not gone. */
  static PodState leaving(String name, String template) {
    return new Pod(name, template).phase(Phase.TERMINATING).get();
  }

  /** A pod past the gate that is not Ready. */
  static PodState starting(String name, String template) {
    return new Pod(name, template).get();
  }

  /** Builds one pod. */
  static final class Pod {
    private final String name;
    private final String template;
    private OptionalInt gate = OptionalInt.empty();
    private Phase phase = Phase.LIVE;
    private boolean ready = false;
    private boolean containersReady = false;
    private boolean wantsVerified = false;
    private NodeState node = NodeState.NOT_CHECKED;
    private boolean failing = false;
    private String words = "";
    private String version = "7";
    private Instant created = LONG_AGO;
    private List<String> finalizers = List.of();
    private Optional<String> schema = Optional.empty();
    private Optional<AppImage> image;

    Pod(String name, String template) {
      this.name = name;
      this.template = template;
      this.image = Optional.of(new AppImage("shop:" + template, ""));
    }

    Pod version(String value) {
      version = value;
      return this;
    }

    Pod gated() {
      gate = OptionalInt.of(0);
      return this;
    }

    Pod phase(Phase value) {
      phase = value;
      return this;
    }

    Pod ready(boolean value) {
      ready = value;
      containersReady = value;
      return this;
    }

    Pod wantsVerified(boolean containers) {
      wantsVerified = true;
      containersReady = containers;
      return this;
    }

    Pod node(NodeState value) {
      node = value;
      return this;
    }

    Pod failing(String why) {
      failing = true;
      words = why;
      return this;
    }

    Pod created(Instant value) {
      created = value;
      return this;
    }

    Pod keptBy(String finalizer) {
      finalizers = List.of(finalizer);
      return this;
    }

    Pod image(String name) {
      image = Optional.of(new AppImage(name, ""));
      return this;
    }

    Pod requiresSchema(String version) {
      schema = Optional.of(version);
      return this;
    }

    PodState get() {
      return new PodState(
          name,
          "uid-" + name,
          version,
          created,
          template,
          gate,
          phase,
          ready,
          containersReady,
          wantsVerified,
          gate.isPresent() ? "" : "node-1",
          node,
          failing,
          words,
          finalizers,
          schema,
          image);
    }
  }
}
