package dev.litehaven.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ReportFrameTest {
  private static final RunnerReport FIRST = ProtocolJsonTest.report("first");
  private static final RunnerReport SECOND = ProtocolJsonTest.report("second " + "x".repeat(9_000));

  private static String framed(RunnerReport report) {
    return ReportFrame.frame(ProtocolJson.write(report));
  }

  @Test
  void theLastCompleteFrameWins() {
    String log = "starting\n" + framed(FIRST) + "more\n" + framed(SECOND) + "bye\n";
    assertThat(ProtocolJson.findReport(log)).contains(SECOND);
  }

  @Test
  void aFrameCutOffAtTheEndOfTheLogDoesNotCount() {
    String second = framed(SECOND);
    for (int kept : new int[] {30, 100, 2_000, second.length() - 5}) {
      String log = framed(FIRST) + second.substring(0, kept);
      assertThat(ProtocolJson.findReport(log)).as("kept %d", kept).contains(FIRST);
    }
  }

  @Test
  void aDamagedFrameDoesNotCount() {
    String log = framed(FIRST) + framed(SECOND).replace("second", "sec0nd");
    assertThat(ProtocolJson.findReport(log)).contains(FIRST);
  }

  @Test
  void aLineMixedIntoAFrameMakesItWorthless() {
    String mixed = framed(SECOND).replaceFirst("\\{", "some other line\n{");
    assertThat(ReportFrame.findLast(mixed)).isEmpty();
  }

  @Test
  void windowsLineEndsAndAMissingLastOneAreFine() {
    assertThat(ProtocolJson.findReport(framed(FIRST).replace("\n", "\r\n"))).contains(FIRST);
    assertThat(ProtocolJson.findReport(framed(FIRST).strip())).contains(FIRST);
  }

  @Test
  void linesStayUnderWhatContainerRuntimesSplit() {
    assertThat(framed(SECOND).lines()).allMatch(line -> line.length() <= 4_000);
  }

  @Test
  void aMessageThatQuotesAMarkerDoesNotFoolTheReader() {
    RunnerReport quoting = ProtocolJsonTest.report("saw\n" + framed(FIRST) + "in the log");
    assertThat(ProtocolJson.findReport(framed(quoting))).contains(quoting);
  }
}
