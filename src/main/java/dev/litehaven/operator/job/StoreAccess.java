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
 */
public record StoreAccess(
    String claim, List<Files> files, String serviceAccountName, boolean network) {
  public static final StoreAccess NONE = new StoreAccess(null, List.of(), null, false);

  public StoreAccess {
    files = files == null ? List.of() : List.copyOf(files);
  }

  /** A claim for backups and nothing else; null: none. */
  public static StoreAccess ofClaim(String claim) {
    return claim == null ? NONE : new StoreAccess(claim, List.of(), null, false);
  }

  /**
   * One Secret or ConfigMap as a directory of files.
   *
   * @param volume name within the pod
   * @param secret whether it is a Secret: then only the runner's user, or its group, reads it
   * @param key the only entry that is mounted; null: all of them
   */
  public record Files(String volume, String directory, boolean secret, String name, String key) {}
}
