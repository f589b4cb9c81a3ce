package dev.litehaven.runner.imports;

import dev.litehaven.protocol.Reason;
import dev.litehaven.protocol.RefusedException;
import dev.litehaven.runner.sqlite.Integrity;
import dev.litehaven.runner.sqlite.Sqlite;
import dev.litehaven.runner.sqlite.SqliteErrors;
import dev.litehaven.runner.sqlite.SqliteHeader;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What every source ends with: a private copy that has to be a whole, sound database. */
public final class ImportedFile {
  static final String NAME = "imported.db";
  private static final int TAR_MAGIC_AT = 257;

  /** Packings that are met as backups and not read here, by how they begin. */
  private static final Map<String, String> PACKINGS = new LinkedHashMap<>();

  static {
    PACKINGS.put("fd377a58", "xz");
    PACKINGS.put("425a68", "bzip2");
    PACKINGS.put("504b0304", "zip");
    PACKINGS.put("377abcaf", "7-Zip");
    PACKINGS.put("6167652d656e6372", "age");
    PACKINGS.put("2d2d2d2d2d424547494e20414745", "age");
    PACKINGS.put("53616c7465645f5f", "openssl");
  }

  private ImportedFile() {}

  static byte[] start(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      return in.readNBytes(SqliteHeader.SAMPLE);
    }
  }

  /**
   * @param start of a database file
   * @param what names it in messages
   * @throws RefusedException EMPTY_FILE, NOT_A_DATABASE, ENCRYPTED or TRUNCATED
   */
  static SqliteHeader header(byte[] start, String what) {
    String hex = HexFormat.of().formatHex(start, 0, Math.min(16, start.length));
    PACKINGS.forEach(
        (begin, packing) -> {
          if (hex.startsWith(begin)) {
            throw packed(what, "packed or encrypted with " + packing);
          }
        });
    if (start.length > TAR_MAGIC_AT + 5
        && new String(start, TAR_MAGIC_AT, 5, StandardCharsets.US_ASCII).equals("ustar")) {
      throw packed(what, "a tar archive");
    }
    return SqliteHeader.parse(start, what).requirePlainPages(what);
  }

  private static RefusedException packed(String what, String how) {
    return new RefusedException(
        Reason.NOT_A_DATABASE,
        what
            + " is "
            + how
            + ", which is not read here. Unpack it, and import the database that is in it.");
  }

  /** Forces a copy that is finished to disk, once it has as many pages as it says. */
  static void finish(Path copy, String what) throws IOException {
    header(start(copy), what).requireWhole(Files.size(copy), what);
    try (FileChannel file = FileChannel.open(copy, StandardOpenOption.WRITE)) {
      file.force(true);
    }
  }

  /**
   * @throws RefusedException {@link Reason#CORRUPT} when its pages or indexes contradict each other
   */
  public static void requireSound(Path copy, String what) {
    List<String> problems;
    try (Connection connection = Sqlite.openImmutable(copy)) {
      problems = Integrity.problems(connection, true);
    } catch (SQLException e) {
      throw SqliteErrors.refusal(e, Reason.CORRUPT, what + " cannot be read");
    }
    if (!problems.isEmpty()) {
      throw new RefusedException(
          Reason.CORRUPT,
          what
              + " is damaged: "
              + problems.getFirst()
              + ". It would be no backup to rely on, so it was not imported. Import an older one,"
              + " or recover what is left with the sqlite3 tool (.recover) and import that.");
    }
  }
}
