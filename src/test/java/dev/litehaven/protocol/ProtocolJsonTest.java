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
          new BackupTarget("/backups", true),
          "r0",
          true,
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
                    "main", "a.db", 1, "wal", 4096, null, null, 3, 0, 0, Reason.EMPTY_FILE, "m")),
            "ext4",
            1,
            2,
            null,
            9),
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
