package dev.litehaven.runner.migrate;

import dev.litehaven.protocol.Finding;
import dev.litehaven.protocol.MigrationWork;
import dev.litehaven.protocol.PlanReport;
import dev.litehaven.protocol.PlanReport.TableRows;
import dev.litehaven.protocol.Reason;
import dev.litehaven.protocol.RefusedException;
import dev.litehaven.protocol.Version;
import dev.litehaven.runner.migrate.FileSet.Located;
import dev.litehaven.runner.migrate.FileSet.Member;
import dev.litehaven.runner.sqlite.KeyedDiff;
import dev.litehaven.runner.sqlite.Pair;
import dev.litehaven.runner.sqlite.Schema;
import dev.litehaven.runner.sqlite.SchemaDiff;
import dev.litehaven.runner.sqlite.SqliteErrors;
import java.io.IOException;
import java.nio.file.Files;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * Compares the migrated copies with the pristine ones, file by file, and writes the plan that says
 * what differs.
 */
final class Measurement {
  // Room on the volume beyond the files themselves: journal, manifest, directory entries.
  private static final long MARGIN_BYTES = 16L << 20;
  private static final int MAX_DDL = 16_384;

  private final FileSet files;
  private final String databaseIdentity;
  private final MigrationWork work;
  private final Map<String, Schema> before = new HashMap<>();
  private final Map<String, Schema> after = new HashMap<>();
  private String versionBefore;
  private String versionAfter;
  private List<PlanReport.Step> steps = List.of();
  private List<FileScope> scopes = List.of();

  Measurement(FileSet files, String databaseIdentity, MigrationWork work) {
    this.files = files;
    this.databaseIdentity = databaseIdentity;
    this.work = work;
  }

  PlanReport unchanged(Map<String, Schema> schemas, List<HistoryEntry> history) throws IOException {
    applied(schemas, schemas, history, history, List.of(), List.of());
    return report(List.of(), List.of());
  }

  /**
   * @param schemasBefore by the names of their files, likewise after
   * @param ran what each migration that was run is about
   */
  void applied(
      Map<String, Schema> schemasBefore,
      Map<String, Schema> schemasAfter,
      List<HistoryEntry> historyBefore,
      List<HistoryEntry> historyAfter,
      List<PlanReport.Step> done,
      List<FileScope> ran) {
    schemasBefore.forEach((file, all) -> before.put(file, all.without(MigrationEngine.OWN_TABLES)));
    schemasAfter.forEach((file, all) -> after.put(file, all.without(MigrationEngine.OWN_TABLES)));
    versionBefore = newest(historyBefore);
    versionAfter = newest(historyAfter);
    steps = done;
    scopes = ran;
  }

  /**
   * @throws PlanRefusedException where the policy forbids what was found, or another plan is
   *     expected
   * @throws RefusedException {@link Reason#FOREIGN_KEYS_VIOLATED}
   */
  PlanReport report(Cancellation cancellation) throws IOException {
    Moves moves = new Moves(files, scopes);
    List<Finding> findings = new ArrayList<>();
    List<TableRows> tables = new ArrayList<>();
    for (Member file : files.members()) {
      try {
        KeyedDiff.Result rows = compare(file, cancellation);
        findings.addAll(
            PlanFindings.of(
                files.prefix(file),
                SchemaDiff.between(before.get(file.name()), after.get(file.name())),
                rows,
                moves.count(file, cancellation),
                allowedChanges(file)));
        tables.addAll(tables(files.prefix(file), rows));
      } catch (SQLException e) {
        throw SqliteErrors.refusal(
            e, Reason.VERIFICATION_FAILED, "The copies could not be compared");
      }
    }
    findings.sort(PlanFindings.ORDER);
    PlanReport report = report(findings, tables);
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

  private KeyedDiff.Result compare(Member file, Cancellation cancellation)
      throws SQLException, IOException {
    try (Pair pair = Pair.open(file.pristine(), file.copy(), MigrationEngine.OWN_TABLES);
        Cancellation.Scope scope = cancellation.covers(pair.connection())) {
      scope.check();
      ForeignKeys.requireNoNewViolations(
          pair,
          files.prefix(file),
          "After the migration",
          "Correct the script so that children and parents fit.");
      return KeyedDiff.compare(pair);
    }
  }

  /** Those of one file, as {@code table.column}. */
  private List<String> allowedChanges(Member file) {
    return work.allowedChanges().stream()
        .map(files::column)
        .filter(at -> at.member().equals(file))
        .map(Located::object)
        .toList();
  }

  private PlanReport report(List<Finding> findings, List<TableRows> tables) throws IOException {
    long size = 0;
    long sizeBefore = 0;
    long required = MARGIN_BYTES;
    for (Member file : files.members()) {
      long copy = Files.size(file.copy());
      long pristine = Files.size(file.pristine());
      size += copy;
      sizeBefore += pristine;
      required += Math.max(copy, pristine);
    }
    return new PlanReport(
        PlanHash.of(databaseIdentity, work.stream(), steps, ddl(before), ddl(after), findings),
        versionBefore,
        versionAfter,
        steps,
        findings.stream().limit(PlanReport.MAX_FINDINGS).toList(),
        findings.size(),
        bounded(unified()),
        tables,
        size,
        // The new files beside the old ones, and the backup, which may not compress at all.
        required + sizeBefore);
  }

  private String ddl(Map<String, Schema> schemas) {
    return perFile(file -> schemas.get(file.name()).ddl());
  }

  private String unified() {
    return perFile(file -> SchemaDiff.unified(before.get(file.name()), after.get(file.name())));
  }

  /** One text after the other, each that says something under the name of its file. */
  private String perFile(Function<Member, String> text) {
    StringBuilder out = new StringBuilder();
    for (Member file : files.members()) {
      String part = text.apply(file);
      if (files.isSet() && !part.isEmpty()) {
        out.append("-- file ").append(file.name()).append('\n');
      }
      out.append(part);
    }
    return out.toString();
  }

  private static List<TableRows> tables(String file, KeyedDiff.Result rows) {
    List<TableRows> tables = new ArrayList<>();
    for (KeyedDiff.TableDiff table : rows.tables()) {
      tables.add(new TableRows(file + table.table(), table.rowsBefore(), table.rowsAfter()));
    }
    rows.dropped().forEach(gone -> tables.add(new TableRows(file + gone.table(), gone.rows(), -1)));
    rows.added()
        .forEach(added -> tables.add(new TableRows(file + added.table(), -1, added.rows())));
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
