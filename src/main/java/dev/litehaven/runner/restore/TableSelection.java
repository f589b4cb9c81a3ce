package dev.litehaven.runner.restore;

import dev.litehaven.protocol.Reason;
import dev.litehaven.protocol.RefusedException;
import dev.litehaven.runner.sqlite.Schema;
import dev.litehaven.runner.sqlite.Schema.Definition;
import dev.litehaven.runner.sqlite.Schema.Table;
import dev.litehaven.runner.sqlite.VirtualTables;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * Which tables of which file a restore is about. Names are exact, {@code table} for one of the
 * first file, {@code file.table} for any. Pure.
 *
 * @param files by their names, in their order
 */
public record TableSelection(Map<String, OfFile> files) {
  private static final int MAX_NAMED = 50;

  /**
   * @param restored tables that become what the backup has
   * @param dropped tables that the backup does not have and that go
   */
  public record OfFile(Set<String> restored, Set<String> dropped) {
    public OfFile {
      restored = Set.copyOf(restored);
      dropped = Set.copyOf(dropped);
    }

    /** Whether this is one of the tables that change. */
    public boolean touches(String table) {
      return restored.contains(table) || dropped.contains(table);
    }
  }

  /** The schemas of one file. */
  public record Schemas(Schema live, Schema backup) {}

  /**
   * @param include only these; where it is empty all but the excluded ones, and tables that the
   *     backup does not have go
   * @param exclude these stay as they are
   * @throws RefusedException {@link Reason#TABLE_NOT_FOUND} with what there is; {@link
   *     Reason#INVALID_REQUEST} a full-text index and what it is over would not fit any more
   */
  public static TableSelection of(
      Map<String, Schemas> schemas, List<String> include, List<String> exclude) {
    Map<String, Set<String>> included = resolve(schemas, include, false);
    Map<String, Set<String>> excluded = resolve(schemas, exclude, true);
    Map<String, OfFile> files = new LinkedHashMap<>();
    schemas.forEach(
        (name, file) -> {
          OfFile selected =
              include.isEmpty()
                  ? allBut(file, excluded.get(name))
                  : only(included.get(name), excluded.get(name));
          requireWhole(file, selected);
          files.put(name, selected);
        });
    return new TableSelection(files);
  }

  private static OfFile only(Set<String> included, Set<String> excluded) {
    Set<String> restored = new TreeSet<>(included);
    restored.removeAll(excluded);
    return new OfFile(restored, Set.of());
  }

  private static OfFile allBut(Schemas file, Set<String> excluded) {
    Set<String> restored = names(file.backup());
    Set<String> dropped = names(file.live());
    dropped.removeAll(restored);
    restored.removeAll(excluded);
    dropped.removeAll(excluded);
    return new OfFile(restored, dropped);
  }

  private static Map<String, Set<String>> resolve(
      Map<String, Schemas> schemas, List<String> names, boolean liveToo) {
    Map<String, Set<String>> resolved = new LinkedHashMap<>();
    schemas.keySet().forEach(file -> resolved.put(file, new TreeSet<>()));
    String first = schemas.keySet().iterator().next();
    for (String name : names) {
      int dot = name.indexOf('.');
      String file = dot > 0 ? name.substring(0, dot) : "";
      // A table of the first file may have a dot in its name.
      if (has(schemas.get(first), name, liveToo)) {
        resolved.get(first).add(name);
      } else if (schemas.containsKey(file)
          && has(schemas.get(file), name.substring(dot + 1), liveToo)) {
        resolved.get(file).add(name.substring(dot + 1));
      } else {
        throw notFound(schemas, name, file);
      }
    }
    return resolved;
  }

  private static boolean has(Schemas file, String table, boolean liveToo) {
    return names(file.backup()).contains(table) || liveToo && names(file.live()).contains(table);
  }

  private static RefusedException notFound(
      Map<String, Schemas> schemas, String name, String fileName) {
    String first = schemas.keySet().iterator().next();
    Schemas file = schemas.getOrDefault(fileName, schemas.get(first));
    String table = schemas.containsKey(fileName) ? name.substring(fileName.length() + 1) : name;
    if (file.backup().shadowTables().contains(table)) {
      return new RefusedException(
          Reason.TABLE_NOT_FOUND,
          "%s holds content of the virtual table %s, which is restored whole or not at all. Name %2$s."
              .formatted(
                  name,
                  VirtualTables.owner(table, file.backup().tables())
                      .map(Table::name)
                      .orElse("it belongs to")));
    }
    List<String> there = new ArrayList<>();
    schemas.forEach(
        (of, each) ->
            names(each.backup())
                .forEach(one -> there.add(of.equals(first) ? one : of + "." + one)));
    String more = there.size() > MAX_NAMED ? " and " + (there.size() - MAX_NAMED) + " more" : "";
    return new RefusedException(
        Reason.TABLE_NOT_FOUND,
        "The backup has no table %s. Nothing was changed. It has: %s%s. Names are exact; write file.table for a table that is not in the first file."
            .formatted(name, String.join(", ", there.stream().limit(MAX_NAMED).toList()), more));
  }

  /** A full-text index says what rows said; it must come from the same moment as they. */
  private static void requireWhole(Schemas file, OfFile selected) {
    for (Schema schema : List.of(file.live(), file.backup())) {
      for (Table index : schema.tables()) {
        if (!index.virtual()) {
          continue;
        }
        boolean touched = selected.touches(index.name());
        Optional<Table> content =
            VirtualTables.contentTable(index).flatMap(schema::table).filter(t -> !t.virtual());
        if (content.isPresent() && selected.touches(content.get().name()) != touched) {
          throw torn(index.name(), content.get().name());
        }
        for (Definition trigger : schema.triggers()) {
          if (!touched
              && selected.touches(trigger.table())
              && VirtualTables.mentions(trigger, index.name())) {
            throw torn(index.name(), trigger.table());
          }
        }
      }
    }
  }

  private static RefusedException torn(String index, String table) {
    return new RefusedException(
        Reason.INVALID_REQUEST,
        "The virtual table %s is kept in step with %s, and only one of them would be restored. Nothing was changed. Name both, or neither."
            .formatted(index, table));
  }

  private static Set<String> names(Schema schema) {
    return new TreeSet<>(schema.tables().stream().map(Table::name).toList());
  }
}
