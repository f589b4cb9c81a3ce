package dev.litehaven.runner;

import static org.assertj.core.api.Assertions.assertThat;

import dev.litehaven.protocol.DatabaseFile;
import dev.litehaven.protocol.Destructive;
import dev.litehaven.protocol.MigrationScript;
import dev.litehaven.protocol.MigrationWork;
import dev.litehaven.protocol.Reason;
import dev.litehaven.protocol.RunnerStep;
import dev.litehaven.protocol.VerifyRules;
import dev.litehaven.runner.sqlite.TestDatabase;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Databases of one or two files, one in WAL and one in rollback mode, of 500 rows each. */
final class TwoFiles {
  private static final List<DatabaseFile> FILES =
      List.of(new DatabaseFile("main", "app/main.db"), new DatabaseFile("guides", "guides.db"));

  private TwoFiles() {}

  /**
   * @param count 1 or 2
   */
  static FileSetVolume create(Path root, int count) throws Exception {
    Files.createDirectories(root.resolve("app"));
    for (DatabaseFile file : FILES.subList(0, count)) {
      TestDatabase.create(
          root,
          file.path(),
          "PRAGMA journal_mode=" + (file.name().equals("guides") ? "delete" : "wal"),
          "CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT)",
          "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 500)"
              + " INSERT INTO t SELECT i, hex(i) FROM n");
    }
    return new FileSetVolume(root, FILES.subList(0, count));
  }

  /**
   * The same databases migrated and at rest, by the names of their files.
   *
   * @param scratch where they are made, once for each count
   */
  static Map<String, Path> migrated(Path scratch, int count) throws Exception {
    Path root = scratch.resolve("migrated-" + count);
    boolean made = Files.exists(root);
    FileSetVolume volume =
        made ? new FileSetVolume(root, FILES.subList(0, count)) : create(root, count);
    if (!made) {
      assertThat(volume.run(RunnerStep.MIGRATE, "m1", 1, work(count)).reason())
          .isEqualTo(Reason.SUCCEEDED);
    }
    return volume.files().stream()
        .collect(Collectors.toMap(DatabaseFile::name, file -> volume.path(file.name())));
  }

  static MigrationWork work(int count) {
    List<MigrationScript> scripts =
        List.of(
            new MigrationScript("1", "", "ALTER TABLE t ADD COLUMN w TEXT", null, null, null),
            new MigrationScript(
                "2",
                "",
                "ALTER TABLE t ADD COLUMN w TEXT; CREATE TABLE main.u (x);"
                    + " INSERT INTO u SELECT v FROM t WHERE id < 50;",
                null,
                null,
                null,
                "guides",
                null,
                null));
    return new MigrationWork(
        null,
        scripts.subList(0, count),
        null,
        Destructive.FORBID,
        List.of(),
        VerifyRules.DEFAULT,
        null);
  }

  /**
   * What an opener would find, all rows of it: {@code old}, {@code new} or {@code refuses} for each
   * file. Looked at in copies, so that looking changes nothing.
   *
   * @param scratch outside of the volume
   */
  static String states(FileSetVolume volume, Path scratch) throws Exception {
    List<String> states = new ArrayList<>();
    for (DatabaseFile file : volume.files()) {
      Path copy = lookAt(volume.root().resolve(file.path()), scratch);
      try {
        List<String> columns =
            TestDatabase.query(copy, "SELECT name FROM pragma_table_info('t') WHERE name = 'w'");
        assertThat(TestDatabase.query(copy, "SELECT count(*) || ' ' || sum(v = hex(id)) FROM t"))
            .as("every row of %s", file.name())
            .containsExactly("500 500");
        assertThat(TestDatabase.query(copy, "PRAGMA integrity_check")).containsExactly("ok");
        states.add(columns.isEmpty() ? "old" : "new");
      } catch (SQLException e) {
        assertThat(e.getMessage()).contains("not a database");
        states.add("refuses");
      }
    }
    return String.join(" ", states);
  }

  /**
   * A copy of a file and what lies beside it, as an opener would find them.
   *
   * @param scratch outside of the volume; what was looked at there before is gone
   */
  static Path lookAt(Path live, Path scratch) throws IOException {
    Path copy = scratch.resolve("look.db");
    for (String sidecar : List.of("", "-wal", "-journal")) {
      Path beside = live.resolveSibling(live.getFileName() + sidecar);
      Path looked = scratch.resolve("look.db" + sidecar);
      Files.deleteIfExists(looked);
      if (sidecar.isEmpty() || Files.exists(beside)) {
        Files.copy(beside, looked, StandardCopyOption.REPLACE_EXISTING);
      }
    }
    return copy;
  }
}
