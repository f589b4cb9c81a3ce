package dev.litehaven.runner.sqlite;

import dev.litehaven.runner.sqlite.Schema.Column;
import dev.litehaven.runner.sqlite.Schema.Table;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * Tables whose rows need no comparing, because every page of their b-tree is the same in both files
 * and starts at the same root. A migration touches few tables of a large database; this finds the
 * others by reading each file once.
 *
 * <p>Source: "Database File Format", sections 1.3 (header) and 1.6 (b-tree pages), and dbstat,
 * which names the owner of each page.
 */
final class UntouchedTables {
  private static final int CHUNK_BYTES = 1 << 20;
  private static final int HEADER_BYTES = 100;
  // Page size, format versions aside, reserved bytes; and the text encoding.
  private static final List<int[]> LAYOUT =
      List.of(new int[] {16, 2}, new int[] {20, 4}, new int[] {56, 4});

  private UntouchedTables() {}

  /**
   * Finds them.
   *
   * @return names in lower case
   */
  static Set<String> find(Connection pair, Path pristine, Path copy, Schema before, Schema now)
      throws SQLException, IOException {
    BitSet changed = changedPages(pristine, copy);
    if (changed == null) {
      return Set.of();
    }
    Map<String, Long> rootsBefore = roots(pair, Pair.BEFORE);
    Map<String, Long> rootsNow = roots(pair, Pair.NOW);
    Set<String> untouched = new HashSet<>();
    for (Table table : before.tables()) {
      String name = table.name().toLowerCase(Locale.ROOT);
      boolean sameShape =
          !table.virtual() && now.table(name).filter(other -> reads(table, other)).isPresent();
      if (sameShape && rootsBefore.get(name).equals(rootsNow.get(name))) {
        untouched.add(name);
      }
    }
    if (!untouched.isEmpty()) {
      removeOwnersOf(changed, pair, untouched);
    }
    return untouched;
  }

  // The same bytes are the same values only to a table that reads them in the same way. Columns
  // that
  // were added at the end change nothing for those before.
  private static boolean reads(Table before, Table now) {
    if (before.withoutRowid() != now.withoutRowid()
        || now.virtual()
        || now.columns().size() < before.columns().size()) {
      return false;
    }
    for (int i = 0; i < before.columns().size(); i++) {
      Column old = before.columns().get(i);
      Column other = now.columns().get(i);
      // The default counts for rows that are older than their column; NOT NULL does not count.
      boolean same =
          old.name().equalsIgnoreCase(other.name())
              && old.type().equalsIgnoreCase(other.type())
              && old.origin() == other.origin()
              && old.keyPosition() == other.keyPosition()
              && java.util.Objects.equals(old.defaultSql(), other.defaultSql());
      if (!same) {
        return false;
      }
    }
    return true;
  }

  private static Map<String, Long> roots(Connection pair, String schema) throws SQLException {
    Map<String, Long> roots = new HashMap<>();
    try (PreparedStatement statement =
            pair.prepareStatement(
                "SELECT name, rootpage FROM "
                    + Sqlite.quote(schema)
                    + ".sqlite_schema WHERE type = 'table'");
        ResultSet rows = statement.executeQuery()) {
      while (rows.next()) {
        roots.put(rows.getString(1).toLowerCase(Locale.ROOT), rows.getLong(2));
      }
    }
    return roots;
  }

  private static void removeOwnersOf(BitSet changed, Connection pair, Set<String> tables)
      throws SQLException {
    try (PreparedStatement statement =
            pair.prepareStatement("SELECT pageno, name FROM dbstat WHERE schema = 'main'");
        ResultSet rows = statement.executeQuery()) {
      while (rows.next()) {
        if (changed.get(rows.getInt(1))) {
          tables.remove(rows.getString(2).toLowerCase(Locale.ROOT));
        }
      }
    }
  }

  /** Numbers of the pristine file's pages that differ, from 1; null where layouts differ. */
  private static BitSet changedPages(Path pristine, Path copy) throws IOException {
    try (FileChannel old = FileChannel.open(pristine, StandardOpenOption.READ);
        FileChannel now = FileChannel.open(copy, StandardOpenOption.READ)) {
      ByteBuffer oldChunk = ByteBuffer.allocateDirect(CHUNK_BYTES);
      ByteBuffer nowChunk = ByteBuffer.allocateDirect(CHUNK_BYTES);
      int pageSize = 0;
      BitSet changed = new BitSet();
      for (long start = 0; start < old.size(); start += CHUNK_BYTES) {
        fill(old, oldChunk, start);
        fill(now, nowChunk, start);
        if (start == 0) {
          if (!sameLayout(oldChunk, nowChunk)) {
            return null;
          }
          int size = Short.toUnsignedInt(oldChunk.getShort(16));
          pageSize = size == 1 ? 65_536 : size;
        }
        if (oldChunk.limit() != nowChunk.limit() || oldChunk.mismatch(nowChunk) >= 0) {
          markPages(oldChunk, nowChunk, start, pageSize, changed);
        }
      }
      return changed;
    }
  }

  private static void markPages(
      ByteBuffer old, ByteBuffer now, long start, int pageSize, BitSet changed) {
    for (int at = 0; at < old.limit(); at += pageSize) {
      int length = Math.min(pageSize, old.limit() - at);
      boolean same =
          at + length <= now.limit() && old.slice(at, length).equals(now.slice(at, length));
      if (!same) {
        changed.set(Math.toIntExact((start + at) / pageSize) + 1);
      }
    }
  }

  private static boolean sameLayout(ByteBuffer old, ByteBuffer now) {
    if (old.limit() < HEADER_BYTES || now.limit() < HEADER_BYTES) {
      return false;
    }
    return LAYOUT.stream()
        .allMatch(field -> old.slice(field[0], field[1]).equals(now.slice(field[0], field[1])));
  }

  private static void fill(FileChannel file, ByteBuffer chunk, long start) throws IOException {
    chunk.clear();
    while (chunk.hasRemaining() && file.read(chunk, start + chunk.position()) >= 0) {
      // A read may give less than asked for.
    }
    chunk.flip();
  }
}
