package dev.litehaven.operator.workload;

import dev.litehaven.api.v1alpha1.Api;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;

/** One guarded write: it changes exactly what was observed, or nothing. */
public sealed interface WorkloadAction {
  /**
   * Changes the workload in one patch, if it is still at this resourceVersion.
   *
   * @param quiesced the record to leave on the workload; empty removes it
   * @param paused what to set; empty leaves the field alone, as for the following ones
   */
  record PatchWorkload(
      String uid,
      String resourceVersion,
      Optional<Quiesced> quiesced,
      Optional<Boolean> paused,
      OptionalInt partition,
      OptionalInt replicas)
      implements WorkloadAction {
    public PatchWorkload {
      Objects.requireNonNull(uid, "uid");
      Objects.requireNonNull(resourceVersion, "resourceVersion");
      Objects.requireNonNull(quiesced, "quiesced");
      Objects.requireNonNull(paused, "paused");
      Objects.requireNonNull(partition, "partition");
      Objects.requireNonNull(replicas, "replicas");
    }
  }

  /** Deletes the pod with this UID, with its own grace period; never by force. */
  record DeletePod(String name, String uid) implements WorkloadAction {
    public DeletePod {
      Objects.requireNonNull(name, "name");
      Objects.requireNonNull(uid, "uid");
    }
  }

  /** Removes Litehaven's scheduling gate. There is no way back but to delete the pod. */
  record OpenPod(String name, String uid, String resourceVersion, int gateIndex)
      implements WorkloadAction {
    public OpenPod {
      Objects.requireNonNull(name, "name");
      Objects.requireNonNull(uid, "uid");
      Objects.requireNonNull(resourceVersion, "resourceVersion");
    }
  }

  /** Sets the pod's readiness gate {@link Api#VERIFIED_GATE} True. */
  record VerifyPod(String name, String uid) implements WorkloadAction {
    public VerifyPod {
      Objects.requireNonNull(name, "name");
      Objects.requireNonNull(uid, "uid");
    }
  }
}
