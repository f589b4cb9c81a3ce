package dev.litehaven.operator.naming;

import dev.litehaven.protocol.Sha256;

/**
 * Names of the objects that Litehaven makes: deterministic, so that a repeated step finds its own.
 */
public final class Names {
  private static final int MAX_LABEL = 63;

  private Names() {}

  /**
   * A job, its ConfigMap and its pod.
   *
   * @param token what tells this try from every other of that run and step: its fencing token
   */
  public static String job(String runId, String step, long token) {
    return label("lh-" + runId + "-" + step.toLowerCase(java.util.Locale.ROOT) + "-" + token);
  }

  public static String snapshot(String runId) {
    return label("lh-" + runId);
  }

  /** The Lease that guards a claim; the UID, since a claim's name may be used again. */
  public static String claimLease(String claimUid) {
    return label("litehaven-" + claimUid);
  }

  public static String workloadLease(String workloadUid) {
    return label("litehaven-w-" + workloadUid);
  }

  /**
   * What a database is called wherever its backups lie.
   *
   * @param chosen by its spec; null: where it is in the cluster says it
   */
  public static String identity(String namespace, String name, String chosen) {
    return chosen == null ? namespace + "/" + name : chosen;
  }

  /** Ten characters that stand for what they were made from. */
  public static String shortHash(String... parts) {
    return Sha256.of(String.join("\u0000", parts)).substring(0, 10);
  }

  /**
   * @throws IllegalArgumentException where the text cannot be a DNS label
   */
  public static String label(String text) {
    if (text.length() > MAX_LABEL || !text.matches("[a-z0-9]([a-z0-9-]*[a-z0-9])?")) {
      throw new IllegalArgumentException("not a DNS label: " + text);
    }
    return text;
  }
}
