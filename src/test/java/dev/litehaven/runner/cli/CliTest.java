package dev.litehaven.runner.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.litehaven.runner.sqlite.TestDatabase;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CliTest {
  private static final String ADD = "ALTER TABLE users ADD COLUMN risk TEXT;";
  private static final String DROP = "ALTER TABLE users DROP COLUMN age;";

  @TempDir Path dir;
  private Path database;

  private record Answer(int exit, String out, String err) {}

  @BeforeEach
  void aDatabase() throws Exception {
    database =
        TestDatabase.create(
            dir,
            "app.db",
            "CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT, age INTEGER)",
            "INSERT INTO users VALUES (1, 'a', 30), (2, 'b', 40)");
  }

  private Path manifest(String policy, String... ups) throws IOException {
    var text =
        new StringBuilder("kind: DatabaseMigration\nmetadata: {name: m}\nspec:\n")
            .append("  policy: {destructive: ")
            .append(policy)
            .append("}\n  verify: {requiredTables: [users]}\n  source:\n    inline:\n");
    for (int i = 0; i < ups.length; i++) {
      text.append("    - {version: '").append(i + 1).append("', up: '").append(ups[i]);
      text.append("'}\n");
    }
    return Files.writeString(dir.resolve("migration.yaml"), text);
  }

  private Answer cli(String... arguments) {
    var out = new StringWriter();
    var err = new StringWriter();
    int exit = Cli.run(arguments, new PrintWriter(out), new PrintWriter(err));
    return new Answer(exit, out.toString(), err.toString());
  }

  private Answer on(String command, String... more) {
    List<String> arguments = new ArrayList<>(List.of(command, "--database", database.toString()));
    arguments.addAll(List.of(more));
    return cli(arguments.toArray(String[]::new));
  }

  @Test
  void aMigrationFromPlanToRollback() throws Exception {
    String manifest = manifest("Forbid", ADD).toString();
    Answer plan = on("plan", "-f", manifest);
    assertThat(plan.exit()).as(plan.err()).isZero();
    assertThat(plan.out()).contains("none -> 1").contains("+CREATE TABLE").endsWith("touched.\n");
    assertThat(on("migrate", "-f", manifest).exit()).isZero();
    assertThat(TestDatabase.query(database, "SELECT risk IS NULL FROM users"))
        .containsExactly("1", "1");
    assertThat(on("migrate", "-f", manifest).out()).startsWith("UpToDate: ");
    assertThat(on("verify", "-f", manifest).exit()).isZero();
    assertThat(on("inspect").out()).contains("app.db").contains("Litehaven 1").contains("ok");
    Answer rollback = on("rollback");
    assertThat(rollback.exit()).as(rollback.err()).isZero();
    assertThat(TestDatabase.query(database, "SELECT name FROM pragma_table_info('users')"))
        .containsExactly("id", "email", "age");
    assertThat(on("recover").exit()).isZero();
  }

  @Test
  void aDirectoryOfMigrationFilesDoesToo() throws Exception {
    Path migrations = Files.createDirectory(dir.resolve("migrations"));
    Files.writeString(migrations.resolve("001_add_risk.up.sql"), ADD);
    String manifest = manifest("Forbid", ADD).toString();
    Answer answer = on("migrate", "-f", manifest, "--migrations", migrations.toString());
    assertThat(answer.exit()).as(answer.err()).isZero();
    assertThat(answer.out()).contains("add risk");
  }

  @Test
  void aLossIsAnErrorWithItsReasonAndNoStackTrace() throws Exception {
    Answer answer = on("plan", "-f", manifest("Forbid", DROP).toString());
    assertThat(answer.exit()).isEqualTo(2);
    assertThat(answer.out()).isEmpty();
    assertThat(answer.err())
        .contains("error: DestructiveChange: ")
        .contains("users.age")
        .doesNotContain("\tat ");
  }

  @Test
  void aPlanWithFindingsIsAWarningAndItsHashApprovesIt() throws Exception {
    String manifest = manifest("RequireApproval", DROP).toString();
    Answer plan = on("plan", "-f", manifest, "-o", "json");
    assertThat(plan.exit()).as(plan.err()).isEqualTo(1);
    JsonNode report = new ObjectMapper().readTree(plan.out());
    assertThat(report.at("/plan/findings/0/rows").asInt()).isEqualTo(2);
    assertThat(on("migrate", "-f", manifest).exit()).isEqualTo(2);
    String hash = report.at("/plan/planHash").asText();
    assertThat(on("migrate", "-f", manifest, "--approve", hash).exit()).isZero();
  }

  @Test
  void backupsAreMadeAndReadBackAndDamageIsAnError() throws Exception {
    Path backups = dir.resolve("elsewhere");
    assertThat(on("backup", "--backup-dir", backups.toString()).exit()).isZero();
    assertThat(cli("verify", "--backup", backups.toString()).exit()).isZero();
    Path artifact;
    try (var files = Files.walk(backups)) {
      artifact = files.filter(f -> f.toString().endsWith(".zst")).findFirst().orElseThrow();
    }
    byte[] bytes = Files.readAllBytes(artifact);
    bytes[bytes.length / 2] ^= 1;
    Files.write(artifact, bytes);
    Answer damaged = cli("verify", "--backup", backups.toString());
    assertThat(damaged.exit()).isEqualTo(2);
    assertThat(damaged.err()).contains("BackupDamaged");
  }

  @Test
  void aDatabaseThatBreaksItsRulesIsAnError() throws Exception {
    TestDatabase.run(
        database,
        "CREATE TABLE orders (id INTEGER PRIMARY KEY, user INTEGER REFERENCES users(id))",
        "INSERT INTO orders VALUES (1, 99)");
    Answer answer = on("verify");
    assertThat(answer.exit()).isEqualTo(2);
    assertThat(answer.err()).contains("VerificationFailed").contains("orders");
  }

  @Test
  void aFileThatCannotBeUsedIsAWarningOfInspect() throws Exception {
    Files.createFile(dir.resolve("empty.db"));
    Answer answer = cli("inspect", "--volume", dir.toString());
    assertThat(answer.exit()).isEqualTo(1);
    assertThat(answer.out()).contains("EmptyFile");
  }

  @Test
  void severalFilesAreOneDatabase() throws Exception {
    Path guides =
        TestDatabase.create(dir, "guides-v1.db", "CREATE TABLE visits (id INTEGER PRIMARY KEY)");
    String manifest =
        Files.writeString(
                dir.resolve("set.yaml"),
                """
                kind: DatabaseMigration
                metadata: {name: m}
                spec:
                  source:
                    inline:
                    - {version: "1", file: guides, attach: [], up: ALTER TABLE visits ADD COLUMN email}
                    - version: "2"
                      attach: [guides]
                      up: INSERT INTO guides.visits SELECT id, email FROM users
                """)
            .toString();
    String[] files = {"--database", "guides=" + guides, "-f", manifest};
    Answer plan = on("plan", files);
    assertThat(plan.exit()).as(plan.err()).isZero();
    assertThat(plan.out()).contains("guides.visits", "-- file guides").doesNotContain("app.users");
    assertThat(on("migrate", files).exit()).isZero();
    assertThat(TestDatabase.query(guides, "SELECT email FROM visits")).containsExactly("a", "b");
    assertThat(on("verify", files).exit()).isZero();
    assertThat(on("rollback", "--database", "guides=" + guides).exit()).isZero();
    assertThat(TestDatabase.query(guides, "SELECT count(*) FROM visits")).containsExactly("0");
    Path elsewhere = TestDatabase.create(Files.createDirectory(dir.resolve("x")), "x.db");
    database = elsewhere;
    assertThat(on("plan", files).err()).contains("--volume");
  }

  @Test
  void mistakesAreErrorsThatSayWhatToDo() throws Exception {
    assertThat(on("plan").err()).contains("--file");
    assertThat(cli("plan", "-f", manifest("Forbid", ADD).toString()).err()).contains("--database");
    assertThat(on("rollback").err()).contains("Neither a migration nor a restore was made");
    assertThat(on("migrate", "-f", dir.resolve("gone.yaml").toString()).err())
        .contains("SourceNotFound");
    database = dir.resolve("gone.db");
    Answer answer = on("migrate", "-f", manifest("Forbid", ADD).toString());
    assertThat(answer.exit()).isEqualTo(2);
    assertThat(answer.err()).contains("FileNotFound");
    assertThat(cli("nonsense").exit()).isEqualTo(2);
  }

  @Test
  void anErrorAsJsonIsJson() throws Exception {
    Answer answer = on("plan", "-o", "json");
    assertThat(answer.exit()).isEqualTo(2);
    assertThat(new ObjectMapper().readTree(answer.out()).get("reason").asText())
        .isEqualTo("INVALID_REQUEST");
  }

  @Test
  void helpNamesEveryCommand() {
    Answer answer = cli("--help");
    assertThat(answer.exit()).isZero();
    assertThat(answer.out())
        .contains("plan", "migrate", "rollback", "backup", "verify", "inspect", "recover");
  }
}
