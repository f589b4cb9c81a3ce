package dev.litehaven.runner;

import static org.assertj.core.api.Assertions.assertThat;

import dev.litehaven.protocol.DatabaseFile;
import dev.litehaven.protocol.Reason;
import dev.litehaven.protocol.RestoreReport.TableChange;
import dev.litehaven.protocol.RestoreWork;
import dev.litehaven.protocol.RestoreWork.Mode;
import dev.litehaven.protocol.RunnerReport;
import dev.litehaven.protocol.RunnerReport.Outcome;
import dev.litehaven.protocol.RunnerRequest;
import dev.litehaven.protocol.RunnerStep;
import dev.litehaven.protocol.VerifyRules.Assertion;
import dev.litehaven.runner.restore.Fetched;
import dev.litehaven.runner.sqlite.ContentHash;
import dev.litehaven.runner.sqlite.TestDatabase;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Databases that are restored to where none is, transformed on the way or not. */
class RestoreIntoEmptyTest {
  /** Every how many steps one is tried; prime, so that steps of a kind are all met. */
  private static final int STRIDE = 3;

  @TempDir Path dir;
  private int volumes;

  private FileSetVolume empty(int files) throws Exception {
    Path root = Files.createDirectory(dir.resolve("empty-" + volumes++));
    return new FileSetVolume(
        root,
        List.of(new DatabaseFile("main", "app/main.db"), new DatabaseFile("guides", "guides.db"))
            .subList(0, files));
  }

  private RunnerRequest staged(
      FileSetVolume volume, String run, long epoch, RestoreWork work, Map<String, Path> sources)
      throws Exception {
    RunnerRequest request =
        Fetched.request(volume.request(RunnerStep.RESTORE, run, epoch, null), work);
    Fetched.stage(request, sources);
    return request;
  }

  private static RestoreWork transformed(
      List<String> transform, List<Assertion> assertions, boolean dryRun) {
    return new RestoreWork(
        null, null, null, false, Mode.EMPTY, null, null, dryRun, transform, assertions, null);
  }

  /** What an opener would find: {@code none} or as {@link TwoFiles#states} has it. */
  private String states(FileSetVolume volume) throws Exception {
    List<String> states = new java.util.ArrayList<>();
    for (DatabaseFile file : volume.files()) {
      states.add(
          Files.exists(volume.path(file.name()))
              ? TwoFiles.states(new FileSetVolume(volume.root(), List.of(file)), dir)
              : "none");
    }
    return String.join(" ", states);
  }

  private static void ended(RunnerReport report, Reason reason) {
    assertThat(report.reason()).as(report.message()).isEqualTo(reason);
  }

  @ParameterizedTest
  @EnumSource(value = Mode.class, names = "IN_PLACE", mode = EnumSource.Mode.EXCLUDE)
  void aDatabaseOfTwoFilesIsMadeAndThenKeptByEveryOtherRestore(Mode mode) throws Exception {
    FileSetVolume volume = empty(2);
    Map<String, Path> sources = TwoFiles.migrated(dir, 2);
    RunnerReport report = Volume.run(staged(volume, "r1", 1, Fetched.whole(mode, "t1"), sources));
    ended(report, Reason.SUCCEEDED);
    assertThat(states(volume)).isEqualTo("new new");
    assertThat(report.swap().state()).isEqualTo("DONE");
    assertThat(report.restore().tables())
        .extracting(TableChange::table, TableChange::rowsBefore, TableChange::rowsAfter)
        .contains(
            org.assertj.core.groups.Tuple.tuple("t", -1L, 500L),
            org.assertj.core.groups.Tuple.tuple("guides.u", -1L, 49L));
    assertThat(volume.leftOvers()).isEmpty();
    for (String name : sources.keySet()) {
      assertThat(ContentHash.ofFile(volume.path(name)).hash())
          .isEqualTo(ContentHash.ofFile(sources.get(name)).hash());
    }

    TestDatabase.run(volume.path("main"), "DELETE FROM t");
    RunnerReport again =
        Volume.run(
            Fetched.request(
                volume.request(RunnerStep.RESTORE, "r1", 2, null), Fetched.whole(mode, "t1")));
    assertThat(again.message()).isEqualTo(report.message());
    ended(
        Volume.run(staged(volume, "r2", 3, Fetched.whole(mode, "t1"), sources)),
        Reason.ALREADY_RESTORED);
    RunnerReport other = Volume.run(staged(volume, "r3", 4, Fetched.whole(mode, "t2"), sources));
    if (mode == Mode.IF_ABSENT) {
      ended(other, Reason.UNCHANGED);
      assertThat(other.outcome()).isEqualTo(Outcome.SUCCEEDED);
    } else {
      ended(other, Reason.TARGET_NOT_EMPTY);
    }
    assertThat(TestDatabase.query(volume.path("main"), "SELECT count(*) FROM t"))
        .containsExactly("0");
    assertThat(volume.root().resolve(".litehaven/restores/t2")).doesNotExist();
  }

  @ParameterizedTest
  @EnumSource(value = Mode.class, names = "IN_PLACE", mode = EnumSource.Mode.EXCLUDE)
  void aPartOfADatabaseIsNeitherKeptNorCompleted(Mode mode) throws Exception {
    FileSetVolume volume = empty(2);
    TestDatabase.create(volume.root(), "guides.db", "CREATE TABLE mine (x)");
    RunnerReport report =
        Volume.run(staged(volume, "r1", 1, Fetched.whole(mode, "t1"), TwoFiles.migrated(dir, 2)));
    ended(report, Reason.TARGET_NOT_EMPTY);
    assertThat(volume.path("main")).doesNotExist();
    assertThat(TestDatabase.query(volume.path("guides"), "SELECT name FROM sqlite_schema"))
        .containsExactly("mine");
    assertThat(volume.root().resolve(".litehaven/restores/t1")).doesNotExist();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void killedAtAnyStepAllFilesAreThereOrNoneCanBeUsed(int files) throws Exception {
    var seen = new TreeMap<String, Integer>();
    for (int step = 0; ; step += STRIDE) {
      FileSetVolume volume = empty(files);
      RunnerRequest request =
          staged(volume, "r1", 1, Fetched.whole(Mode.EMPTY, "t1"), TwoFiles.migrated(dir, files));
      if (!DyingRunner.dies(dir, request, "step", Integer.toString(step))) {
        break;
      }
      String states = states(volume);
      assertThat(states).as("killed before step %d", step).isNotIn("new none", "none new");
      seen.merge(states, 1, Integer::sum);
      RunnerReport report = Volume.run(request);
      ended(report, Reason.SUCCEEDED);
      assertThat(states(volume)).isEqualTo(files == 1 ? "new" : "new new");
      assertThat(report.restore()).as("the report is whole").isNotNull();
      assertThat(volume.leftOvers()).isEmpty();
      assertThat(volume.root().resolve(".litehaven/restores/t1")).exists();
      assertThat(volume.root().resolve(".litehaven/restore/r1")).doesNotExist();
    }
    System.out.println("RestoreIntoEmptyTest, what an opener would have found: " + seen);
    assertThat(seen.keySet()).anyMatch(s -> s.matches("none( none)?"));
    assertThat(seen.keySet()).anyMatch(s -> s.matches("new( new)?"));
  }

  @Test
  void killedInAnyPhaseNothingIsThereAndTheNextRunRestores() throws Exception {
    for (String line : List.of("Restoring a new file", "Restoring the copy", "Putting the new")) {
      FileSetVolume volume = empty(2);
      RunnerRequest request =
          staged(volume, "r1", 1, Fetched.whole(Mode.EMPTY, "t1"), TwoFiles.migrated(dir, 2));
      assertThat(DyingRunner.dies(dir, request, "line", line)).as(line).isTrue();
      assertThat(states(volume)).as(line).isEqualTo("none none");
      ended(Volume.run(request), Reason.SUCCEEDED);
      assertThat(states(volume)).isEqualTo("new new");
    }
  }

  @Test
  void anotherStepRecoversWhatWasKilledAndTheTokenFollowsTheJournal() throws Exception {
    for (int step = 0; ; step += STRIDE) {
      FileSetVolume volume = empty(2);
      RunnerRequest request =
          staged(volume, "r1", 1, Fetched.whole(Mode.EMPTY, "t1"), TwoFiles.migrated(dir, 2));
      if (!DyingRunner.dies(dir, request, "step", Integer.toString(step))) {
        break;
      }
      RunnerRequest recover = volume.request(RunnerStep.RECOVER, "r1", 2, null);
      ended(Volume.run(recover), Reason.SUCCEEDED);
      String states = states(volume);
      assertThat(states).isIn("none none", "new new");
      assertThat(Files.exists(volume.root().resolve(".litehaven/restores/t1")))
          .isEqualTo(states.equals("new new"));
    }
  }

  private Path people() throws Exception {
    return TestDatabase.create(
        dir,
        "people.db",
        "PRAGMA journal_mode=wal",
        "CREATE TABLE people (name TEXT, note TEXT)",
        "CREATE INDEX people_by_name ON people (name)",
        "CREATE TABLE gaps (v TEXT)",
        "CREATE VIRTUAL TABLE words USING fts5(note)",
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000)"
            + " INSERT INTO people SELECT 'Zaphodbeeble' || i, 'zarquon' || i FROM n",
        "INSERT INTO words SELECT note FROM people",
        "INSERT INTO gaps (rowid, v) VALUES (5, 'a'), (900, 'b')",
        "DELETE FROM people WHERE rowid % 7 = 0",
        "ANALYZE");
  }

  @Test
  void whatATransformationTakesOutIsNowhereInTheFile() throws Exception {
    FileSetVolume volume = empty(1);
    Path source = people();
    String all = new String(Files.readAllBytes(source), StandardCharsets.ISO_8859_1);
    assertThat(all).contains("Zaphodbeeble17", "zarquon17");
    RunnerReport report =
        Volume.run(
            staged(
                volume,
                "r1",
                1,
                transformed(
                    List.of(
                        "UPDATE people SET name = 'person ' || rowid, note = NULL;",
                        "DELETE FROM words;"),
                    List.of(new Assertion("nobody", "SELECT count(note) = 0 FROM people")),
                    false),
                Map.of("main", source)));
    ended(report, Reason.SUCCEEDED);
    byte[] bytes = Files.readAllBytes(volume.path("main"));
    assertThat(new String(bytes, StandardCharsets.ISO_8859_1).toLowerCase(java.util.Locale.ROOT))
        .doesNotContain("zaphodbeeble", "zarquon", "rquon1");
    assertThat(bytes).hasSizeLessThan((int) Files.size(source));
    assertThat(TestDatabase.query(volume.path("main"), "SELECT rowid FROM gaps"))
        .containsExactly("5", "900");
    assertThat(TestDatabase.query(volume.path("main"), "PRAGMA integrity_check"))
        .containsExactly("ok");
    assertThat(TestDatabase.query(volume.path("main"), "PRAGMA journal_mode"))
        .as("as it was")
        .containsExactly("wal");
    assertThat(volume.leftOvers()).isEmpty();
  }

  @Test
  void aTransformationSeesAllFilesAndItsScriptsComeOneAfterTheOther() throws Exception {
    FileSetVolume volume = empty(2);
    ended(
        Volume.run(
            staged(
                volume,
                "r1",
                1,
                transformed(
                    List.of(
                        "CREATE TABLE two AS SELECT count(*) AS n FROM guides.t",
                        "DELETE FROM guides.t WHERE id > (SELECT 10 FROM two)"),
                    List.of(new Assertion("ten", "SELECT count(*) = 10 FROM guides.t")),
                    false),
                TwoFiles.migrated(dir, 2))),
        Reason.SUCCEEDED);
    assertThat(TestDatabase.query(volume.path("main"), "SELECT n FROM two")).containsExactly("500");
    assertThat(TestDatabase.query(volume.path("guides"), "SELECT count(*) FROM t"))
        .containsExactly("10");
  }

  @Test
  void aTransformationThatMayNotRunOrDoesNotHoldLeavesNothing() throws Exception {
    Map<String, Path> sources = Map.of("main", people());
    Map<List<String>, Reason> bad =
        Map.of(
            List.of("ATTACH '/tmp/x.db' AS x"), Reason.STATEMENT_REFUSED,
            List.of("UPDATE people SET name = 1; COMMIT"), Reason.STATEMENT_REFUSED,
            List.of("UPDATE nobody SET name = 1"), Reason.SCRIPT_FAILED,
            List.of("UPDATE people SET name = 1"), Reason.VERIFICATION_FAILED);
    long epoch = 0;
    FileSetVolume volume = empty(1);
    for (var each : bad.entrySet()) {
      epoch++;
      RunnerReport report =
          Volume.run(
              staged(
                  volume,
                  "r" + epoch,
                  epoch,
                  transformed(
                      each.getKey(),
                      List.of(new Assertion("no", "SELECT count(*) = 0 FROM people")),
                      false),
                  sources));
      ended(report, each.getValue());
      assertThat(volume.path("main")).doesNotExist();
      assertThat(volume.leftOvers()).isEmpty();
    }
  }

  @Test
  void aDryRunRunsTheScriptsAndMakesNothing() throws Exception {
    FileSetVolume volume = empty(1);
    Map<String, Path> sources = Map.of("main", people());
    RunnerReport report =
        Volume.run(
            staged(
                volume,
                "r1",
                1,
                transformed(List.of("DELETE FROM people WHERE rowid > 3"), List.of(), true),
                sources));
    ended(report, Reason.DRY_RUN);
    assertThat(report.restore().tables()).contains(new TableChange("people", -1, 3, 3, 0, 0));
    assertThat(volume.path("main")).doesNotExist();
    assertThat(volume.leftOvers()).isEmpty();
    ended(
        Volume.run(
            staged(
                volume,
                "r2",
                2,
                transformed(List.of("DELETE FROM nobody"), List.of(), true),
                sources)),
        Reason.SCRIPT_FAILED);
  }
}
