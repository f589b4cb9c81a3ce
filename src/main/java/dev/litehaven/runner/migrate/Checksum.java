package dev.litehaven.runner.migrate;

import dev.litehaven.protocol.Ensure;
import dev.litehaven.protocol.MigrationScript;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * The checksum of a migration: SHA-256 of {@code up} with LF line ends, so that {@code sha256sum}
 * of the file gives the same. Where there is an {@code ensure}, its parts follow, each on a line.
 */
final class Checksum {
  private Checksum() {}

  static String of(MigrationScript script) {
    return sha256(withLineFeeds(script.up()) + text(script.ensure()));
  }

  static String sha256(String text) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      return HexFormat.of().formatHex(digest.digest(text.getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every Java runtime has SHA-256", e);
    }
  }

  static String withLineFeeds(String text) {
    return text == null ? "" : text.replace("\r\n", "\n").replace('\r', '\n');
  }

  private static String text(Ensure ensure) {
    if (ensure == null) {
      return "";
    }
    StringBuilder out = new StringBuilder();
    EnsureStatements.all(ensure).forEach(sql -> out.append('\n').append(sql));
    return out.toString();
  }
}
