package dev.litehaven.runner.sqlite;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * Recognises the history tables that migration tools keep in a SQLite database. Only looks; table
 * names and columns are those the tools' own documentation or code has.
 */
public final class HistoryFormats {
  /**
   * @param columns that must be there, in lower case, for the table to be this tool's
   * @param version query for the newest applied version
   * @param count query for the number of applied versions
   * @param dirty query for the number of things that are not clean; null: cannot be told
   * @param problem what it means when there are any
   */
  private record Format(
      String tool,
      String table,
      Set<String> columns,
      String version,
      String count,
      String dirty,
      String problem) {}

  /** A second table of a tool whose rows mean that a run is under way. */
  private record Lock(String tool, String table, String held) {}

  // Order matters where two tools share a table name: the more specific columns come first.
  private static final List<Format> FORMATS =
      List.of(
          new Format(
              "Litehaven",
              "litehaven_history",
              Set.of("stream", "version", "checksum", "rolled_back_at"),
              "SELECT version FROM litehaven_history WHERE action <> 'down'"
                  + " AND rolled_back_at IS NULL ORDER BY id DESC LIMIT 1",
              "SELECT count(*) FROM litehaven_history WHERE action <> 'down'"
                  + " AND rolled_back_at IS NULL",
              null,
              null),
          new Format(
              "Flyway",
              "flyway_schema_history",
              Set.of("installed_rank", "version", "success"),
              "SELECT version FROM flyway_schema_history WHERE success = 1"
                  + " AND version IS NOT NULL ORDER BY installed_rank DESC LIMIT 1",
              "SELECT count(*) FROM flyway_schema_history WHERE success = 1",
              "SELECT count(*) FROM flyway_schema_history WHERE success = 0",
              "a migration failed half way (success = 0)"),
          new Format(
              "Liquibase",
              "DATABASECHANGELOG",
              Set.of("id", "author", "filename", "orderexecuted"),
              "SELECT ID FROM DATABASECHANGELOG ORDER BY ORDEREXECUTED DESC LIMIT 1",
              "SELECT count(*) FROM DATABASECHANGELOG",
              null,
              null),
          new Format(
              "Alembic",
              "alembic_version",
              Set.of("version_num"),
              "SELECT version_num FROM alembic_version LIMIT 1",
              "SELECT count(*) FROM alembic_version",
              "SELECT count(*) FROM sqlite_schema WHERE type = 'table'"
                  + " AND name LIKE '\\_alembic\\_tmp\\_%' ESCAPE '\\'",
              "a table rebuild was cut off (_alembic_tmp_ tables are left)"),
          new Format(
              "golang-migrate",
              "schema_migrations",
              Set.of("version", "dirty"),
              "SELECT version FROM schema_migrations LIMIT 1",
              "SELECT count(*) FROM schema_migrations",
              "SELECT count(*) FROM schema_migrations WHERE dirty <> 0",
              "a migration failed half way (dirty = 1)"),
          new Format(
              "dbmate or Rails",
              "schema_migrations",
              Set.of("version"),
              "SELECT max(version) FROM schema_migrations",
              "SELECT count(*) FROM schema_migrations",
              null,
              null),
          new Format(
              "goose",
              "goose_db_version",
              Set.of("version_id", "is_applied"),
              "SELECT version_id FROM goose_db_version g WHERE is_applied = 1 AND id ="
                  + " (SELECT max(id) FROM goose_db_version WHERE version_id = g.version_id)"
                  + " ORDER BY version_id DESC LIMIT 1",
              "SELECT count(*) FROM goose_db_version g WHERE is_applied = 1 AND version_id > 0 AND"
                  + " id = (SELECT max(id) FROM goose_db_version WHERE version_id = g.version_id)",
              null,
              null),
          new Format(
              "Django",
              "django_migrations",
              Set.of("app", "name", "applied"),
              "SELECT app || '.' || name FROM django_migrations ORDER BY id DESC LIMIT 1",
              "SELECT count(*) FROM django_migrations",
              null,
              null),
          new Format(
              "Prisma",
              "_prisma_migrations",
              Set.of("migration_name", "finished_at", "rolled_back_at"),
              "SELECT migration_name FROM _prisma_migrations WHERE finished_at IS NOT NULL"
                  + " AND rolled_back_at IS NULL ORDER BY started_at DESC LIMIT 1",
              "SELECT count(*) FROM _prisma_migrations WHERE finished_at IS NOT NULL"
                  + " AND rolled_back_at IS NULL",
              "SELECT count(*) FROM _prisma_migrations WHERE finished_at IS NULL"
                  + " AND rolled_back_at IS NULL",
              "a migration was started and neither finished nor rolled back"),
          new Format(
              "Drizzle",
              "__drizzle_migrations",
              Set.of("hash", "created_at"),
              "SELECT created_at FROM __drizzle_migrations ORDER BY created_at DESC LIMIT 1",
              "SELECT count(*) FROM __drizzle_migrations",
              null,
              null),
          new Format(
              "Knex",
              "knex_migrations",
              Set.of("name", "batch"),
              "SELECT name FROM knex_migrations ORDER BY id DESC LIMIT 1",
              "SELECT count(*) FROM knex_migrations",
              null,
              null),
          new Format(
              "sqlx",
              "_sqlx_migrations",
              Set.of("version", "checksum", "success"),
              "SELECT max(version) FROM _sqlx_migrations WHERE success",
              "SELECT count(*) FROM _sqlx_migrations WHERE success",
              "SELECT count(*) FROM _sqlx_migrations WHERE NOT success",
              "a migration failed half way (success = false)"),
          new Format(
              "diesel",
              "__diesel_schema_migrations",
              Set.of("version", "run_on"),
              "SELECT max(version) FROM __diesel_schema_migrations",
              "SELECT count(*) FROM __diesel_schema_migrations",
              null,
              null),
          new Format(
              "EF Core",
              "__EFMigrationsHistory",
              Set.of("migrationid", "productversion"),
              "SELECT max(MigrationId) FROM __EFMigrationsHistory",
              "SELECT count(*) FROM __EFMigrationsHistory",
              null,
              null),
          new Format(
              "Atlas",
              "atlas_schema_revisions",
              Set.of("version", "applied", "total"),
              "SELECT max(version) FROM atlas_schema_revisions WHERE applied = total",
              "SELECT count(*) FROM atlas_schema_revisions WHERE applied = total",
              "SELECT count(*) FROM atlas_schema_revisions WHERE applied <> total",
              "a version was applied in part"),
          new Format(
              "TypeORM",
              "migrations",
              Set.of("timestamp", "name"),
              "SELECT name FROM migrations ORDER BY timestamp DESC LIMIT 1",
              "SELECT count(*) FROM migrations",
              null,
              null));

  private static final List<Lock> LOCKS =
      List.of(
          new Lock(
              "Liquibase",
              "DATABASECHANGELOGLOCK",
              "SELECT count(*) FROM DATABASECHANGELOGLOCK WHERE LOCKED"),
          new Lock(
              "Knex",
              "knex_migrations_lock",
              "SELECT count(*) FROM knex_migrations_lock WHERE is_locked"),
          new Lock("EF Core", "__EFMigrationsLock", "SELECT count(*) FROM __EFMigrationsLock"));

  private HistoryFormats() {}

  /** The first history table found, Litehaven's own before any other; empty where there is none. */
  public static Optional<HistoryInfo> detect(Connection connection) throws SQLException {
    for (Format format : FORMATS) {
      Set<String> columns = columns(connection, format.table());
      if (!columns.isEmpty() && columns.containsAll(format.columns())) {
        return Optional.of(read(connection, format));
      }
    }
    if (!columns(connection, "schema_migrations").isEmpty()) {
      return Optional.of(
          new HistoryInfo(
              "Unknown",
              "schema_migrations",
              null,
              Sqlite.queryLong(connection, "SELECT count(*) FROM main.schema_migrations"),
              false,
              "schema_migrations has no column version: it is no known tool's and must be repaired"
                  + " or adopted by hand"));
    }
    return Optional.empty();
  }

  private static HistoryInfo read(Connection connection, Format format) throws SQLException {
    String problem =
        format.dirty() != null && Sqlite.queryLong(connection, format.dirty()) > 0
            ? format.problem()
            : null;
    for (Lock lock : LOCKS) {
      if (lock.tool().equals(format.tool())
          && Sqlite.hasTable(connection, lock.table())
          && Sqlite.queryLong(connection, lock.held()) > 0) {
        problem = "its lock is held (" + lock.table() + "): a run is under way or was cut off";
      }
    }
    return new HistoryInfo(
        format.tool(),
        format.table(),
        Sqlite.queryString(connection, format.version()),
        Sqlite.queryLong(connection, format.count()),
        problem == null,
        problem);
  }

  private static Set<String> columns(Connection connection, String table) throws SQLException {
    Set<String> columns = new TreeSet<>();
    for (String name :
        Sqlite.queryStrings(connection, "SELECT name FROM pragma_table_info(?, 'main')", table)) {
      columns.add(name.toLowerCase(Locale.ROOT));
    }
    return columns;
  }
}
