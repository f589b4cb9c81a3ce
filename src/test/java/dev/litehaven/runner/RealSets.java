package dev.litehaven.runner;

import dev.litehaven.protocol.DatabaseFile;
import dev.litehaven.protocol.Destructive;
import dev.litehaven.protocol.Ensure;
import dev.litehaven.protocol.MigrationScript;
import dev.litehaven.protocol.MigrationScript.Move;
import dev.litehaven.protocol.MigrationWork;
import dev.litehaven.protocol.VerifyRules;
import dev.litehaven.runner.sqlite.TestDatabase;
import dev.litehaven.scenario.Scenarios;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * The file sets of two real systems, and what they are to become: riderpro's main.db and replica.db
 * in WAL mode with userdata.db in rollback mode, and arrowtuner's user_data.db, which goes into
 * arrow_database.db.
 */
final class RealSets {
  static final List<String> USER_TABLES =
      List.of("users", "bow_setups", "guide_sessions", "backup_metadata", "sessions");

  private RealSets() {}

  static FileSetVolume riderpro(Path root) throws Exception {
    Files.createDirectories(root.resolve("data/replica"));
    Scenarios.RIDERPRO_MAIN.build(root.resolve("data"));
    Scenarios.RIDERPRO_REPLICA.build(root.resolve("data/replica"));
    Scenarios.RIDERPRO_USERDATA.build(root);
    return new FileSetVolume(
        root,
        List.of(
            new DatabaseFile("main", "data/main.db"),
            new DatabaseFile("replica", "data/replica/replica.db"),
            new DatabaseFile("userdata", "userdata.db")));
  }

  static MigrationWork riderproWork() {
    Ensure columns =
        new Ensure(
            null,
            Stream.of("signatureUrl", "photoUrl", "capturedAt")
                .map(name -> new Ensure.Column("shipments", name, "TEXT"))
                .toList(),
            null);
    String copy =
        "UPDATE shipments SET (signatureUrl, photoUrl, capturedAt) ="
            + " (SELECT signatureUrl, photoUrl, capturedAt FROM acknowledgments a"
            + " WHERE a.shipmentId = shipments.id)";
    return new MigrationWork(
        null,
        List.of(
            new MigrationScript("1", "consolidate shipments", "", null, null, columns),
            script("2", "replica", List.of(), columns, ""),
            script("3", null, List.of(), null, copy),
            script("4", "replica", List.of(), null, copy),
            script(
                "5",
                null,
                List.of("userdata"),
                null,
                "ALTER TABLE riders ADD COLUMN name TEXT;"
                    + " UPDATE riders SET name = (SELECT u.name FROM userdata.users u"
                    + " WHERE u.id = riders.userId);"
                    + " ALTER TABLE userdata.users ADD COLUMN vehicle TEXT;"
                    + " UPDATE userdata.users SET vehicle = (SELECT r.vehicle FROM riders r"
                    + " WHERE r.userId = users.id);")),
        null,
        Destructive.FORBID,
        List.of(),
        new VerifyRules(
            true,
            List.of("shipments", "replica.shipments", "userdata.users"),
            List.of("shipments.photoUrl", "replica.shipments.photoUrl", "userdata.users.vehicle"),
            List.of(
                new VerifyRules.Assertion(
                    "every rider is somebody",
                    "SELECT NOT EXISTS (SELECT 1 FROM main.riders r"
                        + " LEFT JOIN userdata.users u ON u.id = r.userId"
                        + " WHERE r.name IS NOT u.name OR u.vehicle IS NOT r.vehicle)"))),
        null);
  }

  static MigrationScript script(
      String version, String file, List<String> attach, Ensure ensure, String up) {
    return new MigrationScript(version, "", up, null, null, ensure, file, attach, null);
  }

  static FileSetVolume arrowtuner(Path root) {
    Scenarios.ARROWTUNER_ARROWS.build(root);
    Scenarios.ARROWTUNER_USERS.build(root);
    return new FileSetVolume(
        root,
        List.of(
            new DatabaseFile("arrows", "arrow_database.db"),
            new DatabaseFile("userdata", "user_data.db")));
  }

  /** Migration 023 from the schema that is there: every table as it is, with its rows. */
  static MigrationWork consolidate(FileSetVolume volume, String rows, List<Move> moves)
      throws Exception {
    StringBuilder up = new StringBuilder();
    for (String table : USER_TABLES) {
      up.append(
              String.join(
                  ";",
                  TestDatabase.query(
                      volume.path("userdata"),
                      "SELECT sql FROM sqlite_schema WHERE type = 'table' AND name = '"
                          + table
                          + "'")))
          .append(";\n");
      up.append("INSERT INTO main." + table + " SELECT * FROM userdata." + table);
      up.append(table.equals("guide_sessions") ? rows : "").append(";\n");
      // Ids of rows that were deleted must not come back either.
      up.append(
          ("UPDATE main.sqlite_sequence SET seq = (SELECT seq FROM userdata.sqlite_sequence"
                  + " WHERE name = '%1$s') WHERE name = '%1$s'"
                  + " AND EXISTS (SELECT 1 FROM userdata.sqlite_sequence WHERE name = '%1$s');\n")
              .formatted(table));
    }
    for (String table : USER_TABLES.reversed()) {
      up.append("DROP TABLE userdata." + table + ";\n");
    }
    up.append("INSERT INTO schema_migrations VALUES ('023', '2026-01-19T21:00:00Z');");
    return new MigrationWork(
        null,
        List.of(
            new MigrationScript(
                "23", "", up.toString(), null, null, null, null, List.of("userdata"), moves)),
        null,
        Destructive.FORBID,
        List.of(),
        VerifyRules.DEFAULT,
        null);
  }

  static List<Move> declared() {
    return USER_TABLES.stream().map(table -> new Move("userdata." + table, table)).toList();
  }
}
