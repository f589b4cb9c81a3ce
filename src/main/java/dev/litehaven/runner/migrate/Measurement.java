package dev.litehaven.runner.migrate;

import dev.litehaven.protocol.Finding;
import dev.litehaven.protocol.MigrationWork;
import dev.litehaven.protocol.PlanReport;
import dev.litehaven.protocol.PlanReport.TableRows;
import dev.litehaven.protocol.Reason;
import dev.litehaven.protocol.RefusedException;
import dev.litehaven.protocol.Version;
import dev.litehaven.runner.sqlite.KeyedDiff;
import dev.litehaven.runner.sqlite.Pair;
import dev.litehaven.runner.sqlite.Schema;
import dev.litehaven.runner.sqlite.SchemaDiff;
import dev.litehaven.runner.sqlite.SqliteErrors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Compares the migrated copy with the pristine one and writes the plan that says what differs. */
final class Measurement {
  // Room on the volume beyond the files themselves: journal, manifest, directory entries.
  private static final long MARGIN_BYTES = 16L << 20;
  private static final int MAX_DDL = 16_384;

  private final Path copy;
  private final Path pristine;
  private final String databaseIdentity;
  private final MigrationWork work;
  private final long sizeBefore;
  private Schema before;
  private Schema after;
  private String versionBefore;
  private String versionAfter;
  private List<PlanReport.Step> steps = List.of();

  Measurement(Path copy, Path pristine, String databaseIdentity, MigrationWork work)
      throws IOException {
    this.copy = copy;
    this.pristine = pristine;
    this.databaseIdentity = databaseIdentity;
    this.work = work;
    this.sizeBefore = Files.size(pristine);
  }

  PlanReport unchanged(Schema schema, List<HistoryEntry> history) throws IOException {
    before = schema.without(MigrationEngine.OWN_TABLES);
    after = before;
    versionBefore = newest(history);
    versionAfter = versionBefore;
    return report(List.of(), List.of());
  }

  void applied(
      Schema schemaBefore,
      Schema schemaAfter,
      List<HistoryEntry> historyBefore,
      List<HistoryEntry> historyAfter,
      List<PlanReport.Step> done) {
    before = schemaBefore.without(MigrationEngine.OWN_TABLES);
    after = schemaAfter.without(MigrationEngine.OWN_TABLES);
    versionBefore = newest(historyBefore);
    versionAfter = newest(historyAfter);
    steps = done;
  }

  /**
   * @throws PlanRefusedException where the policy forbids what was found, or another plan is
   *     expected
   * @throws RefusedException {@link Reason#FOREIGN_KEYS_VIOLATED}
   */
  PlanReport report(Cancellation cancellation) throws IOException {
    KeyedDiff.Result rows;
    try (Pair pair = Pair.open(pristine, copy, MigrationEngine.OWN_TABLES);
        Cancellation.Scope scope = cancellation.covers(pair.connection())) {
      scope.check();
      ForeignKeys.requireNoNewViolations(pair);
      rows = KeyedDiff.compare(pair);
    } catch (SQLException e) {
      throw SqliteErrors.refusal(e, Reason.VERIFICATION_FAILED, "The copies could not be compared");
    }
    List<Finding> findings =
        PlanFindings.of(SchemaDiff.between(before, after), rows, work.allowedChanges());
    PlanReport report = report(findings, tables(rows));
    Refusals.requireAllowed(work.destructive(), findings, report);
    String expected = work.expectedPlanHash();
    if (expected != null && !expected.equals(report.planHash())) {
      throw new PlanRefusedException(
          Reason.PLAN_CHANGED,
          "The plan is another than the one that was looked at: %s was expected, %s is what the database gives now. Nothing was changed. Look at the new plan and approve that."
              .formatted(expected, report.planHash()),
          report);
    }
    return report;
  }

  private PlanReport report(List<Finding> findings, List<TableRows> tables) throws IOException {
    long size = Files.size(copy);
    return new PlanReport(
        PlanHash.of(databaseIdentity, work.stream(), steps, before.ddl(), after.ddl(), findings),
        versionBefore,
        versionAfter,
        steps,
        findings.stream().limit(PlanReport.MAX_FINDINGS).toList(),
        findings.size(),
        bounded(SchemaDiff.unified(before, after)),
        tables,
        size,
        // The new file beside the old one, and the backup, which may not compress at all.
        Math.max(size, sizeBefore) + sizeBefore + MARGIN_BYTES);
  }

  private static List<TableRows> tables(KeyedDiff.Result rows) {
    List<TableRows> tables = new ArrayList<>();
    for (KeyedDiff.TableDiff table : rows.tables()) {
      tables.add(new TableRows(table.table(), table.rowsBefore(), table.rowsAfter()));
    }
    rows.dropped().forEach(gone -> tables.add(new TableRows(gone.table(), gone.rows(), -1)));
    rows.added().forEach(added -> tables.add(new TableRows(added.table(), -1, added.rows())));
    tables.sort(Comparator.comparing(TableRows::table));
    return tables;
  }

  private static String newest(List<HistoryEntry> history) {
    return history.stream()
        .map(HistoryEntry::version)
        .max(Comparator.naturalOrder())
        .map(Version::text)
        .orElse(null);
  }

  private static String bounded(String ddl) {
    return ddl.length() <= MAX_DDL
        ? ddl
        : ddl.substring(0, ddl.lastIndexOf('\n', MAX_DDL) + 1) + "(cut off)\n";
  }
}
