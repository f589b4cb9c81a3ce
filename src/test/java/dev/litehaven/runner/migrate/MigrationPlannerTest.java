package dev.litehaven.runner.migrate;

import static dev.litehaven.runner.migrate.Rehearsal.up;
import static dev.litehaven.runner.migrate.Rehearsal.upDown;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.litehaven.protocol.Ensure;
import dev.litehaven.protocol.MigrationScript;
import dev.litehaven.protocol.Reason;
import dev.litehaven.protocol.RefusedException;
import dev.litehaven.protocol.Version;
import dev.litehaven.runner.migrate.PlannedStep.Direction;
import java.util.List;
import org.junit.jupiter.api.Test;

class MigrationPlannerTest {
  private static final MigrationScript ONE = upDown("1", "a", "undo a");
  private static final MigrationScript TWO = upDown("002", "b", "undo b");
  private static final MigrationScript TEN = up("10", "c");

  @Test
  void ordersByVersionAndNotByList() {
    assertThat(plan(List.of(), List.of(TEN, TWO, ONE), null))
        .containsExactly("UP 1", "UP 002", "UP 10");
  }

  @Test
  void leavesOutWhatIsApplied() {
    assertThat(plan(applied(ONE), List.of(ONE, TWO), null)).containsExactly("UP 002");
    assertThat(plan(applied(ONE, TWO), List.of(ONE, TWO), null)).isEmpty();
    assertThat(plan(List.of(), List.of(), null)).isEmpty();
  }

  @Test
  void stopsAtTheTarget() {
    assertThat(plan(applied(ONE), List.of(ONE, TWO, TEN), "2")).containsExactly("UP 002");
    assertThat(plan(applied(ONE, TWO), List.of(ONE, TWO, TEN), "2")).isEmpty();
  }

  @Test
  void goesDownInReverseOrder() {
    List<PlannedStep> steps =
        MigrationPlanner.plan(applied(ONE, TWO, upDown("3", "x", "undo x")), List.of(ONE), "1");
    assertThat(steps)
        .extracting(step -> step.direction() + " " + step.version() + " " + step.sql())
        .containsExactly("DOWN 3 undo x", "DOWN 002 undo b");
  }

  @Test
  void zeroUndoesEverything() {
    assertThat(plan(applied(ONE, TWO), List.of(), "0")).containsExactly("DOWN 002", "DOWN 1");
  }

  @Test
  void whatWasSkippedIsOnlyForgotten() {
    HistoryEntry skipped =
        new HistoryEntry(
            Version.of("1"), "", Checksum.of(TEN), null, "skip", "then", FileScope.FIRST);
    assertThat(plan(List.of(skipped), List.of(), "0")).containsExactly("FORGET 1");
  }

  @Test
  void aTargetBetweenGoesDownAndThenUp() {
    MigrationScript three = upDown("3", "c", "undo c");
    assertThat(plan(applied(ONE, three), List.of(ONE, TWO), "2"))
        .containsExactly("DOWN 3", "UP 002");
  }

  @Test
  void refusesTwoFormsOfOneVersion() {
    refused(
        Reason.DUPLICATE_VERSION,
        "\"2\" and \"002\"",
        List.of(),
        List.of(up("2", "a"), up("002", "a")),
        null);
  }

  @Test
  void refusesAChangedText() {
    refused(
        Reason.CHECKSUM_CHANGED,
        Checksum.of(ONE) + " and is " + Checksum.of(up("1", "z")),
        applied(ONE),
        List.of(up("1", "z")),
        null);
  }

  @Test
  void lineEndsAreNoChange() {
    MigrationScript unix = up("1", "a;\nb;\n");
    assertThat(plan(applied(unix), List.of(up("1", "a;\r\nb;\r\n")), null)).isEmpty();
  }

  @Test
  void aChangedEnsureIsAChange() {
    MigrationScript before =
        Rehearsal.ensure("1", new Ensure(null, List.of(new Ensure.Column("t", "a", "TEXT")), null));
    MigrationScript now =
        Rehearsal.ensure("1", new Ensure(null, List.of(new Ensure.Column("t", "b", "TEXT")), null));
    refused(Reason.CHECKSUM_CHANGED, "Version 1", applied(before), List.of(now), null);
  }

  @Test
  void theChecksumIsThatOfTheFile() {
    // printf 'CREATE TABLE t (a);\n' | sha256sum
    assertThat(Checksum.of(up("1", "CREATE TABLE t (a);\r\n")))
        .isEqualTo("37d0cd3007144937fe6ef9e9e556de3562c733b646e4cf7df6756cad09fcc584");
  }

  @Test
  void refusesAGoneVersionAndNeverUndoesIt() {
    refused(
        Reason.APPLIED_VERSION_MISSING, "Version 002", applied(ONE, TWO), List.of(ONE, TEN), null);
  }

  @Test
  void refusesAnUnknownTarget() {
    refused(
        Reason.UNKNOWN_TARGET_VERSION,
        "target version 7 is neither in the source (1, 002) nor applied (1)",
        applied(ONE),
        List.of(ONE, TWO),
        "7");
  }

  @Test
  void refusesToGoDownWithoutAWay() {
    refused(Reason.DOWN_MISSING, "Version 10", applied(ONE, TEN), List.of(ONE, TEN), "1");
  }

  @Test
  void refusesANewVersionBelowTheAppliedOne() {
    refused(Reason.OUT_OF_ORDER, "Version 002", applied(ONE, TEN), List.of(ONE, TWO, TEN), null);
  }

  @Test
  void keepsTheWayDownForTheHistory() {
    PlannedStep step = MigrationPlanner.plan(List.of(), List.of(ONE), null).getFirst();
    assertThat(step.direction()).isEqualTo(Direction.UP);
    assertThat(step.down()).isEqualTo("undo a");
  }

  private static List<String> plan(
      List<HistoryEntry> history, List<MigrationScript> scripts, String target) {
    return MigrationPlanner.plan(history, scripts, target).stream()
        .map(step -> step.direction() + " " + step.version())
        .toList();
  }

  private static List<HistoryEntry> applied(MigrationScript... scripts) {
    return List.of(scripts).stream()
        .map(
            script ->
                new HistoryEntry(
                    Version.of(script.version()),
                    script.description(),
                    Checksum.of(script),
                    script.down(),
                    "up",
                    "2026-01-01T00:00:00Z",
                    FileScope.of(script)))
        .toList();
  }

  private static void refused(
      Reason reason,
      String text,
      List<HistoryEntry> history,
      List<MigrationScript> scripts,
      String target) {
    assertThatThrownBy(() -> MigrationPlanner.plan(history, scripts, target))
        .isInstanceOfSatisfying(
            RefusedException.class, e -> assertThat(e.reason()).isEqualTo(reason))
        .hasMessageContaining(text);
  }
}
