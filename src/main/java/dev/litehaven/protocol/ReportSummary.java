package dev.litehaven.protocol;

import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * The part of a report that fits into a pod's termination message. It says how the step ended and
 * which full report in the log belongs to it.
 *
 * @param digest SHA-256 of the full report's text, as in its frame
 */
public record ReportSummary(
    RunnerStep step,
    String runId,
    long epoch,
    RunnerReport.Outcome outcome,
    Reason reason,
    String message,
    String digest) {
  /** What Kubernetes keeps of a container's termination message, in bytes. */
  public static final int MAX_BYTES = 4_096;

  private static final String CUT = " ...";

  public static ReportSummary of(RunnerReport report) {
    return new ReportSummary(
        report.step(),
        report.runId(),
        report.epoch(),
        report.outcome(),
        report.reason(),
        report.message(),
        ReportFrame.digest(ProtocolJson.write(report)));
  }

  /** One line of ASCII JSON of at most {@link #MAX_BYTES}; the message is cut where it must be. */
  public String encode() {
    String whole = ProtocolJson.toJson(this);
    if (whole.length() <= MAX_BYTES) {
      return whole;
    }
    // The length grows with every character kept, so the longest one that fits can be halved in on.
    int fits = 0;
    int tooLong = message.length();
    while (tooLong - fits > 1) {
      int middle = (fits + tooLong) >>> 1;
      if (ProtocolJson.toJson(cutAt(middle)).length() <= MAX_BYTES) {
        fits = middle;
      } else {
        tooLong = middle;
      }
    }
    return ProtocolJson.toJson(cutAt(fits));
  }

  /** Empty when the text is not a summary, for example a stack trace of a JVM that died. */
  public static Optional<ReportSummary> decode(String terminationMessage) {
    return terminationMessage == null
            || terminationMessage.getBytes(StandardCharsets.UTF_8).length > MAX_BYTES
        ? Optional.empty()
        : ProtocolJson.readSummary(terminationMessage);
  }

  private ReportSummary cutAt(int chars) {
    int end = chars > 0 && Character.isHighSurrogate(message.charAt(chars - 1)) ? chars - 1 : chars;
    return new ReportSummary(
        step, runId, epoch, outcome, reason, message.substring(0, end) + CUT, digest);
  }
}
