package dev.litehaven.api.v1alpha1;

import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Size;
import java.util.List;

/**
 * What is true of a place for backups.
 *
 * @param checks what was tried there last, in order: write, read, list, delete
 * @param lastProbeTime RFC 3339, when that was
 * @param probeKey what was tried, and why: another one is tried anew
 * @param probeRun the probe that is under way; null: none
 * @param consecutiveFailures probes that failed since the last that did not
 */
public record BackupLocationStatus(
    @Default("-1") Long observedGeneration,
    @Size(max = 16) List<Condition> conditions,
    @Size(max = 8) List<Check> checks,
    String lastProbeTime,
    @Size(max = 63) String probeKey,
    ProbeRun probeRun,
    Integer consecutiveFailures,
    @Size(max = 1024) String lastHandledRequest) {
  public BackupLocationStatus {
    conditions = conditions == null ? List.of() : List.copyOf(conditions);
    checks = checks == null ? List.of() : List.copyOf(checks);
  }

  /** Before anything was tried. */
  public static BackupLocationStatus unobserved() {
    return new BackupLocationStatus(-1L, null, null, null, null, null, null, null);
  }

  /**
   * @param message null where it worked
   */
  public record Check(@Size(max = 63) String name, Boolean ok, @Size(max = 1024) String message) {}

  /**
   * @param key of this probe
   * @param startedAt RFC 3339
   */
  public record ProbeRun(@Size(max = 63) String id, @Size(max = 63) String key, String startedAt) {}
}
