package dev.litehaven.runner.sqlite;

import static org.assertj.core.api.Assertions.assertThat;

import dev.litehaven.runner.sqlite.Schema.Column;
import dev.litehaven.runner.sqlite.Schema.ForeignKey;
import dev.litehaven.runner.sqlite.Schema.Origin;
import dev.litehaven.runner.sqlite.Schema.Table;
import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SchemaTest {
  @TempDir Path directory;

  @Test
  void readsEverythingThatATableCanBe() throws Exception {
    Schema schema =
        read(
            "a.db",
            "CREATE TABLE users (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL DEFAULT 'x',"
                + " twice INT AS (id * 2), boss INT REFERENCES users ON DELETE CASCADE)",
            "CREATE TABLE pair (b TEXT, a INT, PRIMARY KEY (a, b)) WITHOUT ROWID, STRICT",
            "CREATE UNIQUE INDEX u ON users (name)",
            "CREATE VIEW v AS SELECT 1",
            "CREATE TRIGGER r AFTER INSERT ON users BEGIN SELECT 1; END",
            "CREATE VIRTUAL TABLE f USING fts5 (body)");

    Table users = schema.table("USERS").orElseThrow();
    assertThat(users.columns())
        .containsExactly(
            new Column("id", 0, "INTEGER", false, null, 1, Origin.STORED),
            new Column("name", 1, "TEXT", true, "'x'", 0, Origin.STORED),
            new Column("twice", 2, "INT", false, null, 0, Origin.GENERATED),
            new Column("boss", 3, "INT", false, null, 0, Origin.STORED));
    assertThat(users.foreignKeys())
        .containsExactly(new ForeignKey("boss", "users", null, "CASCADE"));
    assertThat(users.rowidColumn()).map(Column::name).hasValue("id");
    Table pair = schema.table("pair").orElseThrow();
    assertThat(pair.withoutRowid()).isTrue();
    assertThat(pair.strict()).isTrue();
    assertThat(pair.primaryKey()).extracting(Column::name).containsExactly("a", "b");
    assertThat(pair.rowidName()).isEmpty();
    assertThat(schema.tables()).extracting(Table::name).containsExactly("f", "pair", "users");
    assertThat(schema.table("f").orElseThrow().virtual()).isTrue();
    assertThat(schema.table("f").orElseThrow().storedColumns())
        .extracting(Column::name)
        .containsExactly("body");
    assertThat(schema.shadowTables()).contains("f_content", "f_data");
    assertThat(schema.indexes()).extracting(Schema.Index::unique).containsExactly(true);
    assertThat(schema.triggers()).extracting(Schema.Definition::table).containsExactly("users");
    assertThat(schema.views()).extracting(Schema.Definition::name).containsExactly("v");
  }

  @Test
  void aRowidHidesBehindTheNameThatIsLeft() throws Exception {
    Schema schema =
        read(
            "a.db",
            "CREATE TABLE t (rowid TEXT, _ROWID_ TEXT)",
            "CREATE TABLE u (rowid, oid, _rowid_)");
    assertThat(schema.table("t").orElseThrow().rowidName()).hasValue("oid");
    assertThat(schema.table("u").orElseThrow().rowidName()).isEmpty();
  }

  @Test
  void showsOnlyWhatDiffersLineByLine() throws Exception {
    Schema before =
        read(
            "a.db",
            "CREATE TABLE t (\n  id INTEGER PRIMARY KEY,\n  a TEXT,\n  b TEXT\n)",
            "CREATE TABLE same (x)",
            "CREATE INDEX gone ON t (a)");
    Schema after =
        read(
            "b.db",
            "CREATE TABLE same (x)",
            "CREATE TABLE t (\n  id INTEGER PRIMARY KEY,\n  a TEXT NOT NULL,\n  b TEXT\n)",
            "CREATE TABLE added (y)");

    assertThat(SchemaDiff.unified(before, after))
        .isEqualTo(
            """
            +CREATE TABLE added (y);
             CREATE TABLE t (
               id INTEGER PRIMARY KEY,
            -  a TEXT,
            +  a TEXT NOT NULL,
               b TEXT
             );
            -CREATE INDEX gone ON t (a);
            """);
    assertThat(SchemaDiff.unified(before, before)).isEmpty();
    SchemaDiff diff = SchemaDiff.between(before, after);
    assertThat(diff.addedTables()).extracting(Table::name).containsExactly("added");
    assertThat(diff.droppedIndexes()).extracting(Schema.Index::name).containsExactly("gone");
    assertThat(diff.common()).hasSize(2);
  }

  @Test
  void theTextOfASchemaDependsOnNothingButTheSchema() throws Exception {
    assertThat(read("a.db", "CREATE TABLE a (x)", "CREATE TABLE b (x)").ddl())
        .isEqualTo(
            read(
                    "b.db",
                    "CREATE TABLE b (x)",
                    "CREATE TABLE a (x)",
                    "INSERT INTO a VALUES (1)",
                    "CREATE INDEX i ON a (x)",
                    "ANALYZE",
                    "DROP INDEX i")
                .ddl());
  }

  @Test
  void leavesOutWhatItIsToldTo() throws Exception {
    Schema schema =
        read("a.db", "CREATE TABLE own (x)", "CREATE INDEX i ON own (x)", "CREATE TABLE t (y)");
    Schema rest = schema.without(Set.of("own"));
    assertThat(rest.tables()).extracting(Table::name).containsExactly("t");
    assertThat(rest.indexes()).isEmpty();
  }

  private Schema read(String name, String... statements) throws Exception {
    Path database = TestDatabase.create(directory, name, statements);
    try (var connection = Sqlite.openImmutable(database)) {
      return SchemaReader.read(connection);
    }
  }
}
