package dev.litehaven.runner.sqlite;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;

/**
 * Connections that only read a database which its application may be using, and leave no file
 * beside it that was not there before.
 */
public final class LiveConnection {
  private static final int READ_VERSION_OFFSET = 19;
  private static final int WAL_VERSION = 2;

  private LiveConnection() {}

  /**
   * A read-only connection to a WAL database makes the sidecars that it needs and cannot remove
   * them again; the last read-write one can. So where there is no {@code -wal}, and hence nothing
   * to checkpoint, the file is opened read-write and told to refuse writes.
   *
   * @param database this process must have no other connection to it: its header is read by plain
   *     I/O, which drops the locks of such a connection
   */
  public static Connection open(Path database) throws SQLException, IOException {
    return open(database, Sqlite.PATIENCE);
  }

  static Connection open(Path database, Duration patience) throws SQLException, IOException {
    boolean quietWal =
        isWal(database)
            && !Files.exists(database.resolveSibling(database.getFileName() + "-wal"))
            && Files.isWritable(database)
            && Files.isWritable(database.toAbsolutePath().getParent());
    Connection connection =
        quietWal
            ? Sqlite.openReadWrite(database, patience)
            : Sqlite.openReadOnly(database, patience);
    try {
      Sqlite.execute(connection, "PRAGMA query_only=ON");
      return connection;
    } catch (SQLException e) {
      connection.close();
      throw e;
    }
  }

  private static boolean isWal(Path database) throws IOException {
    try (FileChannel file = FileChannel.open(database, StandardOpenOption.READ)) {
      ByteBuffer version = ByteBuffer.allocate(1);
      return file.read(version, READ_VERSION_OFFSET) == 1 && version.get(0) == WAL_VERSION;
    }
  }
}
