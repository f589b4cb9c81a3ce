package dev.litehaven.runner.sqlite;

import dev.litehaven.protocol.Sha256;
import dev.litehaven.runner.sqlite.Schema.Column;
import dev.litehaven.runner.sqlite.Schema.Table;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/**
 * Hashes what tables say, not how their pages lie: a multiset of rows, each a sequence of
 * type-tagged, length-prefixed raw values, and the rowid where no INTEGER PRIMARY KEY makes it a
 * value. Order of rows, VACUUM, page size, journal mode and indexes do not matter; a changed bit in
 * a value does.
 *
 * <p>Rows are streamed; memory holds one row.
 */
public final class ContentHash {
  private ContentHash() {}

  /**
   * The rows of one table.
   *
   * @param hash lower-case hex SHA-256
   */
  public record TableHash(String table, long rows, String hash) {}

  /**
   * The rows of all tables.
   *
   * @param hash over all tables, their names and column names
   * @param rows over all tables
   */
  public record DatabaseHash(String hash, long rows, List<TableHash> tables) {
    public DatabaseHash {
      tables = List.copyOf(tables);
    }
  }

  /** Of a copy, or of a database at rest: one that nobody has open and that has no sidecars. */
  public static DatabaseHash ofFile(Path database) throws SQLException {
    try (Connection connection = Sqlite.openImmutable(database)) {
      return ofDatabase(connection);
    }
  }

  /**
   * All tables, Litehaven's own included. Of a virtual table the shadow tables are hashed, which
   * hold its content. Consistent only inside a read transaction, or where nobody writes.
   */
  public static DatabaseHash ofDatabase(Connection connection) throws SQLException {
    Schema schema = SchemaReader.read(connection);
    MessageDigest all = Sha256.digest();
    List<TableHash> hashes = new ArrayList<>();
    long rows = 0;
    List<Table> tables = new ArrayList<>(schema.tables());
    for (String shadow : schema.shadowTables()) {
      tables.add(SchemaReader.shadowTable(connection, shadow));
    }
    tables.sort(java.util.Comparator.comparing(Table::name));
    for (Table table : tables) {
      if (table.virtual()) {
        continue;
      }
      TableHash hash = ofTable(connection, "main", table);
      hashes.add(hash);
      rows += hash.rows();
      update(all, table.name());
      table.storedColumns().forEach(column -> update(all, column.name()));
      update(all, hash.hash());
    }
    return new DatabaseHash(Sha256.hex(all), rows, hashes);
  }

  /**
   * All stored values of one table.
   *
   * @param schema {@code main}, or the name of an attached database
   */
  public static TableHash ofTable(Connection connection, String schema, Table table)
      throws SQLException {
    List<String> columns =
        new ArrayList<>(table.storedColumns().stream().map(Column::name).toList());
    if (table.rowidColumn().isEmpty()) {
      table.rowidName().ifPresent(columns::addFirst);
    }
    return ofColumns(connection, schema, table.name(), columns);
  }

  /** Only the named columns, in this order; their names are not part of the hash. */
  public static TableHash ofColumns(
      Connection connection, String schema, String table, List<String> columns)
      throws SQLException {
    StringBuilder sql = new StringBuilder("SELECT ");
    for (int i = 0; i < columns.size(); i++) {
      sql.append(i == 0 ? "" : ", ").append(Sqlite.quote(columns.get(i)));
    }
    sql.append(" FROM ").append(Sqlite.quote(schema)).append('.').append(Sqlite.quote(table));
    RowHasher hasher = new RowHasher();
    RawRows.forEach(connection, sql.toString(), columns.size(), hasher);
    return new TableHash(table, hasher.rows(), hasher.hash());
  }

  private static void update(MessageDigest digest, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    digest.update(ByteBuffer.allocate(Integer.BYTES).putInt(bytes.length).array());
    digest.update(bytes);
  }
}
