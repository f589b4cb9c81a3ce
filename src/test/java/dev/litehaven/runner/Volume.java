package dev.litehaven.runner;

import dev.litehaven.protocol.BackupTarget;
import dev.litehaven.protocol.DatabaseFile;
import dev.litehaven.protocol.Destructive;
import dev.litehaven.protocol.MigrationScript;
import dev.litehaven.protocol.MigrationWork;
import dev.litehaven.protocol.RunRef;
import dev.litehaven.protocol.RunnerReport;
import dev.litehaven.protocol.RunnerRequest;
import dev.litehaven.protocol.RunnerStep;
import dev.litehaven.protocol.VerifyRules;
import dev.litehaven.runner.sqlite.TestDatabase;
import dev.litehaven.runner.steps.Interruption;
import dev.litehaven.runner.steps.Progress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.Stream;

/** A volume with one database in use by nobody, and requests about it. */
final class Volume {
  static final int ROWS = 500;
  static final String ADD_RISK = "ALTER TABLE users ADD COLUMN risk TEXT";

  final Path root;
  final Path database;

  private Volume(Path root, Path database) {
    this.root = root;
    this.database = database;
  }

  static Volume create(Path root, String journalMode) throws Exception {
    Files.createDirectories(root.resolve("app"));
    Path database =
        TestDatabase.create(
            root,
            "app/portfolio.db",
            "PRAGMA journal_mode=" + journalMode,
            "CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT NOT NULL, age INTEGER)",
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < "
                + ROWS
                + ") INSERT INTO users SELECT i, 'user' || i || '@example.org', i % 90 FROM n");
    return new Volume(root, database);
  }

  static MigrationScript script(String version, String up) {
    return new MigrationScript(version, "change " + version, up, null, null, null);
  }

  static MigrationWork work(String... ups) {
    return work(Destructive.FORBID, null, ups);
  }

  static MigrationWork work(Destructive destructive, String planHash, String... ups) {
    List<MigrationScript> scripts =
        Stream.iterate(0, i -> i < ups.length, i -> i + 1)
            .map(i -> script(Integer.toString(i + 1), ups[i]))
            .toList();
    return new MigrationWork(
        null, scripts, null, destructive, List.of(), VerifyRules.DEFAULT, planHash);
  }

  RunnerRequest request(RunnerStep step, String run, long epoch, MigrationWork work) {
    return request(step, run, epoch, work, false);
  }

  RunnerRequest request(
      RunnerStep step, String run, long epoch, MigrationWork work, boolean force) {
    return new RunnerRequest(
        RunnerRequest.FORMAT_VERSION,
        step,
        new RunRef(run, "team/portfolio", "claim-uid", epoch, "risk"),
        root.toString(),
        List.of(new DatabaseFile("main", "app/portfolio.db")),
        List.of(),
        work,
        BackupTarget.ON_VOLUME,
        run,
        force,
        null);
  }

  RunnerReport run(RunnerStep step, String run, long epoch, MigrationWork work) {
    return run(request(step, run, epoch, work));
  }

  static RunnerReport run(RunnerRequest request) {
    return run(request, line -> {}, new Interruption());
  }

  static RunnerReport run(RunnerRequest request, Progress progress, Interruption interruption) {
    return new Runner(Clock.systemUTC(), System::nanoTime, progress, interruption)
        .run(request)
        .report();
  }

  String query(String sql) throws Exception {
    return String.join(",", TestDatabase.query(database, sql));
  }

  /** Rows by their content, and whether the new column is there: {@code old} or {@code new}. */
  String state() throws Exception {
    boolean migrated =
        !query("SELECT name FROM pragma_table_info('users') WHERE name = 'risk'").isEmpty();
    String rows =
        query(
            "SELECT count(*) || ' ' || sum(id) || ' ' || sum(age) || ' ' || sum(length(email))"
                + " FROM users WHERE email = 'user' || id || '@example.org'");
    String whole = "500 125250 ";
    if (!rows.startsWith(whole) || !query("PRAGMA integrity_check").equals("ok")) {
      throw new AssertionError("the database is not whole: " + rows);
    }
    return migrated ? "new" : "old";
  }

  Object inode() throws IOException {
    return Files.getAttribute(database, "unix:ino", LinkOption.NOFOLLOW_LINKS);
  }

  /** Every file that is no record of the volume itself. */
  TreeSet<String> files() throws IOException {
    var names = new TreeSet<String>();
    try (Stream<Path> walk = Files.walk(root)) {
      walk.filter(Files::isRegularFile)
          .map(file -> root.relativize(file).toString())
          .filter(name -> !name.matches("\\.litehaven/(lock|epoch|ballast|intent-[^/]*\\.json)"))
          .forEach(names::add);
    }
    return names;
  }
}
