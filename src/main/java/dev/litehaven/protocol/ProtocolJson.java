package dev.litehaven.protocol;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.ObjectWriter;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.util.Optional;

/**
 * Requests and reports as JSON. What is written is one line of plain ASCII, so that no log driver,
 * locale or line splitter can change it. Fields this version does not know are ignored on reading:
 * an operator may be one release ahead of a runner pod that is still at work, or behind it.
 */
public final class ProtocolJson {
  private ProtocolJson() {}

  /** Apart, since a runner that reads its request can do without for a while. */
  private static final class Binding {
    static final JsonMapper MAPPER =
        JsonMapper.builder()
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
            .enable(JsonWriteFeature.ESCAPE_NON_ASCII)
            .build();
    static final ObjectWriter WRITER = MAPPER.writer();
    static final ObjectReader REPORT = MAPPER.readerFor(RunnerReport.class);
  }

  public static String write(RunnerRequest request) {
    return toJson(request);
  }

  public static String write(RunnerReport report) {
    return toJson(report);
  }

  /**
   * @throws RefusedException {@link Reason#INVALID_REQUEST} when the text is not a request of a
   *     format this version knows
   */
  public static RunnerRequest readRequest(String json) {
    RunnerRequest request;
    try {
      request = RequestReader.read(json);
    } catch (IllegalArgumentException | ArithmeticException e) {
      throw new RefusedException(
          Reason.INVALID_REQUEST, "The request cannot be read: " + e.getMessage(), e);
    }
    if (request.formatVersion() != RunnerRequest.FORMAT_VERSION) {
      throw new RefusedException(
          Reason.INVALID_REQUEST,
          "The request has format "
              + request.formatVersion()
              + ", this runner knows "
              + RunnerRequest.FORMAT_VERSION
              + "; operator and runner must be of the same release.");
    }
    return request;
  }

  /**
   * @throws RefusedException {@link Reason#RUNNER_FAILED} when the text is not a report
   */
  public static RunnerReport readReport(String json) {
    try {
      RunnerReport report = Binding.REPORT.readValue(json);
      if (report != null) {
        return report;
      }
    } catch (JsonProcessingException e) {
      throw new RefusedException(
          Reason.RUNNER_FAILED, "The report cannot be read: " + e.getOriginalMessage(), e);
    }
    throw new RefusedException(Reason.RUNNER_FAILED, "The report is empty.");
  }

  /**
   * The last whole and undamaged report in a pod's log.
   *
   * @throws RefusedException {@link Reason#RUNNER_FAILED} when there is one that cannot be read
   */
  public static Optional<RunnerReport> findReport(String log) {
    return ReportFrame.findLast(log).map(ProtocolJson::readReport);
  }

  private static String toJson(Object value) {
    try {
      return Binding.WRITER.writeValueAsString(value);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a record of the protocol must be writable as JSON", e);
    }
  }
}
