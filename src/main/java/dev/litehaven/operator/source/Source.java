package dev.litehaven.operator.source;

import dev.litehaven.protocol.MigrationScript;
import dev.litehaven.protocol.Reason;
import java.util.List;
import java.util.Map;

/** The migrations, or why there are none. */
public sealed interface Source {
  /**
   * @param digest of everything in them
   * @param files migrations as files, by name; the runner reads them
   */
  record Resolved(String digest, List<MigrationScript> scripts, Map<String, String> files)
      implements Source {}

  /**
   * @param stalled whether a human must act before it comes
   */
  record Problem(boolean stalled, Reason reason, String message) implements Source {}
}
