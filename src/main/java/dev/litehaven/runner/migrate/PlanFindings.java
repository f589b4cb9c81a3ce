package dev.litehaven.runner.migrate;

import dev.litehaven.protocol.Finding;
import dev.litehaven.protocol.Reason;
import dev.litehaven.runner.migrate.Moves.Moved;
import dev.litehaven.runner.sqlite.KeyedDiff;
import dev.litehaven.runner.sqlite.KeyedDiff.ColumnCount;
import dev.litehaven.runner.sqlite.KeyedDiff.DroppedColumn;
import dev.litehaven.runner.sqlite.KeyedDiff.TableDiff;
import dev.litehaven.runner.sqlite.Schema.Column;
import dev.litehaven.runner.sqlite.Schema.ForeignKey;
import dev.litehaven.runner.sqlite.Schema.Index;
import dev.litehaven.runner.sqlite.SchemaDiff;
import dev.litehaven.runner.sqlite.SchemaDiff.TablePair;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What somebody should know about a change, from what it did to schema and rows. Pure.
 *
 * <p>Codes are those of Atlas's linter where it has one (DS, MF, BC, CD, LT), and LH where only the
 * rows can tell: LH101 rows lost, LH102 values changed that nobody declared, LH103 values changed
 * as declared, LH104 a counter for new ids went down, LH105 rows moved as declared, LH106 the
 * counter of the table they moved into is lower than that of the one they left, LH201 trigger,
 * LH202 index, LH203 view gone.
 */
final class PlanFindings {
  /** Destructive ones first, then by code and object. */
  static final Comparator<Finding> ORDER =
      Comparator.comparing((Finding finding) -> !finding.destructive())
          .thenComparing(Finding::code)
          .thenComparing(Finding::object);

  private final List<Finding> findings = new ArrayList<>();
  private final String file;
  private final Map<String, Moved> moved;
  private final Set<String> allowedChanges;

  private PlanFindings(String file, Map<String, Moved> moved, List<String> allowedChanges) {
    this.file = file;
    this.moved = moved;
    this.allowedChanges =
        allowedChanges.stream()
            .map(column -> column.toLowerCase(Locale.ROOT))
            .collect(Collectors.toSet());
  }

  /**
   * Lists the findings about one file.
   *
   * @param file what stands before the names of its objects; empty where there is no other file
   * @param moved rows found elsewhere, by the table they left, in lower case
   * @param allowedChanges columns whose values may change, as {@code table.column}
   * @return in {@link #ORDER}
   */
  static List<Finding> of(
      String file,
      SchemaDiff schemas,
      KeyedDiff.Result rows,
      Map<String, Moved> moved,
      List<String> allowedChanges) {
    PlanFindings builder = new PlanFindings(file, moved, allowedChanges);
    rows.dropped().forEach(builder::droppedTable);
    rows.tables().forEach(builder::table);
    rows.sequences().forEach(builder::sequence);
    moved.forEach(builder::movedSequence);
    builder.structure(schemas);
    return builder.findings.stream().sorted(ORDER).toList();
  }

  private void droppedTable(KeyedDiff.TableCount table) {
    long moved = moved(table.table(), table.rows());
    long lost = table.rows() - Math.max(0, moved);
    if (moved < 0 || lost > 0) {
      destructive(
          "DS102",
          table.table(),
          lost,
          "Table %s is dropped with %s%s."
              .formatted(
                  file + table.table(), count(lost, "row"), moved > 0 ? " that did not move" : ""));
    }
  }

  /**
   * How many of the rows that a table lost were found where a migration said they would be; -1
   * where none said so, or could have been right.
   */
  private long moved(String table, long lost) {
    Moved found = moved.get(table.toLowerCase(Locale.ROOT));
    if (found == null) {
      return -1;
    }
    long rows = Math.min(lost, found.rows());
    // Also of no rows: a plan must not be another one because a table is empty just now.
    harmless(
        "LH105",
        Reason.OBSERVED,
        table,
        rows,
        "%s of table %s moved to %s, as declared, each with the same content."
            .formatted(count(rows, "row"), file + table, found.to()));
    return rows;
  }

  private void table(TableDiff table) {
    if (table.renamedTo() != null) {
      harmless(
          "BC101",
          Reason.OBSERVED,
          table.table(),
          table.rowsBefore(),
          "Table %s is renamed to %s; all rows are kept, but code that uses the old name fails."
              .formatted(file + table.table(), file + table.renamedTo()));
    }
    long lost = table.rowsLost() - Math.max(0, moved(table.table(), table.rowsLost()));
    if (lost > 0) {
      destructive(
          "LH101",
          table.table(),
          lost,
          "%s of table %s are lost.".formatted(count(lost, "row"), file + table.table()));
    }
    table.dropped().forEach(column -> droppedColumn(table.table(), column));
    table.changed().forEach(column -> changedColumn(table.table(), column));
  }

  private void droppedColumn(String table, DroppedColumn column) {
    String object = table + "." + column.column();
    if (column.renamedTo() != null) {
      harmless(
          "BC102",
          Reason.OBSERVED,
          object,
          column.values(),
          "Column %s is renamed to %s; all values are kept, but code that uses the old name fails."
              .formatted(file + object, column.renamedTo()));
    } else if (column.generated()) {
      harmless(
          "DS103",
          Reason.OBSERVED,
          object,
          0,
          "Generated column " + file + object + " is dropped.");
    } else {
      destructive(
          "DS103",
          object,
          column.values(),
          "Column %s is dropped with %s."
              .formatted(file + object, count(column.values(), "value")));
    }
  }

  private void changedColumn(String table, ColumnCount column) {
    String object = table + "." + column.column();
    if (allowedChanges.contains(object.toLowerCase(Locale.ROOT))) {
      harmless(
          "LH103",
          Reason.VALUES_CHANGED,
          object,
          column.rows(),
          "Values of %s change in %s, as declared."
              .formatted(file + object, count(column.rows(), "row")));
    } else {
      findings.add(
          new Finding(
              "LH102",
              Reason.VALUES_CHANGED,
              file + object,
              column.rows(),
              true,
              "Values of %s change in %s, and the column is not declared as one that may change."
                  .formatted(file + object, count(column.rows(), "row"))));
    }
  }

  private void sequence(String table) {
    harmless(
        "LH104",
        Reason.OBSERVED,
        table,
        0,
        "The AUTOINCREMENT counter of %s goes down, so ids of deleted rows can be used again."
            .formatted(file + table));
  }

  /** An id that a deleted row had would come back to whoever kept it: as bad as a lost row. */
  private void movedSequence(String table, Moved to) {
    if (to.counterBehind() > 0) {
      destructive(
          "LH106",
          table,
          to.counterBehind(),
          "The AUTOINCREMENT counter of %s ends %d below that of %s, whose rows moved there, so ids that rows once had can be given out again."
              .formatted(to.to(), to.counterBehind(), file + table));
    }
  }

  private void structure(SchemaDiff schemas) {
    Set<String> gone =
        schemas.droppedTables().stream()
            .map(table -> table.name().toLowerCase(Locale.ROOT))
            .collect(Collectors.toSet());
    for (TablePair pair : schemas.common()) {
      constraints(pair);
    }
    for (Index index : schemas.droppedIndexes()) {
      if (!gone.contains(index.table().toLowerCase(Locale.ROOT))) {
        harmless(
            "LH202",
            Reason.OBSERVED,
            index.name(),
            0,
            "Index %s of table %s is gone.".formatted(file + index.name(), file + index.table()));
      }
    }
    for (Index index : schemas.addedIndexes()) {
      boolean onOldTable =
          schemas.common().stream()
              .anyMatch(pair -> pair.after().name().equalsIgnoreCase(index.table()));
      if (index.unique() && onOldTable) {
        harmless(
            "MF101",
            Reason.OBSERVED,
            index.name(),
            0,
            "Unique index %s fails if table %s gets equal values before the real run."
                .formatted(file + index.name(), file + index.table()));
      }
    }
    for (var trigger : schemas.droppedTriggers()) {
      harmless(
          "LH201",
          Reason.OBSERVED,
          trigger.name(),
          0,
          "Trigger %s of %s is gone; rebuilding a table drops its triggers."
              .formatted(file + trigger.name(), file + trigger.table()));
    }
    for (var view : schemas.droppedViews()) {
      harmless(
          "LH203", Reason.OBSERVED, view.name(), 0, "View " + file + view.name() + " is gone.");
    }
  }

  private void constraints(TablePair pair) {
    for (ForeignKey key : pair.droppedForeignKeys()) {
      if (pair.after().column(key.from()).isPresent()) {
        harmless(
            "CD101",
            Reason.OBSERVED,
            pair.before().name() + "." + key.from(),
            0,
            "The foreign key from %s.%s to %s is gone."
                .formatted(file + pair.before().name(), key.from(), file + key.parent()));
      }
    }
    for (Column column : pair.before().columns()) {
      boolean tightened =
          !column.notNull()
              && column.keyPosition() == 0
              && pair.after().column(column.name()).filter(Column::notNull).isPresent();
      if (tightened) {
        String object = pair.before().name() + "." + column.name();
        harmless(
            "LT101",
            Reason.OBSERVED,
            object,
            0,
            "Column %s becomes NOT NULL; code that writes NULL fails.".formatted(file + object));
      }
    }
  }

  private void destructive(String code, String object, long rows, String message) {
    findings.add(new Finding(code, Reason.DESTRUCTIVE_CHANGE, file + object, rows, true, message));
  }

  private void harmless(String code, Reason reason, String object, long rows, String message) {
    findings.add(new Finding(code, reason, file + object, rows, false, message));
  }

  static String count(long number, String noun) {
    return String.format(Locale.ROOT, "%,d %s%s", number, noun, number == 1 ? "" : "s");
  }
}
