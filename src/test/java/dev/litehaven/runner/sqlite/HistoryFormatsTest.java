package dev.litehaven.runner.sqlite;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class HistoryFormatsTest {
  @TempDir Path directory;

  record Case(String tool, String version, long applied, boolean clean, List<String> sql) {
    Case(String tool, String version, long applied, boolean clean, String... sql) {
      this(tool, version, applied, clean, List.of(sql));
    }

    @Override
    public String toString() {
      return tool + (clean ? "" : ", not clean");
    }
  }

  static java.util.stream.Stream<Case> cases() {
    String flyway =
        "CREATE TABLE flyway_schema_history (installed_rank INT PRIMARY KEY, version TEXT,"
            + " description TEXT, type TEXT, script TEXT, checksum INT, installed_by TEXT,"
            + " installed_on TEXT, execution_time INT, success BOOLEAN)";
    String goose =
        "CREATE TABLE goose_db_version (id INTEGER PRIMARY KEY AUTOINCREMENT, version_id INTEGER,"
            + " is_applied INTEGER, tstamp TIMESTAMP)";
    String prisma =
        "CREATE TABLE _prisma_migrations (id TEXT PRIMARY KEY, checksum TEXT, finished_at DATETIME,"
            + " migration_name TEXT, logs TEXT, rolled_back_at DATETIME, started_at DATETIME,"
            + " applied_steps_count INT)";
    String liquibase =
        "CREATE TABLE DATABASECHANGELOG (ID TEXT, AUTHOR TEXT, FILENAME TEXT, DATEEXECUTED TEXT,"
            + " ORDEREXECUTED INT, EXECTYPE TEXT, MD5SUM TEXT)";
    String golang = "CREATE TABLE schema_migrations (version uint64, dirty bool)";
    return java.util.stream.Stream.of(
        new Case(
            "Flyway",
            "2.1",
            2,
            true,
            flyway,
            "INSERT INTO flyway_schema_history VALUES (1, '1', '', 'SQL', '', 0, '', '', 1, 1),"
                + " (2, '2.1', '', 'SQL', '', 0, '', '', 1, 1)"),
        new Case(
            "Flyway",
            "1",
            1,
            false,
            flyway,
            "INSERT INTO flyway_schema_history VALUES (1, '1', '', 'SQL', '', 0, '', '', 1, 1),"
                + " (2, '2', '', 'SQL', '', 0, '', '', 1, 0)"),
        new Case(
            "Liquibase",
            "add-risk",
            2,
            true,
            liquibase,
            "INSERT INTO DATABASECHANGELOG VALUES ('first', 'a', 'f', '', 1, 'EXECUTED', ''),"
                + " ('add-risk', 'a', 'f', '', 2, 'EXECUTED', '')",
            "CREATE TABLE DATABASECHANGELOGLOCK (ID INT, LOCKED BOOLEAN)",
            "INSERT INTO DATABASECHANGELOGLOCK VALUES (1, 0)"),
        new Case(
            "Liquibase",
            null,
            0,
            false,
            liquibase,
            "CREATE TABLE DATABASECHANGELOGLOCK (ID INT, LOCKED BOOLEAN)",
            "INSERT INTO DATABASECHANGELOGLOCK VALUES (1, 1)"),
        new Case(
            "Alembic",
            "ae1027a6acf",
            1,
            true,
            "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY)",
            "INSERT INTO alembic_version VALUES ('ae1027a6acf')"),
        new Case(
            "Alembic",
            null,
            0,
            false,
            "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY)",
            "CREATE TABLE _alembic_tmp_users (id)"),
        new Case(
            "golang-migrate", "7", 1, true, golang, "INSERT INTO schema_migrations VALUES (7, 0)"),
        new Case(
            "golang-migrate", "7", 1, false, golang, "INSERT INTO schema_migrations VALUES (7, 1)"),
        new Case(
            "dbmate or Rails",
            "20260102",
            2,
            true,
            "CREATE TABLE schema_migrations (version varchar(128) primary key)",
            "INSERT INTO schema_migrations VALUES ('20250101'), ('20260102')"),
        new Case(
            "goose",
            "2",
            2,
            true,
            goose,
            "INSERT INTO goose_db_version (version_id, is_applied) VALUES"
                + " (0, 1), (1, 1), (2, 1), (3, 1), (3, 0)"),
        new Case(
            "Django",
            "shop.0002_risk",
            2,
            true,
            "CREATE TABLE django_migrations (id INTEGER PRIMARY KEY, app TEXT, name TEXT, applied TEXT)",
            "INSERT INTO django_migrations VALUES (1, 'shop', '0001_initial', ''),"
                + " (2, 'shop', '0002_risk', '')"),
        new Case(
            "Prisma",
            "2_b",
            2,
            true,
            prisma,
            "INSERT INTO _prisma_migrations VALUES ('a', '', 5, '1_a', '', NULL, 1, 1),"
                + " ('b', '', 6, '2_b', '', NULL, 2, 1), ('c', '', NULL, '3_c', '', 9, 3, 0)"),
        new Case(
            "Prisma",
            null,
            0,
            false,
            prisma,
            "INSERT INTO _prisma_migrations VALUES ('a', '', NULL, '1_a', '', NULL, 1, 1)"),
        new Case(
            "Drizzle",
            "1700000000001",
            2,
            true,
            "CREATE TABLE __drizzle_migrations (id SERIAL PRIMARY KEY, hash text, created_at numeric)",
            "INSERT INTO __drizzle_migrations (hash, created_at) VALUES"
                + " ('x', 1700000000000), ('y', 1700000000001)"),
        new Case(
            "Knex",
            "2_b.js",
            2,
            true,
            "CREATE TABLE knex_migrations (id INTEGER PRIMARY KEY, name TEXT, batch INT)",
            "INSERT INTO knex_migrations VALUES (1, '1_a.js', 1), (2, '2_b.js', 2)",
            "CREATE TABLE knex_migrations_lock (\"index\" INTEGER PRIMARY KEY, is_locked INT)",
            "INSERT INTO knex_migrations_lock VALUES (1, 0)"),
        new Case(
            "Knex",
            null,
            0,
            false,
            "CREATE TABLE knex_migrations (id INTEGER PRIMARY KEY, name TEXT, batch INT)",
            "CREATE TABLE knex_migrations_lock (\"index\" INTEGER PRIMARY KEY, is_locked INT)",
            "INSERT INTO knex_migrations_lock VALUES (1, 1)"),
        new Case(
            "TypeORM",
            "Add1700000000001",
            2,
            true,
            "CREATE TABLE migrations (id INTEGER PRIMARY KEY, timestamp bigint, name varchar)",
            "INSERT INTO migrations VALUES (1, 1700000000000, 'Init1700000000000'),"
                + " (2, 1700000000001, 'Add1700000000001')"),
        new Case(
            "sqlx",
            "2",
            1,
            false,
            "CREATE TABLE _sqlx_migrations (version BIGINT PRIMARY KEY, description TEXT,"
                + " installed_on TIMESTAMP, success BOOLEAN, checksum BLOB, execution_time BIGINT)",
            "INSERT INTO _sqlx_migrations VALUES (2, '', '', 1, x'00', 1), (3, '', '', 0, x'00', 1)"),
        new Case(
            "diesel",
            "20260102",
            1,
            true,
            "CREATE TABLE __diesel_schema_migrations (version VARCHAR(50) PRIMARY KEY, run_on TEXT)",
            "INSERT INTO __diesel_schema_migrations VALUES ('20260102', '')"),
        new Case(
            "EF Core",
            "20260102_Risk",
            1,
            false,
            "CREATE TABLE __EFMigrationsHistory (MigrationId TEXT PRIMARY KEY, ProductVersion TEXT)",
            "INSERT INTO __EFMigrationsHistory VALUES ('20260102_Risk', '9.0')",
            "CREATE TABLE __EFMigrationsLock (Id INTEGER PRIMARY KEY, Timestamp TEXT)",
            "INSERT INTO __EFMigrationsLock VALUES (1, '')"),
        new Case(
            "Atlas",
            "1",
            1,
            false,
            "CREATE TABLE atlas_schema_revisions (version TEXT PRIMARY KEY, applied INT, total INT,"
                + " error TEXT, hash TEXT)",
            "INSERT INTO atlas_schema_revisions VALUES ('1', 2, 2, '', ''), ('2', 1, 2, 'x', '')"),
        new Case(
            "Unknown",
            null,
            1,
            false,
            "CREATE TABLE schema_migrations (name TEXT, migrated INT)",
            "INSERT INTO schema_migrations VALUES ('023', 1)"));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void recognises(Case expected) throws Exception {
    Path database = TestDatabase.create(directory, "h.db", expected.sql().toArray(String[]::new));
    HistoryInfo info = detect(database).orElseThrow();
    assertThat(info.tool()).isEqualTo(expected.tool());
    assertThat(info.version()).isEqualTo(expected.version());
    assertThat(info.applied()).isEqualTo(expected.applied());
    assertThat(info.clean()).isEqualTo(expected.clean());
    assertThat(info.problem() == null).isEqualTo(expected.clean());
  }

  @Test
  void findsNoneInAPlainDatabase() throws Exception {
    Path database = TestDatabase.create(directory, "h.db", "CREATE TABLE migrations (id, note)");
    assertThat(detect(database)).isEmpty();
    assertThat(Files.size(database)).isPositive();
  }

  private static Optional<HistoryInfo> detect(Path database) throws Exception {
    try (var connection = Sqlite.openReadOnly(database)) {
      return HistoryFormats.detect(connection);
    }
  }
}
