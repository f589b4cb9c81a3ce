package dev.litehaven.operator.volume;

import dev.litehaven.operator.job.RunnerPod;
import dev.litehaven.operator.workload.WorkloadObservation;
import dev.litehaven.operator.workload.WorkloadRef;
import java.util.List;
import java.util.Optional;

/**
 * A claim and its users, seen live at one time.
 *
 * @param claim empty: there is none of that name
 * @param workloads that use it, in the order they are stopped
 * @param missing workloads that the database names and that do not exist
 * @param undeclared running pods of the claim that belong to none of them, as {@code name (owner)}
 */
public record VolumeUse(
    Optional<Claim> claim,
    List<WorkloadObservation> workloads,
    List<WorkloadRef> missing,
    List<String> undeclared,
    Mount mount) {
  public VolumeUse {
    workloads = List.copyOf(workloads);
    missing = List.copyOf(missing);
    undeclared = List.copyOf(undeclared);
  }

  /** Whether a pod of a workload has the volume now. */
  public boolean inUse() {
    return mount.node() != null;
  }

  /**
   * @param bound whether there is a volume behind it
   * @param singlePod ReadWriteOncePod: nothing can be mounted beside the workload
   */
  public record Claim(String name, String uid, boolean bound, boolean singlePod) {}

  /**
   * How the first workload mounts the claim, and so how a runner does.
   *
   * @param subPath directory of the claim; null: its root
   * @param node where a pod has it mounted now; null: none has
   * @param subPaths what containers mount of the claim by itself, relative to its root
   */
  public record Mount(
      String path,
      String subPath,
      RunnerPod.Identity identity,
      String node,
      List<String> subPaths) {
    /** For a claim that nobody mounts. */
    public static final Mount DEFAULT =
        new Mount("/var/lib/litehaven/data", null, RunnerPod.Identity.UNKNOWN, null, List.of());

    public Mount {
      subPaths = List.copyOf(subPaths);
    }
  }
}
