package dev.litehaven.protocol;

/**
 * Which operation, for which volume, with which right to write.
 *
 * @param runId short DNS label, unique per run, part of the file names a swap makes
 * @param databaseIdentity stable name of the database, {@code namespace/name} unless chosen
 * @param claimUid UID of the PersistentVolumeClaim, or the volume root's path without a cluster
 * @param epoch fencing token; a volume refuses one lower than it has seen
 * @param migration name of the resource or file that asked, for messages and manifests
 */
public record RunRef(
    String runId, String databaseIdentity, String claimUid, long epoch, String migration) {
  public RunRef {
    if (runId == null || !runId.matches("[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?")) {
      throw new IllegalArgumentException("run id must be a short DNS label, got: " + runId);
    }
    if (epoch < 0) {
      throw new IllegalArgumentException("epoch must not be negative, got: " + epoch);
    }
  }
}
