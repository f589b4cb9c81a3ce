package dev.litehaven.runner.migrate;

import dev.litehaven.protocol.Ensure;
import dev.litehaven.protocol.MigrationScript;
import dev.litehaven.protocol.Sha256;

/**
 * The checksum of a migration: SHA-256 of {@code up} with LF line ends, so that {@code sha256sum}
 * of the file gives the same. Where there is an {@code ensure}, its parts follow, each on a line;
 * so do the files that it runs on, where that is more than the first.
 */
final class Checksum {
  private Checksum() {}

  static String of(MigrationScript script) {
    FileScope scope = FileScope.of(script);
    return Sha256.of(
        withLineFeeds(script.up())
            + text(script.ensure())
            + (scope.equals(FileScope.FIRST) ? "" : "\n" + scope.text()));
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
