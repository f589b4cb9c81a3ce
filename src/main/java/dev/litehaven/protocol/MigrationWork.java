package dev.litehaven.protocol;

import java.util.List;
import java.util.Map;

/**
 * What a PLAN or MIGRATE step is to bring about.
 *
 * @param stream history stream; versions of different streams are independent
 * @param scripts in any order; the runner orders them by version
 * @param files instead of, or besides, {@code scripts}: file name to content, named as Flyway,
 *     golang-migrate, goose, dbmate or sqlx name them; the runner reads them
 * @param targetVersion null: the newest. Lower than the applied one: go down with the stored text
 * @param destructive the stricter of the database's floor and the migration's own policy
 * @param allowedChanges columns whose existing values may change, as {@code table.column}, or
 *     {@code file.table.column} in any but the first file
 * @param expectedPlanHash the plan that was looked at before; null: any
 */
public record MigrationWork(
    String stream,
    List<MigrationScript> scripts,
    Map<String, String> files,
    String targetVersion,
    Destructive destructive,
    List<String> allowedChanges,
    VerifyRules verify,
    String expectedPlanHash) {
  public MigrationWork {
    stream = stream == null ? "default" : stream;
    scripts = scripts == null ? List.of() : List.copyOf(scripts);
    files = files == null ? Map.of() : Map.copyOf(files);
    destructive = destructive == null ? Destructive.FORBID : destructive;
    allowedChanges = allowedChanges == null ? List.of() : List.copyOf(allowedChanges);
    verify = verify == null ? VerifyRules.DEFAULT : verify;
  }

  /** Work whose migrations are all written out as scripts. */
  public MigrationWork(
      String stream,
      List<MigrationScript> scripts,
      String targetVersion,
      Destructive destructive,
      List<String> allowedChanges,
      VerifyRules verify,
      String expectedPlanHash) {
    this(
        stream,
        scripts,
        Map.of(),
        targetVersion,
        destructive,
        allowedChanges,
        verify,
        expectedPlanHash);
  }
}
