package dev.litehaven.runner.migrate;

import dev.litehaven.protocol.Ensure;
import dev.litehaven.runner.sqlite.Schema;
import dev.litehaven.runner.sqlite.Sqlite;
import java.util.ArrayList;
import java.util.List;

/** The statements that add what {@link Ensure} asks for. Pure. */
final class EnsureStatements {
  private EnsureStatements() {}

  /** As if nothing were there yet. */
  static List<String> all(Ensure ensure) {
    return missing(ensure, new Schema(List.of(), List.of(), List.of(), List.of(), List.of()), "");
  }

  /**
   * Only for what the main schema lacks: tables first, then columns, then indexes. A name that it
   * lacks would otherwise be looked for in the attached files.
   */
  static List<String> missing(Ensure ensure, Schema main) {
    return missing(ensure, main, "main.");
  }

  private static List<String> missing(Ensure ensure, Schema schema, String in) {
    List<String> statements = new ArrayList<>();
    for (Ensure.Table table : ensure.tables()) {
      if (schema.table(table.name()).isEmpty()) {
        statements.add(
            "CREATE TABLE " + in + Sqlite.quote(table.name()) + " " + table.definition());
      }
    }
    for (Ensure.Column column : ensure.columns()) {
      boolean there =
          schema.table(column.table()).flatMap(table -> table.column(column.name())).isPresent();
      if (!there) {
        statements.add(
            "ALTER TABLE "
                + in
                + Sqlite.quote(column.table())
                + " ADD COLUMN "
                + Sqlite.quote(column.name())
                + " "
                + column.definition());
      }
    }
    for (Ensure.Index index : ensure.indexes()) {
      if (schema.indexes().stream().noneMatch(i -> i.name().equalsIgnoreCase(index.name()))) {
        statements.add(
            "CREATE "
                + (index.unique() ? "UNIQUE " : "")
                + "INDEX "
                + in
                + Sqlite.quote(index.name())
                + " ON "
                + Sqlite.quote(index.table())
                + " ("
                + String.join(", ", index.columns())
                + ")"
                + (index.where() == null ? "" : " WHERE " + index.where()));
      }
    }
    return statements;
  }
}
