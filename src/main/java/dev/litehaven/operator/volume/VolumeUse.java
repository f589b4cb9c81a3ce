package dev.litehaven.operator.volume;

import dev.litehaven.operator.job.FileOwner;
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
 * @param others what else would mount it with its next pod, as {@code Kind name}: nothing that
 *     could be stopped
 * @param undeclared running pods of the claim that belong to none of them, as {@code name (owner)}
 */
public record VolumeUse(
    Optional<Claim> claim,
    List<WorkloadObservation> workloads,
    List<WorkloadRef> missing,
    List<String> others,
    List<String> undeclared,
    Mount mount) {
  public VolumeUse {
    workloads = List.copyOf(workloads);
    missing = List.copyOf(missing);
    others = List.copyOf(others);
    undeclared = List.copyOf(undeclared);
  }

  /** Whether a pod of a workload has the volume now. */
  public boolean inUse() {
    return mount.node() != null;
  }

  /**
   * @param bound whether there is a volume behind it
   * @param singlePod ReadWriteOncePod: nothing can be mounted beside the workload
   * @param terminating deleted, and gone as soon as no pod and no finalizer keeps it
   */
  public record Claim(
      String name, String uid, boolean bound, boolean singlePod, boolean terminating) {}

  /**
   * How the first workload mounts the claim, and so how a runner does.
   *
   * @param subPath directory of the claim; null: its root
   * @param node where a pod has it mounted now; null: none has
   * @param subPaths what containers mount of the claim by itself, relative to its root
   * @param subPathExpr a part of the claim that some container mounts and only the kubelet can
   *     name; null: there is none
   */
  public record Mount(
      String path,
      String subPath,
      RunnerPod.Identity identity,
      String node,
      List<String> subPaths,
      String subPathExpr) {
    /** For a claim that nobody mounts. */
    public static final Mount DEFAULT =
        new Mount(
            "/var/lib/litehaven/data", null, RunnerPod.Identity.UNKNOWN, null, List.of(), null);

    public Mount {
      subPaths = List.copyOf(subPaths);
    }

    /**
     * Who a runner is on the volume: the workload, or where nobody mounts it, whoever its file lets
     * in. Nothing on it changes hands for that.
     *
     * @param owner null: not known
     */
    public RunnerPod.Identity runner(FileOwner owner, boolean allowRoot) {
      return equals(DEFAULT) ? RunnerPod.Identity.of(owner, allowRoot) : identity.orOwner(owner);
    }

    /**
     * Whether a runner gets to the file by its group only: that may do to read it and to write
     * beside it, and not to replace it.
     */
    public boolean byGroupOnly(FileOwner owner, boolean allowRoot) {
      return equals(DEFAULT) && owner != null && owner.root() && !allowRoot;
    }

    /** Why a file that is reached {@link #byGroupOnly} stays as it is. */
    public static String notReplaced(String path) {
      return "%s belongs to root, and nobody mounts the claim who would say whose it is: it can be backed up, and only its owner may replace it. Give it to the user of its app (chown), or set runner.allowRoot: true."
          .formatted(path);
    }
  }
}
