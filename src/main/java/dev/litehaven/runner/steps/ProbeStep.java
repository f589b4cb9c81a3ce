package dev.litehaven.runner.steps;

import dev.litehaven.protocol.Reason;
import dev.litehaven.protocol.RefusedException;
import dev.litehaven.protocol.RunnerReport.Outcome;
import dev.litehaven.protocol.StoreReport;
import dev.litehaven.protocol.StoreReport.Check;
import dev.litehaven.runner.store.BackupStore;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Tries the place for backups with an object of its own: written, read, listed, deleted. Each of
 * the four is in the report, with what was seen where it failed.
 */
final class ProbeStep implements Step {
  private interface Attempt {
    /** Says what is wrong; null: nothing. */
    String run() throws IOException;
  }

  private final List<Check> checks = new ArrayList<>();
  private Failures.Failure first;

  @Override
  public Ending run(StepContext context) throws Exception {
    String directory = "probe-" + context.run().runId() + "/";
    String key = directory + "probe";
    byte[] content = ("probe " + context.now()).getBytes(StandardCharsets.UTF_8);
    try (BackupStore store = Places.whole(context)) {
      check(
          context,
          "write",
          () -> {
            store.replace(key, content);
            return null;
          });
      if (first != null) {
        // Without one there is nothing to read and to delete.
        checks.add(new Check("read", false, "Not tried: nothing could be written."));
      } else {
        check(
            context,
            "read",
            () ->
                Arrays.equals(store.read(key).orElse(null), content)
                    ? null
                    : store.describe(key) + " does not say what was written to it.");
      }
      boolean written = first == null || checks.getFirst().ok();
      check(
          context,
          "list",
          () ->
              store.list(directory).stream().anyMatch(object -> object.key().equals(key))
                      || !written
                  ? null
                  : store.describe(key) + " was written, but is not listed.");
      if (written) {
        check(
            context,
            "delete",
            () -> {
              store.delete(key);
              return store.list(directory).isEmpty()
                  ? null
                  : store.describe(key) + " was deleted, but is still listed.";
            });
      } else {
        checks.add(new Check("delete", false, "Not tried: nothing could be written."));
      }
    }
    context.found(new StoreReport(checks, null));
    return first == null
        ? Ending.succeeded(
            Reason.SUCCEEDED, "The place could be written to, read from, listed and deleted from.")
        : new Ending.Ended(first.outcome(), first.reason(), first.message());
  }

  private void check(StepContext context, String name, Attempt attempt) throws Exception {
    Failures.Failure failure =
        context.phase(
            name,
            "Trying the place for backups: " + name,
            () -> {
              try {
                String wrong = attempt.run();
                return wrong == null
                    ? null
                    : new Failures.Failure(Outcome.REFUSED, Reason.STORE_REFUSED, wrong);
              } catch (RefusedException | IOException e) {
                return Failures.of(e);
              }
            });
    checks.add(new Check(name, failure == null, failure == null ? null : failure.message()));
    first = first == null ? failure : first;
    context.found(new StoreReport(checks, null));
  }
}
