package dev.litehaven.operator.job;

import java.util.List;

/**
 * What a runner pod needs beside its database to get to the place where backups lie. Secrets are
 * mounted as files: they are in no argument, environment or request.
 *
 * @param claim second claim for backups; null: none
 * @param files Secrets and ConfigMaps
 * @param serviceAccountName whose workload identity it has; null: nobody's. No token of the cluster
 *     is mounted either way: what a cloud needs, its webhook puts in
 * @param network whether the pod may leave the node
 * @param snapshot of which the pod gets a volume of its own; null: of none
 */
public record StoreAccess(
    String claim,
    List<Files> files,
    String serviceAccountName,
    boolean network,
    SnapshotVolume snapshot) {
  public static final StoreAccess NONE = new StoreAccess(null, List.of(), null, false);

  public StoreAccess {
    files = files == null ? List.of() : List.copyOf(files);
  }

  public StoreAccess(String claim, List<Files> files, String serviceAccountName, boolean network) {
    this(claim, files, serviceAccountName, network, null);
  }

  /** A snapshot and nothing else. */
  public static StoreAccess of(SnapshotVolume snapshot) {
    return new StoreAccess(null, List.of(), null, false, snapshot);
  }

  /** A claim for backups and nothing else; null: none. */
  public static StoreAccess ofClaim(String claim) {
    return claim == null ? NONE : new StoreAccess(claim, List.of(), null, false);
  }

  /**
   * A volume that is made from a snapshot for one pod, and goes with it.
   *
   * @param snapshot name of the VolumeSnapshot
   * @param storageClassName whose driver has the snapshot; null: the cluster's default
   * @param size as a quantity, at least that of the snapshot
   * @param subPath directory of the volume; null: its root
   */
  public record SnapshotVolume(
      String snapshot, String storageClassName, String size, String mountPath, String subPath) {}

  /**
   * One Secret or ConfigMap as a directory of files.
   *
   * @param volume name within the pod
   * @param secret whether it is a Secret: then only the runner's user, or its group, reads it
   * @param key the only entry that is mounted; null: all of them
   */
  public record Files(String volume, String directory, boolean secret, String name, String key) {}
}
