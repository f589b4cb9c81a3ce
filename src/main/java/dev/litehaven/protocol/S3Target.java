package dev.litehaven.protocol;

/**
 * A prefix of a bucket in S3-compatible storage. Credentials are never part of a request: they are
 * files or the environment of the pod.
 *
 * @param endpoint URL; null: AWS's own for the region
 * @param region null: {@code us-east-1}, which most other stores accept
 * @param prefix without slashes at its ends; empty: the whole bucket
 * @param pathStyle whether the bucket is part of the path rather than of the host name
 * @param caFile PEM file of the authority to trust beside the usual ones; null: none
 * @param credentialsDirectory with the files {@code accessKeyId}, {@code secretAccessKey} and,
 *     where there is one, {@code sessionToken}; null: the environment's workload identity
 * @param serverSideEncryption as S3 names it, {@code AES256} or {@code aws:kms}; null: the bucket's
 *     default
 * @param kmsKeyId for {@code aws:kms}; null: the bucket's default key
 * @param objectLockMode {@code GOVERNANCE} or {@code COMPLIANCE}; null: none
 * @param objectLockDays how long objects stay locked
 */
public record S3Target(
    String endpoint,
    String region,
    String bucket,
    String prefix,
    boolean pathStyle,
    String caFile,
    String credentialsDirectory,
    String serverSideEncryption,
    String kmsKeyId,
    String objectLockMode,
    int objectLockDays) {
  public S3Target {
    prefix = prefix == null ? "" : prefix;
  }
}
