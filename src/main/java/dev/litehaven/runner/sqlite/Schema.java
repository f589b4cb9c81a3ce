package dev.litehaven.runner.sqlite;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * What a database holds, as values. Tables that SQLite keeps for itself ({@code sqlite_%}) and the
 * shadow tables of virtual tables are left out; so are automatic indexes.
 *
 * @param tables ordered by name
 * @param indexes ordered by name
 * @param triggers ordered by name
 * @param views ordered by name
 * @param shadowTables names of the tables that belong to virtual tables
 */
public record Schema(
    List<Table> tables,
    List<Index> indexes,
    List<Definition> triggers,
    List<Definition> views,
    List<String> shadowTables) {
  public Schema {
    tables = List.copyOf(tables);
    indexes = List.copyOf(indexes);
    triggers = List.copyOf(triggers);
    views = List.copyOf(views);
    shadowTables = List.copyOf(shadowTables);
  }

  /** Where a column gets its values from. */
  public enum Origin {
    STORED,
    GENERATED,
    /** Of a virtual table, not part of {@code SELECT *}. */
    HIDDEN
  }

  /**
   * One column of a table.
   *
   * @param position in the table, from 0
   * @param type as declared; empty: none
   * @param defaultSql as declared; null: none
   * @param keyPosition in the primary key, from 1; 0: not part of it
   */
  public record Column(
      String name,
      int position,
      String type,
      boolean notNull,
      String defaultSql,
      int keyPosition,
      Origin origin) {}

  /**
   * One column of a foreign key; a key of several columns is several of these.
   *
   * @param to referenced column; null: the parent's primary key
   */
  public record ForeignKey(String from, String parent, String to, String onDelete) {}

  /**
   * One table, ordinary or virtual.
   *
   * @param withoutRowid also true where a virtual table has none
   * @param sql as stored
   */
  public record Table(
      String name,
      boolean virtual,
      boolean withoutRowid,
      boolean strict,
      List<Column> columns,
      List<ForeignKey> foreignKeys,
      String sql) {
    public Table {
      columns = List.copyOf(columns);
      foreignKeys = List.copyOf(foreignKeys);
    }

    /** Columns with content of their own. */
    public List<Column> storedColumns() {
      return columns.stream().filter(column -> column.origin() == Origin.STORED).toList();
    }

    /** Columns of the primary key in its order; empty where none is declared. */
    public List<Column> primaryKey() {
      return columns.stream()
          .filter(column -> column.keyPosition() > 0)
          .sorted(java.util.Comparator.comparingInt(Column::keyPosition))
          .toList();
    }

    /** The column that is the rowid under another name; empty where there is none. */
    public Optional<Column> rowidColumn() {
      List<Column> key = primaryKey();
      boolean alias =
          !withoutRowid
              && !virtual
              && key.size() == 1
              && key.getFirst().type().equalsIgnoreCase("INTEGER");
      return alias ? Optional.of(key.getFirst()) : Optional.empty();
    }

    public Optional<Column> column(String wanted) {
      return columns.stream().filter(column -> column.name().equalsIgnoreCase(wanted)).findFirst();
    }

    /** A name by which the rowid can be asked for; empty where none is left, or there is none. */
    public Optional<String> rowidName() {
      if (withoutRowid) {
        return Optional.empty();
      }
      return List.of("rowid", "_rowid_", "oid").stream()
          .filter(candidate -> column(candidate).isEmpty())
          .findFirst();
    }
  }

  public record Index(String name, String table, boolean unique, String sql) {}

  public record Definition(String name, String table, String sql) {}

  public Optional<Table> table(String name) {
    return tables.stream().filter(table -> table.name().equalsIgnoreCase(name)).findFirst();
  }

  /** The same schema without some tables and what belongs to them. Names in lower case. */
  public Schema without(Set<String> names) {
    return new Schema(
        tables.stream().filter(t -> !names.contains(lower(t.name()))).toList(),
        indexes.stream().filter(i -> !names.contains(lower(i.table()))).toList(),
        triggers.stream().filter(t -> !names.contains(lower(t.table()))).toList(),
        views,
        shadowTables);
  }

  /**
   * All of it as statements, one object after the other, in an order that depends on names only.
   */
  public String ddl() {
    StringBuilder out = new StringBuilder();
    definitions().values().forEach(sql -> out.append(sql).append(";\n"));
    return out.toString();
  }

  /** Statement by object, keyed {@code kind name}, tables first. */
  TreeMap<String, String> definitions() {
    TreeMap<String, String> out = new TreeMap<>();
    tables.forEach(table -> out.put("1 table " + lower(table.name()), table.sql()));
    views.forEach(view -> out.put("2 view " + lower(view.name()), view.sql()));
    indexes.forEach(index -> out.put("3 index " + lower(index.name()), index.sql()));
    triggers.forEach(trigger -> out.put("4 trigger " + lower(trigger.name()), trigger.sql()));
    return out;
  }

  private static String lower(String name) {
    return name.toLowerCase(Locale.ROOT);
  }
}
