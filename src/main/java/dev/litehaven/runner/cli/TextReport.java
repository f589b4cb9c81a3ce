package dev.litehaven.runner.cli;

import dev.litehaven.protocol.BackupRecord;
import dev.litehaven.protocol.Finding;
import dev.litehaven.protocol.InspectReport;
import dev.litehaven.protocol.PlanReport;
import dev.litehaven.protocol.RestoreReport;
import dev.litehaven.protocol.RunnerReport;
import dev.litehaven.protocol.RunnerReport.Outcome;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * A report as a person reads it: what will or did happen, what to look at, and the outcome last.
 */
final class TextReport {
  private TextReport() {}

  static String of(RunnerReport report) {
    var out = new StringBuilder();
    if (report.plan() != null) {
      plan(report.plan(), out);
    }
    if (report.inspect() != null) {
      inspect(report.inspect(), out);
    }
    backups(report.backups(), out);
    if (report.restore() != null) {
      restore(report.restore(), out);
    }
    boolean good = report.outcome() == Outcome.SUCCEEDED;
    out.append(good ? "" : "error: ").append(report.reason().text()).append(": ");
    return out.append(report.message()).append('\n').toString();
  }

  private static void plan(PlanReport plan, StringBuilder out) {
    out.append("version  ")
        .append(orNone(plan.versionBefore()))
        .append(" -> ")
        .append(orNone(plan.versionAfter()))
        .append("\nplan     ")
        .append(plan.planHash())
        .append('\n');
    table(
        "steps",
        plan.steps().stream()
            .map(
                s ->
                    List.of(
                        s.action(),
                        s.version(),
                        orNone(s.description()),
                        s.durationMillis() + " ms"))
            .toList(),
        out);
    List<PlanReport.TableRows> changed =
        plan.tables().stream().filter(t -> t.before() != t.after()).toList();
    table(
        "rows",
        changed.stream()
            .map(t -> List.of(t.table(), rows(t.before()) + " -> " + rows(t.after())))
            .toList(),
        out);
    table("findings", plan.findings().stream().map(TextReport::finding).toList(), out);
    int unseen = plan.findingsTotal() - plan.findings().size();
    if (unseen > 0) {
      out.append("  and ").append(unseen).append(" more\n");
    }
    if (plan.ddl() != null && !plan.ddl().isBlank()) {
      out.append("schema\n").append(plan.ddl().strip().indent(2));
    }
  }

  private static List<String> finding(Finding finding) {
    return List.of(
        finding.destructive() ? "!" : "-",
        finding.code(),
        finding.object(),
        finding.rows() == 1 ? "1 row" : finding.rows() + " rows",
        finding.message());
  }

  private static void inspect(InspectReport report, StringBuilder out) {
    table(
        "files",
        report.files().stream()
            .map(
                f ->
                    List.of(
                        f.path(),
                        bytes(f.sizeBytes()),
                        orNone(f.journalMode()),
                        f.tables() + " tables",
                        f.historyTool() == null
                            ? "no history"
                            : f.historyTool() + " " + orNone(f.schemaVersion()),
                        f.problem() == null ? "ok" : f.problem().text() + ": " + f.message()))
            .toList(),
        out);
    out.append("volume   ")
        .append(report.filesystem())
        .append(", ")
        .append(bytes(report.freeBytes()))
        .append(" free of ")
        .append(bytes(report.totalBytes()))
        .append('\n');
    if (report.unfinishedRun() != null) {
      out.append("run      ").append(report.unfinishedRun()).append(" is unfinished: recover\n");
    }
  }

  private static void backups(List<BackupRecord> backups, StringBuilder out) {
    table(
        "backups",
        backups.stream()
            .map(
                b ->
                    List.of(
                        b.type(),
                        b.manifestPath(),
                        bytes(b.sizeBytes()) + " of " + bytes(b.databaseBytes()),
                        b.rows() + " rows",
                        b.verified() ? "verified" : "not verified"))
            .toList(),
        out);
  }

  private static void restore(RestoreReport report, StringBuilder out) {
    table(
        "passed over",
        report.passedOver().stream()
            .map(b -> List.of(b.backupId(), b.reason().text(), b.message()))
            .toList(),
        out);
    table(
        "rows",
        report.tables().stream()
            .map(
                t ->
                    List.of(
                        t.table(),
                        rows(t.rowsBefore()) + " -> " + rows(t.rowsAfter()),
                        t.added() < 0
                            ? ""
                            : "+%d -%d ~%d".formatted(t.added(), t.removed(), t.changed())))
            .toList(),
        out);
    int unseen = report.tablesTotal() - report.tables().size();
    if (unseen > 0) {
      out.append("  and ").append(unseen).append(" more\n");
    }
  }

  /** Columns as wide as their widest cell; the last one as long as it is. */
  private static void table(String title, List<List<String>> rows, StringBuilder out) {
    if (rows.isEmpty()) {
      return;
    }
    List<Integer> widths = new ArrayList<>();
    for (List<String> row : rows) {
      for (int i = 0; i < row.size(); i++) {
        if (i == widths.size()) {
          widths.add(0);
        }
        widths.set(i, Math.max(widths.get(i), row.get(i).length()));
      }
    }
    out.append(title).append('\n');
    for (List<String> row : rows) {
      var line = new StringBuilder(" ");
      for (int i = 0; i < row.size(); i++) {
        line.append(' ').append(row.get(i));
        line.append(" ".repeat(1 + widths.get(i) - row.get(i).length()));
      }
      out.append(line.toString().stripTrailing()).append('\n');
    }
  }

  private static String orNone(String text) {
    return text == null || text.isEmpty() ? "none" : text;
  }

  private static String rows(long count) {
    return count < 0 ? "none" : Long.toString(count);
  }

  static String bytes(long count) {
    if (count < 1024) {
      return count + " B";
    }
    int unit = Math.min(5, (63 - Long.numberOfLeadingZeros(count)) / 10);
    double value = count / Math.pow(1024, unit);
    return String.format(Locale.ROOT, "%.1f %siB", value, "KMGTP".charAt(unit - 1));
  }
}
