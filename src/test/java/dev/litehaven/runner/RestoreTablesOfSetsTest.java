package dev.litehaven.runner;

import static dev.litehaven.runner.RestoreTablesTest.schema;
import static dev.litehaven.runner.RestoreTablesTest.succeeded;
import static dev.litehaven.runner.RestoreTablesTest.tables;
import static org.assertj.core.api.Assertions.assertThat;

import dev.litehaven.protocol.DatabaseFile;
import dev.litehaven.protocol.RestoreReport.TableChange;
import dev.litehaven.protocol.RestoreWork.Mode;
import dev.litehaven.protocol.RunnerReport;
import dev.litehaven.protocol.RunnerRequest;
import dev.litehaven.protocol.RunnerStep;
import dev.litehaven.runner.restore.Fetched;
import dev.litehaven.runner.sqlite.TestDatabase;
import dev.litehaven.scenario.Scenarios;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tables of two real systems that are restored beside the others, in one file of several. */
class RestoreTablesOfSetsTest {
  @TempDir Path dir;

  @Test
  void arrowtunersUsersComeBackBesideTheirSetups() throws Exception {
    Path root = Files.createDirectories(dir.resolve("arrowtuner"));
    Scenarios.ARROWTUNER_ARROWS.build(root);
    Path users = Scenarios.ARROWTUNER_USERS.build(root);
    var two =
        new FileSetVolume(
            root,
            List.of(
                new DatabaseFile("arrows", "arrow_database.db"),
                new DatabaseFile("users", root.relativize(users).toString())));
    Path then = Files.copy(users, dir.resolve("users-then.db"));
    Path arrows = Files.copy(two.path("arrows"), dir.resolve("arrows-then.db"));
    TestDatabase.run(users, "PRAGMA foreign_keys=OFF", "DELETE FROM bow_setups WHERE id % 2 = 0");
    Map<String, String> before = tables(users);
    Map<String, String> arrowsBefore = tables(two.path("arrows"));

    RunnerRequest request =
        Fetched.request(
            two.request(RunnerStep.RESTORE, "r1", 1, null),
            Fetched.work(Mode.IN_PLACE, List.of("users.bow_setups"), List.of(), false, null));
    Fetched.stage(request, Map.of("arrows", arrows, "users", then));
    succeeded(Volume.run(request));
    Map<String, String> expected = new TreeMap<>(before);
    expected.put("bow_setups", tables(then).get("bow_setups"));
    assertThat(tables(users)).isEqualTo(expected).isNotEqualTo(before);
    assertThat(tables(two.path("arrows"))).isEqualTo(arrowsBefore);
    assertThat(schema(users, "true")).isEqualTo(schema(then, "true"));
  }

  @Test
  void riderprosShipmentsComeBackInTwoOfThreeFiles() throws Exception {
    Path root = Files.createDirectories(dir.resolve("riderpro/replica")).getParent();
    Path main = Scenarios.RIDERPRO_MAIN.build(root);
    Path replica = Scenarios.RIDERPRO_REPLICA.build(root.resolve("replica"));
    Path userdata = Scenarios.RIDERPRO_USERDATA.build(root);
    var three =
        new FileSetVolume(
            root,
            List.of(
                new DatabaseFile("main", "main.db"),
                new DatabaseFile("replica", "replica/replica.db"),
                new DatabaseFile("userdata", "userdata.db")));
    Map<String, Path> then =
        Map.of(
            "main", Files.copy(main, dir.resolve("main-then.db")),
            "replica", Files.copy(replica, dir.resolve("replica-then.db")),
            "userdata", Files.copy(userdata, dir.resolve("userdata-then.db")));
    TestDatabase.run(main, "UPDATE shipments SET status = 'Returned', cost = -1");
    TestDatabase.run(replica, "UPDATE shipments SET address = 'lost'");
    TestDatabase.run(userdata, "UPDATE users SET name = 'nobody'");
    Map<String, String> usersBefore = tables(userdata);
    Map<String, String> mainBefore = tables(main);

    RunnerRequest request =
        Fetched.request(
            three.request(RunnerStep.RESTORE, "r1", 1, null),
            Fetched.work(
                Mode.IN_PLACE, List.of("shipments", "replica.shipments"), List.of(), false, null));
    Fetched.stage(request, then);
    RunnerReport report = Volume.run(request);
    succeeded(report);
    assertThat(report.restore().tables())
        .extracting(TableChange::table)
        .containsExactly("shipments", "replica.shipments");
    Map<String, String> expected = new TreeMap<>(mainBefore);
    expected.put("shipments", tables(then.get("main")).get("shipments"));
    assertThat(tables(main)).isEqualTo(expected);
    assertThat(tables(replica)).isEqualTo(tables(then.get("replica")));
    assertThat(tables(userdata)).isEqualTo(usersBefore);
  }
}
