package dev.litehaven.protocol;

import java.util.List;

/**
 * One migration as it was written.
 *
 * @param version as written; ordering and equality are by the version comparator
 * @param up SQL that moves the schema forward; may be empty when {@code ensure} says it all
 * @param down SQL that undoes {@code up}; null where there is no way down
 * @param when query whose first column of one row decides whether the migration runs; null: always
 * @param ensure structure to add where it is missing; null: none
 * @param file name of the file it is for, which its SQL sees as {@code main}; null: the first
 * @param attach names of further files, which its SQL sees under these names
 * @param moves tables whose rows it moves elsewhere
 */
public record MigrationScript(
    String version,
    String description,
    String up,
    String down,
    String when,
    Ensure ensure,
    String file,
    List<String> attach,
    List<Move> moves) {
  public MigrationScript {
    attach = attach == null ? List.of() : List.copyOf(attach);
    moves = moves == null ? List.of() : List.copyOf(moves);
  }

  /** A migration for the first file alone. */
  public MigrationScript(
      String version, String description, String up, String down, String when, Ensure ensure) {
    this(version, description, up, down, when, ensure, null, null, null);
  }

  /**
   * Rows that leave one table and are to be found in another.
   *
   * @param from {@code file.table}, or {@code table} of the migration's own file; likewise {@code
   *     to}
   */
  public record Move(String from, String to) {}
}
