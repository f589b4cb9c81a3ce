package dev.litehaven.runner.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.litehaven.runner.sqlite.TestDatabase;
import java.io.PrintWriter;
import java.io.RandomAccessFile;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Backups made, listed and restored by hand, without a cluster. */
class RestoreCommandTest {
  @TempDir Path dir;
  private Path database;

  private record Answer(int exit, String out, String err) {}

  @BeforeEach
  void aDatabaseThatChangesAfterItsBackup() throws Exception {
    database =
        TestDatabase.create(
            Files.createDirectory(dir.resolve("volume")),
            "app.db",
            "CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT)",
            "CREATE TABLE orders (id INTEGER PRIMARY KEY)",
            "INSERT INTO users VALUES (1, 'a'), (2, 'b')");
    assertThat(on("backup").exit()).isZero();
    TestDatabase.run(
        database, "UPDATE users SET email = 'x' WHERE id = 2", "INSERT INTO orders VALUES (9)");
  }

  private static Answer cli(String... arguments) {
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

  private List<String> emails(Path file) throws Exception {
    return TestDatabase.query(file, "SELECT email FROM users ORDER BY id");
  }

  private List<String> leftOvers() throws Exception {
    try (Stream<Path> all = Files.walk(dir)) {
      return all.map(Path::toString)
          .filter(name -> name.matches(".*(\\.litehaven/(restore|tmp)/.+|\\.lh-.*\\.new)"))
          .toList();
    }
  }

  @Test
  void aDryRunARestoreAndTheWayBack() throws Exception {
    Answer dry = on("restore", "--dry-run");
    assertThat(dry.exit()).as(dry.err()).isZero();
    assertThat(dry.out())
        .contains("DryRun", "users   2 -> 2  +0 -0 ~1", "orders  1 -> 0  +0 -1 ~0");
    assertThat(emails(database)).containsExactly("a", "x");

    Answer restored = on("restore");
    assertThat(restored.exit()).as(restored.err()).isZero();
    assertThat(restored.out()).contains("PreRestore", "verified");
    assertThat(emails(database)).containsExactly("a", "b");
    assertThat(on("rollback").exit()).isZero();
    assertThat(emails(database)).containsExactly("a", "x");
    assertThat(leftOvers()).isEmpty();
  }

  @Test
  void someTables() throws Exception {
    assertThat(on("restore", "--tables", "users").exit()).isZero();
    assertThat(emails(database)).containsExactly("a", "b");
    assertThat(TestDatabase.query(database, "SELECT id FROM orders")).containsExactly("9");
    Answer wrong = on("restore", "--tables", "nobody,users");
    assertThat(wrong.exit()).isEqualTo(2);
    assertThat(wrong.err()).contains("TableNotFound", "orders, users");
  }

  @Test
  void theOneOfAnInstantTheOneThatIsNamedAndNoneAtAll() throws Exception {
    Answer list = on("list");
    assertThat(list.exit()).as(list.err()).isZero();
    String id =
        list.out().lines().filter(line -> line.contains("-manual-")).findFirst().orElseThrow();
    id = id.replaceAll(".*/([^/]*-manual-[^/ ]*)(/.*| .*)?", "$1");
    assertThat(on("restore", "--backup", id, "--dry-run").exit()).as(id).isZero();
    Answer early = on("restore", "--before", "2001-01-01T00:00:00Z");
    assertThat(early.exit()).isEqualTo(2);
    assertThat(early.err()).contains("BackupNotFound");
    assertThat(on("restore", "--backup", id, "--before", "2001-01-01T00:00:00Z").err())
        .contains("InvalidRequest");
    assertThat(emails(database)).containsExactly("a", "x");
  }

  @Test
  void aNewFileTransformedBesideTheDatabaseInUse() throws Exception {
    Path script = Files.writeString(dir.resolve("scrub.sql"), "UPDATE users SET email = 'nobody'");
    Path copy = Files.createDirectory(dir.resolve("copies")).resolve("copy.db");
    try (var app = TestDatabase.open(database)) {
      app.createStatement().executeQuery("SELECT 1 FROM users").close();
      Answer made = on("restore", "--to", copy.toString(), "--transform", script.toString());
      assertThat(made.exit()).as(made.err()).isZero();
    }
    assertThat(emails(copy)).containsExactly("nobody", "nobody");
    assertThat(emails(database)).containsExactly("a", "x");
    Answer again = on("restore", "--to", copy.toString());
    assertThat(again.exit()).isEqualTo(2);
    assertThat(again.err()).contains("TargetNotEmpty");
    assertThat(leftOvers()).isEmpty();
  }

  @Test
  void aDatabaseThatIsGoneComesBackAndADamagedBackupIsPassedOver() throws Exception {
    Answer second = on("backup");
    assertThat(second.exit()).isZero();
    Path newest;
    try (Stream<Path> all = Files.walk(dir.resolve("volume/.litehaven/backups"))) {
      newest =
          all.filter(file -> file.toString().endsWith(".db.zst"))
              .max(java.util.Comparator.comparing(Path::toString))
              .orElseThrow();
    }
    try (var file = new RandomAccessFile(newest.toFile(), "rw")) {
      file.seek(30);
      file.write(file.read() ^ 1);
    }
    Files.delete(database);
    Answer refused = on("restore");
    assertThat(refused.exit()).isEqualTo(2);
    assertThat(refused.err()).contains("BackupDamaged");
    assertThat(database).doesNotExist();

    Answer restored = on("restore", "--older-if-damaged");
    assertThat(restored.exit()).as(restored.err()).isZero();
    assertThat(restored.out()).contains("passed over", "BackupDamaged");
    assertThat(emails(database)).containsExactly("a", "b");
  }

  @Test
  void anotherDatabaseInTheSameDirectoryIsNotTakenForThisOne() throws Exception {
    Path other = TestDatabase.create(dir.resolve("volume"), "other.db", "CREATE TABLE else_ (x)");
    assertThat(cli("backup", "--database", other.toString()).exit()).isZero();
    assertThat(on("restore").exit()).isZero();
    assertThat(emails(database)).containsExactly("a", "b");
  }
}
