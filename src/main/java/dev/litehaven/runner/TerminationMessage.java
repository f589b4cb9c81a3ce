package dev.litehaven.runner;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * How a step ended, in one sentence on the pod's status: {@code kubectl describe pod} shows it, and
 * the operator quotes it where the log with the report is gone.
 */
final class TerminationMessage {
  /** Of a longer one the kubelet keeps the end, and the reason is at the beginning. */
  static final int MAX_BYTES = 4_096;

  private static final String CUT = " ...";

  private TerminationMessage() {}

  /**
   * @param log the file that the kubelet reads when the container has ended; left alone where it is
   *     missing or may not be written
   */
  static void write(Path log, String sentence) throws IOException {
    if (Files.isWritable(log)) {
      Files.writeString(
          log, fit(sentence), StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING);
    }
  }

  private static String fit(String sentence) {
    byte[] bytes = sentence.getBytes(StandardCharsets.UTF_8);
    if (bytes.length <= MAX_BYTES) {
      return sentence;
    }
    int end = MAX_BYTES - CUT.length();
    while ((bytes[end] & 0xc0) == 0x80) {
      end--; // in the middle of a character
    }
    return new String(bytes, 0, end, StandardCharsets.UTF_8) + CUT;
  }
}
