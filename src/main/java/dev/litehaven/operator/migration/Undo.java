package dev.litehaven.operator.migration;

import dev.litehaven.api.v1alpha1.Api;
import dev.litehaven.api.v1alpha1.DatabaseMigrationStatus.EndedRun;
import dev.litehaven.operator.naming.Names;
import dev.litehaven.protocol.Reason;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * An ended run whose database is to give way to the one before it.
 *
 * @param force also when something was written since
 */
public record Undo(EndedRun ended, boolean force) {
  /** What is to be undone and was not tried yet under the present request. */
  static Optional<Undo> wanted(MigrationObservation seen) {
    return last(seen.status().runs())
        .flatMap(ended -> asked(seen, ended))
        .filter(
            undo -> seen.status().runs().stream().noneMatch(run -> run.id().equals(undo.id(seen))));
  }

  private static Optional<Undo> asked(MigrationObservation seen, EndedRun ended) {
    if (seen.rollbackOf().filter(ended.id()::equals).isPresent()) {
      return Optional.of(new Undo(ended, true));
    }
    return seen.backUnlessWritten().filter(ended.id()::equals).map(run -> new Undo(ended, false));
  }

  /**
   * The run that made the database what it is; empty when none of those remembered did, or it was
   * undone. Only the last one's can be: its file of before may be there still.
   */
  public static Optional<EndedRun> last(List<EndedRun> runs) {
    return runs.stream()
        .filter(run -> !Objects.equals(run.versionBefore(), run.versionAfter()))
        .findFirst()
        .filter(run -> RunEnd.reason(run) != Reason.ROLLED_BACK);
  }

  /** The same for the same request, so that one that failed is not tried again by itself. */
  String id(MigrationObservation seen) {
    return "m-"
        + Names.shortHash(
            seen.run().uid(),
            force ? "undo" : "undo-unless-written",
            ended.id(),
            seen.run().requestedAt().orElse(""),
            seen.fluxRequestedAt().orElse(""));
  }

  /** One line that asks for it. */
  public static String command(String migration, String namespace, String run) {
    return "kubectl annotate dbm %s -n %s %s=%s --overwrite"
        .formatted(migration, namespace, Api.ROLLBACK, run);
  }
}
