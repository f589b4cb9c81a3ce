package dev.litehaven.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.litehaven.protocol.RunnerReport.Outcome;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ProtocolJsonTest {
  private static final RunnerRequest REQUEST =
      new RunnerRequest(
          RunnerRequest.FORMAT_VERSION,
          RunnerStep.MIGRATE,
          new RunRef("r1", "team/portfolio", "uid-1", 7, "add-risk"),
          "/data",
          List.of(new DatabaseFile("main", "app/portfolio.db")),
          List.of("cache/**"),
          new MigrationWork(
              "default",
              List.of(
                  new MigrationScript(
                      "002",
                      "add risk",
                      "ALTER TABLE a ADD COLUMN r INT; -- é\n",
                      null,
                      "SELECT 1",
                      new Ensure(
                          List.of(new Ensure.Table("t", "(id INTEGER)")),
                          List.of(new Ensure.Column("a", "c", "TEXT")),
                          List.of(new Ensure.Index("i", "a", List.of("c"), true, "c > 1"))),
                      "guides",
                      List.of("main", "replica"),
                      List.of(new MigrationScript.Move("sessions", "replica.sessions")))),
              "002",
              Destructive.REQUIRE_APPROVAL,
              List.of("a.b"),
              new VerifyRules(
                  true,
                  List.of("a"),
                  List.of("a.b"),
                  List.of(new VerifyRules.Assertion("some", "SELECT count(*) FROM a"))),
              "abc"),
          new BackupTarget(
              null,
              true,
              new S3Target(
                  "https://s3.example",
                  "eu-1",
                  "bucket",
                  "a/b",
                  true,
                  "/ca.pem",
                  "/credentials",
                  "aws:kms",
                  "key",
                  "GOVERNANCE",
                  30),
              new Encryption(List.of("age1x"), "/identity"),
              new BackupTarget.Owner("uid-2", true)),
          "r0",
          true,
          new BackupWork(
              "Scheduled",
              List.of("attachments/**"),
              BackupWork.Verification.QUICK,
              "content",
              List.of("b1", "b2")),
          new RestoreWork(
              "team/other",
              "b1",
              "2026-01-01T00:00:00Z",
              true,
              RestoreWork.Mode.IF_ABSENT,
              List.of("users"),
              List.of("guides.sessions"),
              true,
              List.of("UPDATE users SET email = NULL"),
              List.of(new VerifyRules.Assertion("none", "SELECT 1")),
              "token"),
          "/scratch");

  static RunnerReport report(String message) {
    Map<String, Long> timings = new LinkedHashMap<>();
    timings.put("zeta", 3L);
    timings.put("alpha", 2L);
    return new RunnerReport(
        1,
        RunnerStep.MIGRATE,
        "r1",
        7,
        Outcome.REFUSED,
        Reason.DESTRUCTIVE_CHANGE,
        message,
        new PlanReport(
            "hash",
            null,
            "002",
            List.of(new PlanReport.Step("002", "add risk", "sum", "up", 12)),
            List.of(new Finding("DS103", Reason.DESTRUCTIVE_CHANGE, "a.b", 4, true, "drops a.b")),
            1,
            "+ r INT",
            List.of(new PlanReport.TableRows("a", 4, -1)),
            4096,
            8192),
        List.of(
            new BackupRecord(
                "id",
                "PreMigration",
                "main",
                List.of("main", "guides"),
                "m.json",
                1,
                2,
                "s",
                "c",
                3,
                "002",
                true,
                true,
                "t")),
        new SwapReport("DONE", "new", false, -1),
        new InspectReport(
            List.of(
                new InspectReport.FileInfo(
                    "main",
                    "a.db",
                    1,
                    "wal",
                    4096,
                    null,
                    null,
                    3,
                    0,
                    0,
                    true,
                    Reason.EMPTY_FILE,
                    "m")),
            "ext4",
            1,
            2,
            null,
            9),
        new RestoreReport(
            "b1",
            "t",
            "002",
            List.of(new RestoreReport.PassedOver("b2", Reason.BACKUP_DAMAGED, "cut")),
            List.of(new RestoreReport.TableChange("users", 3, 2, 1, 2, 0)),
            1,
            true),
        new StoreReport(List.of(new StoreReport.Check("write", false, "denied")), List.of("b3")),
        timings);
  }

  @Test
  void aRequestComesBackAsItWas() {
    assertThat(ProtocolJson.readRequest(ProtocolJson.write(REQUEST))).isEqualTo(REQUEST);
  }

  @Test
  void aReportComesBackAsItWasWithTimingsInOrder() {
    RunnerReport report = report("drops column b of a: 4 rows é 😀");
    RunnerReport back = ProtocolJson.readReport(ProtocolJson.write(report));
    assertThat(back).isEqualTo(report);
    assertThat(back.timingsMillis().keySet()).containsExactly("zeta", "alpha");
  }

  @Test
  void whatIsWrittenIsOneLineOfAscii() {
    String json = ProtocolJson.write(report("first\nsecond\r\u2028é😀"));
    assertThat(json.chars()).allMatch(c -> c >= 0x20 && c < 0x7f);
  }

  @Test
  void fieldsOfANewerReleaseAreIgnored() {
    String json =
        ProtocolJson.write(REQUEST).replaceFirst("\\{", "{\"fromTheFuture\":{\"a\":[1]},");
    assertThat(ProtocolJson.readRequest(json)).isEqualTo(REQUEST);
  }

  @Test
  void anUnknownFormatIsRefused() {
    String json = ProtocolJson.write(REQUEST).replace("\"formatVersion\":1", "\"formatVersion\":2");
    assertThatThrownBy(() -> ProtocolJson.readRequest(json))
        .isInstanceOf(RefusedException.class)
        .extracting(e -> ((RefusedException) e).reason())
        .isEqualTo(Reason.INVALID_REQUEST);
  }

  @Test
  void textThatIsNoRequestIsRefused() {
    for (String text :
        List.of(
            "",
            "null",
            "[]",
            "{",
            "{\"formatVersion\":1,\"run\":{\"runId\":\"Ä\"}}",
            "{\"formatVersion\":1,\"run\":{\"runId\":\"a\",\"epoch\":null}}",
            "{\"formatVersion\":1,\"run\":{\"runId\":\"a\",\"epoch\":\"7\"}}",
            "{\"formatVersion\":1,\"force\":null}",
            "{\"formatVersion\":1,\"step\":\"DANCE\"}",
            "{\"formatVersion\":1,\"files\":[null]}",
            "{\"formatVersion\":1,\"migration\":{\"files\":{\"V1.sql\":null}}}")) {
      assertThatThrownBy(() -> ProtocolJson.readRequest(text))
          .as(text)
          .isInstanceOf(RefusedException.class);
    }
  }
}
