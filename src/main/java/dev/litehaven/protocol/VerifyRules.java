package dev.litehaven.protocol;

import java.util.List;

/**
 * What must hold on the migrated copy before it replaces the database. Integrity, foreign keys and
 * the keyed row comparison always run.
 *
 * @param fullIntegrity {@code integrity_check} rather than {@code quick_check}
 * @param requiredTables tables that must exist, as {@code file.table} in any but the first file
 * @param requiredColumns columns that must exist, as {@code table.column} or {@code
 *     file.table.column}
 * @param assertions queries whose first column of one row must be true; they see the first file as
 *     {@code main} and the others under their names
 */
public record VerifyRules(
    boolean fullIntegrity,
    List<String> requiredTables,
    List<String> requiredColumns,
    List<Assertion> assertions) {
  public static final VerifyRules DEFAULT = new VerifyRules(false, List.of(), List.of(), List.of());

  public VerifyRules {
    requiredTables = requiredTables == null ? List.of() : List.copyOf(requiredTables);
    requiredColumns = requiredColumns == null ? List.of() : List.copyOf(requiredColumns);
    assertions = assertions == null ? List.of() : List.copyOf(assertions);
  }

  public record Assertion(String name, String sql) {}
}
