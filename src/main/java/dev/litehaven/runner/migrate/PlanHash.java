package dev.litehaven.runner.migrate;

import dev.litehaven.protocol.Finding;
import dev.litehaven.protocol.PlanReport;
import dev.litehaven.protocol.Sha256;
import java.util.List;

/** The name of a plan: the same for every rehearsal of the same change, another for any other. */
final class PlanHash {
  private PlanHash() {}

  static String of(
      String databaseIdentity,
      String stream,
      List<PlanReport.Step> steps,
      String schemaBefore,
      String schemaAfter,
      List<Finding> findings) {
    StringBuilder text = new StringBuilder("litehaven plan 1\n");
    part(text, databaseIdentity);
    part(text, stream);
    for (PlanReport.Step step : steps) {
      part(text, step.action());
      part(text, step.version());
      part(text, step.checksum());
    }
    part(text, schemaBefore);
    part(text, schemaAfter);
    findings.stream().map(Finding::key).sorted().forEach(key -> part(text, key));
    return Sha256.of(text.toString());
  }

  // With its length, so that no two lists of parts make one text.
  private static void part(StringBuilder text, String value) {
    text.append(value.length()).append(':').append(value).append('\n');
  }
}
