package dev.litehaven.runner.sqlite;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import org.sqlite.core.Codes;
import org.sqlite.core.CoreStatement;
import org.sqlite.core.DB;

/**
 * Steps through a query and hands out values as they are stored. JDBC would decode text, which
 * loses invalid UTF-8, and would ask for each value's type through several layers.
 */
final class RawRows {
  private static final byte[] EMPTY = {};

  private RawRows() {}

  /** Sees the values of a row from left to right. The arrays are the visitor's to keep. */
  interface Visitor {
    void integer(long value);

    void real(double value);

    /** In the database's encoding, as stored. */
    void text(byte[] value);

    void blob(byte[] value);

    void nothing();

    void endOfRow();
  }

  static void forEach(Connection connection, String sql, int columns, Visitor visitor)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      CoreStatement core = statement.unwrap(CoreStatement.class);
      core.pointer.safeRunConsume(
          (db, pointer) -> {
            int code = db.step(pointer);
            for (; code == Codes.SQLITE_ROW; code = db.step(pointer)) {
              for (int i = 0; i < columns; i++) {
                value(db, pointer, i, visitor);
              }
              visitor.endOfRow();
            }
            if (code != Codes.SQLITE_DONE) {
              db.throwex(code);
            }
            db.reset(pointer);
          });
    }
  }

  private static void value(DB db, long pointer, int column, Visitor visitor) throws SQLException {
    switch (db.column_type(pointer, column)) {
      case Codes.SQLITE_INTEGER -> visitor.integer(db.column_long(pointer, column));
      case Codes.SQLITE_FLOAT -> visitor.real(db.column_double(pointer, column));
      case Codes.SQLITE_TEXT -> visitor.text(bytes(db, pointer, column));
      case Codes.SQLITE_BLOB -> visitor.blob(bytes(db, pointer, column));
      default -> visitor.nothing();
    }
  }

  private static byte[] bytes(DB db, long pointer, int column) throws SQLException {
    byte[] value = db.column_blob(pointer, column);
    return value == null ? EMPTY : value;
  }
}
