package dev.litehaven.runner.sqlite;

import dev.litehaven.runner.sqlite.Schema.Column;
import dev.litehaven.runner.sqlite.Schema.Definition;
import dev.litehaven.runner.sqlite.Schema.ForeignKey;
import dev.litehaven.runner.sqlite.Schema.Index;
import dev.litehaven.runner.sqlite.Schema.Table;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * What differs between two schemas, by name. Pure. A rename looks like a drop and an addition here;
 * only the content can tell ({@link KeyedDiff}).
 *
 * @param common tables in both, old and new
 */
public record SchemaDiff(
    List<Table> droppedTables,
    List<Table> addedTables,
    List<TablePair> common,
    List<Index> droppedIndexes,
    List<Index> addedIndexes,
    List<Definition> droppedTriggers,
    List<Definition> droppedViews) {

  /** One table before and after, not necessarily under one name. */
  public record TablePair(Table before, Table after) {
    public List<Column> droppedColumns() {
      return before.columns().stream()
          .filter(column -> after.column(column.name()).isEmpty())
          .toList();
    }

    public List<Column> addedColumns() {
      return after.columns().stream()
          .filter(column -> before.column(column.name()).isEmpty())
          .toList();
    }

    /** Foreign keys that the table no longer declares. */
    public List<ForeignKey> droppedForeignKeys() {
      return before.foreignKeys().stream()
          .filter(
              key ->
                  after.foreignKeys().stream()
                      .noneMatch(
                          other ->
                              other.from().equalsIgnoreCase(key.from())
                                  && other.parent().equalsIgnoreCase(key.parent())))
          .toList();
    }
  }

  public static SchemaDiff between(Schema before, Schema after) {
    List<TablePair> common = new ArrayList<>();
    for (Table table : before.tables()) {
      after.table(table.name()).ifPresent(other -> common.add(new TablePair(table, other)));
    }
    return new SchemaDiff(
        before.tables().stream().filter(t -> after.table(t.name()).isEmpty()).toList(),
        after.tables().stream().filter(t -> before.table(t.name()).isEmpty()).toList(),
        common,
        missing(before.indexes(), names(after.indexes(), Index::name), Index::name),
        missing(after.indexes(), names(before.indexes(), Index::name), Index::name),
        missing(before.triggers(), names(after.triggers(), Definition::name), Definition::name),
        missing(before.views(), names(after.views(), Definition::name), Definition::name));
  }

  /**
   * Both schemas as statements, only where they differ, removed lines with -, added ones with +.
   */
  public static String unified(Schema before, Schema after) {
    Map<String, String> old = before.definitions();
    Map<String, String> now = after.definitions();
    Set<String> keys = new TreeSet<>(old.keySet());
    keys.addAll(now.keySet());
    StringBuilder out = new StringBuilder();
    for (String key : keys) {
      List<String> left = lines(old.get(key));
      List<String> right = lines(now.get(key));
      if (!left.equals(right)) {
        LineDiff.append(out, left, right);
      }
    }
    return out.toString();
  }

  private static List<String> lines(String sql) {
    return sql == null ? List.of() : (sql + ";").lines().map(String::stripTrailing).toList();
  }

  private static <T> Set<String> names(
      List<T> objects, java.util.function.Function<T, String> name) {
    return objects.stream()
        .map(object -> name.apply(object).toLowerCase(Locale.ROOT))
        .collect(Collectors.toSet());
  }

  private static <T> List<T> missing(
      List<T> objects, Set<String> there, java.util.function.Function<T, String> name) {
    TreeMap<String, T> out = new TreeMap<>();
    for (T object : objects) {
      String key = name.apply(object).toLowerCase(Locale.ROOT);
      if (!there.contains(key)) {
        out.put(key, object);
      }
    }
    return List.copyOf(out.values());
  }
}
