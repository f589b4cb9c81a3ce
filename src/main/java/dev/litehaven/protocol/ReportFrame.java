package dev.litehaven.protocol;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A report's place in a pod's log: between two marker lines that carry the SHA-256 of what is
 * between them. A log may be cut off at either end, hold the frames of earlier attempts, or have
 * other lines mixed in; only a frame that is whole and has the right digest counts.
 */
public final class ReportFrame {
  private static final String BEGIN = "-----BEGIN LITEHAVEN REPORT ";
  private static final String END = "-----END LITEHAVEN REPORT-----";
  private static final Pattern BEGIN_LINE =
      Pattern.compile("^" + BEGIN + "([0-9a-f]{64})-----\\r?$", Pattern.MULTILINE);

  /** Container runtimes break lines at 16 KiB; these stay well under it. */
  private static final int LINE_CHARS = 4_000;

  private ReportFrame() {}

  /**
   * The frame with its line ends, to be written in one go.
   *
   * @param json one line, as {@link ProtocolJson#write(RunnerReport)} makes it
   */
  public static String frame(String json) {
    if (json.indexOf('\n') >= 0 || json.indexOf('\r') >= 0) {
      throw new IllegalArgumentException("a framed report is one line");
    }
    var out = new StringBuilder(json.length() + json.length() / LINE_CHARS + 256);
    out.append(BEGIN).append(digest(json)).append("-----\n");
    for (int at = 0; at < json.length(); at += LINE_CHARS) {
      out.append(json, at, Math.min(json.length(), at + LINE_CHARS)).append('\n');
    }
    return out.append(END).append('\n').toString();
  }

  /** SHA-256 of the report's text, lower-case hexadecimal. */
  public static String digest(String json) {
    return Sha256.of(json);
  }

  /** The text of the last complete frame whose digest is right. */
  public static Optional<String> findLast(String log) {
    Optional<String> found = Optional.empty();
    Matcher begin = BEGIN_LINE.matcher(log);
    while (begin.find()) {
      Optional<String> body = body(log, begin.end());
      if (body.isPresent() && digest(body.get()).equals(begin.group(1))) {
        found = body;
      }
    }
    return found;
  }

  private static Optional<String> body(String log, int from) {
    int end = log.indexOf("\n" + END, from);
    return end < 0
        ? Optional.empty()
        : Optional.of(log.substring(from, end).replace("\r", "").replace("\n", ""));
  }
}
