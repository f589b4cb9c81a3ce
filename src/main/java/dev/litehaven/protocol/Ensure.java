package dev.litehaven.protocol;

import java.util.List;

/**
 * Structure that is added where it is missing and left alone where it is there. Nothing is ever
 * changed or removed by it.
 */
public record Ensure(List<Table> tables, List<Column> columns, List<Index> indexes) {
  public Ensure {
    tables = tables == null ? List.of() : List.copyOf(tables);
    columns = columns == null ? List.of() : List.copyOf(columns);
    indexes = indexes == null ? List.of() : List.copyOf(indexes);
  }

  /**
   * @param definition the parenthesised part of CREATE TABLE and what follows it
   */
  public record Table(String name, String definition) {}

  /**
   * @param definition type and constraints, for example {@code TEXT NOT NULL DEFAULT ''}
   */
  public record Column(String table, String name, String definition) {}

  /**
   * @param columns the indexed columns or expressions, as in CREATE INDEX
   * @param where predicate of a partial index; null: none
   */
  public record Index(
      String name, String table, List<String> columns, boolean unique, String where) {
    public Index {
      columns = columns == null ? List.of() : List.copyOf(columns);
    }
  }
}
