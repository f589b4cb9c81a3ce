package dev.litehaven.runner.sqlite;

import dev.litehaven.runner.sqlite.Schema.Definition;
import dev.litehaven.runner.sqlite.Schema.Table;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/** What belongs to a virtual table, as far as its definition and names say it. Pure. */
public final class VirtualTables {
  private static final Set<String> FULL_TEXT = Set.of("fts3", "fts4", "fts5");

  private VirtualTables() {}

  /**
   * The table, or view, whose rows a full-text index is over, in lower case; an empty name for one
   * over none. Empty where the virtual table keeps its content itself.
   */
  public static Optional<String> contentTable(Table table) {
    if (!table.virtual()) {
      return Optional.empty();
    }
    List<SqlToken> tokens = SqlTokenizer.tokens(table.sql());
    for (int i = 0; i + 1 < tokens.size(); i++) {
      if (tokens.get(i).is("content") && tokens.get(i + 1).isSymbol('=')) {
        return Optional.of(i + 2 < tokens.size() ? tokens.get(i + 2).name() : "");
      }
    }
    return Optional.empty();
  }

  /** Whether it is one of SQLite's full-text indexes. */
  public static boolean isFullText(Table table) {
    List<SqlToken> tokens = SqlTokenizer.tokens(table.sql());
    for (int i = 0; table.virtual() && i + 1 < tokens.size(); i++) {
      if (tokens.get(i).is("USING")) {
        return FULL_TEXT.contains(tokens.get(i + 1).name());
      }
    }
    return false;
  }

  /** The virtual table that a shadow table holds content of: the one with the longest name. */
  public static Optional<Table> owner(String shadow, List<Table> tables) {
    String name = shadow.toLowerCase(Locale.ROOT);
    return tables.stream()
        .filter(Table::virtual)
        .filter(table -> name.startsWith(table.name().toLowerCase(Locale.ROOT) + "_"))
        .max(Comparator.comparingInt(table -> table.name().length()));
  }

  /** Whether a trigger or view names the table, in whatever role. */
  public static boolean mentions(Definition definition, String table) {
    String name = table.toLowerCase(Locale.ROOT);
    return SqlTokenizer.tokens(definition.sql()).stream()
        .anyMatch(token -> token.name().equals(name));
  }
}
