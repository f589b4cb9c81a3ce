package dev.litehaven.runner;

import static org.assertj.core.api.Assertions.assertThat;

import dev.litehaven.protocol.BackupRecord;
import dev.litehaven.protocol.BackupTarget;
import dev.litehaven.protocol.DatabaseFile;
import dev.litehaven.protocol.ProtocolJson;
import dev.litehaven.protocol.Reason;
import dev.litehaven.protocol.RunnerReport;
import dev.litehaven.protocol.RunnerReport.Outcome;
import dev.litehaven.protocol.RunnerRequest;
import dev.litehaven.protocol.RunnerStep;
import dev.litehaven.protocol.S3Target;
import dev.litehaven.runner.sqlite.TestDatabase;
import dev.litehaven.runner.steps.Interruption;
import dev.litehaven.runner.store.FaultyProxy;
import dev.litehaven.runner.store.FaultyProxy.Fault;
import dev.litehaven.runner.store.ImpatientStores;
import dev.litehaven.runner.store.S3Server;
import dev.litehaven.runner.swap.SwapVolume;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Every step that knows of places for backups, on a bucket of a real S3 server. */
class S3PlaceTest {
  private static S3Server server;

  @TempDir static Path shared;
  @TempDir Path dir;
  private Path volume;
  private Path database;
  private String prefix;
  private FaultyProxy proxy;
  private final List<String> said = new ArrayList<>();

  @BeforeAll
  static void start() throws Exception {
    server = S3Server.start(shared);
  }

  @AfterAll
  static void stop() throws Exception {
    server.close();
  }

  @BeforeEach
  void aDatabase(TestInfo test) throws Exception {
    prefix = test.getTestMethod().orElseThrow().getName() + test.getDisplayName().hashCode();
    proxy = new FaultyProxy(server.port());
    volume = Files.createDirectories(dir.resolve("volume"));
    // Large enough for an upload in parts: random bytes do not compress.
    database =
        TestDatabase.create(
            volume,
            "app.db",
            "PRAGMA journal_mode=WAL",
            "CREATE TABLE t (id INTEGER PRIMARY KEY, v BLOB)",
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 120)"
                + " INSERT INTO t SELECT i, randomblob(100000) FROM n");
  }

  /** Of everything that was said and reported, and of what the place holds beside artifacts. */
  @AfterEach
  void noCredentialWasSaid() throws Exception {
    proxy.close();
    assertThat(said)
        .isNotEmpty()
        .noneMatch(
            line -> line.contains(S3Server.SECRET_KEY) || line.contains(S3Server.ACCESS_KEY));
  }

  private BackupTarget target(String endpoint) {
    S3Target s3 = server.target(endpoint, S3Server.BUCKET, prefix);
    return new BackupTarget(null, true, s3, null, new BackupTarget.Owner("uid-1", false));
  }

  private PlaceRequests requests(String endpoint) {
    return new PlaceRequests(
        volume, List.of(new DatabaseFile("main", "app.db")), target(endpoint), "team/app");
  }

  private PlaceRequests direct() {
    return requests(server.endpoint());
  }

  private RunnerReport run(RunnerRequest request) throws Exception {
    Runner.Result result =
        new Runner(
                Clock.systemUTC(),
                System::nanoTime,
                said::add,
                new Interruption(),
                SwapVolume::open,
                // Those that a request describes are as patient as production is.
                store ->
                    ImpatientStores.open(
                        request.backup().s3(),
                        request.step() == RunnerStep.PROBE ? "" : "team_app",
                        Clock.systemUTC()))
            .run(request);
    said.add(ProtocolJson.write(result.report()));
    said.add(ProtocolJson.write(request));
    if (result.failure() != null) {
      var trace = new StringWriter();
      result.failure().printStackTrace(new PrintWriter(trace));
      said.add(trace.toString());
    }
    return result.report();
  }

  private static RunnerReport succeeded(RunnerReport report) {
    assertThat(report.outcome()).as(report.message()).isEqualTo(Outcome.SUCCEEDED);
    return report;
  }

  private BackupRecord backUp(String run) throws Exception {
    return succeeded(run(direct().request(RunnerStep.BACKUP, run, PlaceRequests.SCHEDULED, null)))
        .backups()
        .getFirst();
  }

  private String rows(Path file) throws Exception {
    return String.join(",", TestDatabase.query(file, "SELECT count(*), sum(length(v)) FROM t"));
  }

  private String key(BackupRecord record, String name) {
    return prefix + "/team_app/main/" + record.id() + "/" + name;
  }

  @Test
  void aBackupGoesThereAndComesBack() throws Exception {
    RunnerReport probe = succeeded(run(direct().request(RunnerStep.PROBE, "p1", null, null)));
    assertThat(probe.store().checks()).hasSize(4).allMatch(check -> check.ok());
    BackupRecord record = backUp("r1");
    assertThat(record.verified()).isTrue();
    assertThat(record.sameVolume()).isFalse();
    assertThat(server.keys(prefix))
        .containsExactlyInAnyOrder(
            prefix + "/team_app/owner.json",
            key(record, "main.db.zst"),
            key(record, "manifest.json"),
            key(record, "verified.json"));
    RunnerReport list = succeeded(run(direct().request(RunnerStep.LIST, "l1", null, null)));
    assertThat(list.backups()).containsExactly(record);
    succeeded(
        run(
            direct()
                .request(
                    RunnerStep.READ_BACK,
                    "v1",
                    PlaceRequests.work(null, null, record.id()),
                    null)));
    String before = rows(database);
    TestDatabase.run(database, "DELETE FROM t");
    succeeded(run(direct().request(RunnerStep.FETCH, "f1", null, PlaceRequests.latest(false))));
    assertThat(rows(volume.resolve(".litehaven/restore/f1/main.db"))).isEqualTo(before);
    succeeded(
        run(
            direct()
                .request(
                    RunnerStep.PRUNE, "x1", PlaceRequests.work(null, null, record.id()), null)));
    assertThat(server.keys(prefix)).containsExactly(prefix + "/team_app/owner.json");
    assertThat(server.unfinished()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "500, InternalError, STORE_UNREACHABLE",
    "429, SlowDown, STORE_UNREACHABLE",
    "403, AccessDenied, STORE_REFUSED",
    "507, InsufficientStorage, STORE_FULL"
  })
  void whateverFailsTheStepSaysSoAndNothingIsRemovedOrLeft(int status, String code, Reason reason)
      throws Exception {
    BackupRecord good = backUp("r1");
    List<String> before = server.keys(prefix);
    var answer = new Fault.Answer(status, code, "no " + S3Server.ACCESS_KEY);
    PlaceRequests requests = requests(proxy.endpoint());
    var work = PlaceRequests.work(null, null, good.id());
    List<RunnerRequest> all =
        List.of(
            requests.request(RunnerStep.PROBE, "q1", null, null),
            requests.request(RunnerStep.BACKUP, "q2", PlaceRequests.SCHEDULED, null),
            requests.request(RunnerStep.LIST, "q3", null, null),
            requests.request(RunnerStep.READ_BACK, "q4", work, null),
            requests.request(RunnerStep.PRUNE, "q5", work, null),
            requests.request(RunnerStep.FETCH, "q6", null, PlaceRequests.latest(true)));
    proxy.rule((method, target) -> answer);
    for (RunnerRequest request : all) {
      RunnerReport report = run(request);
      assertThat(report.reason()).as(request.step() + report.message()).isEqualTo(reason);
      assertThat(report.outcome()).isNotEqualTo(Outcome.SUCCEEDED);
      assertThat(server.keys(prefix)).as(request.step().toString()).isEqualTo(before);
    }
    // Each kind of request by itself, wherever in a backup it comes.
    for (String part : List.of("owner.json", "partNumber=2", "manifest.json", "verified.json")) {
      proxy.rule((method, target) -> method.equals("PUT") && target.contains(part) ? answer : null);
      RunnerReport report =
          run(requests.request(RunnerStep.BACKUP, "q7", PlaceRequests.SCHEDULED, null));
      assertThat(report.reason()).as(part + ": " + report.message()).isEqualTo(reason);
      assertThat(report.backups()).as(part).isEmpty();
      assertThat(server.keys(prefix)).as(part).isEqualTo(before);
      assertThat(server.unfinished()).as(part).isEmpty();
    }
    assertThat(volume.resolve(".litehaven/restore/q6")).doesNotExist();
    proxy.rule(FaultyProxy.Rule.NONE);
    assertThat(succeeded(run(all.get(3))).reason()).isEqualTo(Reason.SUCCEEDED);
  }

  @Test
  void bytesThatChangeOnTheWayBackAreNoSuccess() throws Exception {
    BackupRecord good = backUp("r1");
    PlaceRequests requests = requests(proxy.endpoint());
    proxy.rule(
        (method, target) ->
            method.equals("GET") && target.contains("main.db.zst")
                ? new Fault.ChangedAnswer()
                : null);
    RunnerReport fetch =
        run(requests.request(RunnerStep.FETCH, "f1", null, PlaceRequests.latest(true)));
    assertThat(fetch.reason()).isEqualTo(Reason.NOTHING_VERIFIED);
    assertThat(volume.resolve(".litehaven/restore/f1")).doesNotExist();
    List<String> before = server.keys(prefix);
    RunnerReport backup =
        run(requests.request(RunnerStep.BACKUP, "r2", PlaceRequests.SCHEDULED, null));
    assertThat(backup.reason()).as(backup.message()).isEqualTo(Reason.BACKUP_FAILED);
    assertThat(backup.outcome()).isEqualTo(Outcome.FAILED);
    assertThat(server.keys(prefix)).isEqualTo(before);
    RunnerReport read =
        run(
            requests.request(
                RunnerStep.READ_BACK, "v1", PlaceRequests.work(null, null, good.id()), null));
    assertThat(read.reason()).isEqualTo(Reason.BACKUP_DAMAGED);
    // It does not count until it was read back again; its artifact is still there.
    assertThat(server.keys(prefix)).contains(key(good, "main.db.zst"), key(good, "manifest.json"));
    proxy.rule(FaultyProxy.Rule.NONE);
    succeeded(
        run(
            requests.request(
                RunnerStep.READ_BACK, "v2", PlaceRequests.work(null, null, good.id()), null)));
  }

  @Test
  void swappedAndCutShortObjectsAreFound() throws Exception {
    BackupRecord first = backUp("r1");
    TestDatabase.run(database, "UPDATE t SET v = randomblob(100000) WHERE id = 3");
    BackupRecord second = backUp("r2");
    byte[] firstManifest = server.bytes(key(first, "manifest.json"));
    byte[] firstArtifact = server.bytes(key(first, "main.db.zst"));
    byte[] secondManifest = server.bytes(key(second, "manifest.json"));
    byte[] secondArtifact = server.bytes(key(second, "main.db.zst"));
    damaged(second, "manifest.json", firstManifest, "belongs to the backup");
    server.put(key(second, "manifest.json"), secondManifest);
    damaged(second, "main.db.zst", firstArtifact, "main.db.zst");
    damaged(
        second,
        "main.db.zst",
        Arrays.copyOf(secondArtifact, secondArtifact.length - 1),
        "bytes where the manifest says");
    byte[] flipped = secondArtifact.clone();
    flipped[flipped.length / 3] ^= 2;
    damaged(second, "main.db.zst", flipped, "main.db.zst");
    server.put(key(second, "main.db.zst"), secondArtifact);
    succeeded(
        run(
            direct()
                .request(
                    RunnerStep.READ_BACK,
                    "v",
                    PlaceRequests.work(null, null, first.id(), second.id()),
                    null)));
  }

  private void damaged(BackupRecord of, String name, byte[] bytes, String why) throws Exception {
    server.put(key(of, name), bytes);
    RunnerReport report =
        run(
            direct()
                .request(RunnerStep.READ_BACK, "v", PlaceRequests.work(null, null, of.id()), null));
    assertThat(report.reason()).as(report.message()).isEqualTo(Reason.BACKUP_DAMAGED);
    assertThat(report.message()).contains(why);
    RunnerReport list = succeeded(run(direct().request(RunnerStep.LIST, "l", null, null)));
    assertThat(list.backups())
        .filteredOn(BackupRecord::verified)
        .extracting(BackupRecord::id)
        .doesNotContain(of.id());
  }

  @Test
  void anAttemptThatWasKilledInTheMiddleOfAnUploadIsClearedUpByTheNext() throws Exception {
    server
        .client()
        .createMultipartUpload(
            r ->
                r.bucket(S3Server.BUCKET)
                    .key(prefix + "/team_app/main/20260101T000000Z-scheduled-r1/main.db.zst"));
    backUp("r1");
    assertThat(server.unfinished()).isEmpty();
  }

  @Test
  void theDefaultPatienceWorksToo() throws Exception {
    RunnerReport report =
        PlaceRequests.run(
            direct().request(RunnerStep.BACKUP, "r1", PlaceRequests.SCHEDULED, null),
            Clock.systemUTC());
    said.add(ProtocolJson.write(succeeded(report)));
    assertThat(report.backups().getFirst().verified()).isTrue();
  }
}
