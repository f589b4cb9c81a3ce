package dev.litehaven.runner.migrate;

import dev.litehaven.protocol.MigrationScript.Move;
import dev.litehaven.protocol.Reason;
import dev.litehaven.protocol.RefusedException;
import dev.litehaven.runner.migrate.FileSet.Located;
import dev.litehaven.runner.migrate.FileSet.Member;
import dev.litehaven.runner.sqlite.MovedRows;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;

/**
 * Counts the rows that went where the migrations said they would go. What is said is not believed:
 * only rows that are found again count.
 */
final class Moves {
  /**
   * @param to as findings call it
   * @param rows that were found there
   * @param counterBehind ids that the table which was left had given out, and which the other one
   *     can give out again
   */
  record Moved(String to, long rows, long counterBehind) {}

  private record Declared(Located from, Located to) {}

  private final FileSet files;
  private final List<Declared> declared = new ArrayList<>();

  /**
   * @throws RefusedException where the same row could count for two
   */
  Moves(FileSet files, List<FileScope> scopes) {
    this.files = files;
    Set<String> from = new HashSet<>();
    Set<String> to = new HashSet<>();
    for (FileScope scope : scopes) {
      for (Move move : scope.moves()) {
        Declared found = new Declared(files.end(scope, move.from()), files.end(scope, move.to()));
        requireOnce(from.add(key(found.from())), found.from(), "left");
        requireOnce(to.add(key(found.to())), found.to(), "moved into");
        declared.add(found);
      }
    }
  }

  /** By the table that was left, of one file; names in lower case. */
  Map<String, Moved> count(Member file, Cancellation cancellation) throws SQLException {
    Map<String, Moved> moved = new TreeMap<>();
    for (Declared move : declared) {
      if (!move.from().member().equals(file)) {
        continue;
      }
      Member target = move.to().member();
      try (MovedRows rows =
              MovedRows.open(file.pristine(), file.copy(), target.pristine(), target.copy());
          Cancellation.Scope scope = cancellation.covers(rows.connection())) {
        scope.check();
        OptionalLong found = rows.count(move.from().object(), move.to().object());
        if (found.isPresent()) {
          moved.put(
              move.from().object().toLowerCase(Locale.ROOT),
              new Moved(
                  files.qualified(target, move.to().object()),
                  found.getAsLong(),
                  rows.counterBehind(move.from().object(), move.to().object())));
        }
      }
    }
    return moved;
  }

  private static String key(Located table) {
    return table.member().name() + "." + table.object().toLowerCase(Locale.ROOT);
  }

  private void requireOnce(boolean first, Located table, String how) {
    if (!first) {
      throw new RefusedException(
          Reason.SOURCE_INVALID,
          "The table %s is %s by two declared moves of one run, so a row could count twice. Nothing was changed. Carry one of them out first, by its targetVersion."
              .formatted(files.qualified(table.member(), table.object()), how));
    }
  }
}
