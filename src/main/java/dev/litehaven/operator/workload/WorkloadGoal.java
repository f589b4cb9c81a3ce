package dev.litehaven.operator.workload;

import java.util.Objects;
import java.util.Optional;

/** How a run wants a workload to be. Every goal can be asked for again and again. */
public sealed interface WorkloadGoal {
  /** The run that asks; its name goes into {@link Quiesced}. */
  String run();

  /**
   * No pod of the workload runs, and none starts. Stopping again what was started under the same
   * run deletes the opened pods.
   *
   * @param lastLetIn the template that was let in last, as the caller remembers it: what to go back
   *     to when no pod runs at the time
   */
  record Stopped(String run, Optional<String> lastLetIn) implements WorkloadGoal {
    public Stopped {
      Objects.requireNonNull(run, "run");
      Objects.requireNonNull(lastLetIn, "lastLetIn");
    }
  }

  /**
   * Exactly the wanted template runs and is Ready. The workload stays under the run, so that it can
   * be stopped again and the other template started, until {@link Released}.
   */
  record Started(String run, Template template) implements WorkloadGoal {
    public Started {
      Objects.requireNonNull(run, "run");
      Objects.requireNonNull(template, "template");
    }
  }

  /**
   * Pause, partition and replicas are as they were found, and the record is gone. Ask for {@link
   * Started} first: this starts nothing except what scaling stopped.
   */
  record Released(String run) implements WorkloadGoal {
    public Released {
      Objects.requireNonNull(run, "run");
    }
  }

  /** Which template to start. */
  sealed interface Template {
    /** What ran before the stop. */
    record Old() implements Template {}

    /** What was newest at the time of the stop. */
    record New() implements Template {}

    /** One by {@link TemplateState#hash()}. */
    record Named(String hash) implements Template {
      public Named {
        Objects.requireNonNull(hash, "hash");
      }
    }
  }
}
