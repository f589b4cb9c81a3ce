package dev.litehaven.protocol;

import java.util.List;

/**
 * What was tried at the place where backups lie.
 *
 * @param checks of PROBE, in order: {@code write}, {@code read}, {@code list}, {@code delete}
 * @param removed ids of backups that PRUNE has removed, or found gone
 */
public record StoreReport(List<Check> checks, List<String> removed) {
  public StoreReport {
    checks = checks == null ? List.of() : List.copyOf(checks);
    removed = removed == null ? List.of() : List.copyOf(removed);
  }

  /**
   * @param message null where it worked
   */
  public record Check(String name, boolean ok, String message) {}
}
