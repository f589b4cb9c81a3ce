package dev.litehaven.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.List;

/** What a migration is to bring about. */
@ValidationRule(
    value = "self.databaseRef.name == oldSelf.databaseRef.name",
    message = "databaseRef is immutable: make a new DatabaseMigration for another database")
@ValidationRule(
    value = "self.history.stream == oldSelf.history.stream",
    message = "history.stream is immutable: versions of different streams are independent")
public record DatabaseMigrationSpec(
    @Required LocalReference databaseRef,
    @Required Source source,
    @Default("{}") Policy policy,
    @Size(min = 1, max = 64)
        @JsonPropertyDescription(
            "Version to be at. Left out: the newest of the source. Naming a lower one goes down.")
        String targetVersion,
    @Default("CopyAndSwap") Strategy strategy,
    @Default("{}") Verify verify,
    @Default("{}") Rollback rollback,
    @Default("{}") History history,
    @Default("1800")
        @Min(30)
        @Max(604800)
        @JsonPropertyDescription(
            "Seconds a run may take up to the swap; past it the run is undone. The swap itself is"
                + " never interrupted.")
        Long activeDeadlineSeconds,
    @Default("false") @JsonPropertyDescription("Starts no new run; one that is under way goes on.")
        Boolean suspend) {

  public DatabaseMigrationSpec {
    policy = policy == null ? new Policy(null, null) : policy;
    strategy = strategy == null ? Strategy.COPY_AND_SWAP : strategy;
    verify = verify == null ? new Verify(null, null, null, null) : verify;
    rollback = rollback == null ? new Rollback(null, null) : rollback;
    history = history == null ? new History(null) : history;
    activeDeadlineSeconds = activeDeadlineSeconds == null ? 1800L : activeDeadlineSeconds;
    suspend = suspend != null && suspend;
  }

  /** Where the migrations come from. */
  @ValidationRule(
      value = "(has(self.inline) ? 1 : 0) + (has(self.configMapRef) ? 1 : 0) == 1",
      message = "exactly one of inline and configMapRef must be set")
  public record Source(
      @Size(min = 1, max = 256) List<Migration> inline,
      @JsonPropertyDescription(
              "ConfigMap whose keys are files named as Flyway, golang-migrate, goose, dbmate or"
                  + " sqlx name them.")
          LocalReference configMapRef) {}

  @ValidationRule(
      value = "(has(self.up) && size(self.up) > 0) || has(self.ensure)",
      message = "a migration needs up, ensure or both")
  @ValidationRule(
      value = "!has(self.attach) || !('main' in self.attach)",
      message =
          "main is what a script calls its own file: let it be for the file main and attach the other")
  public record Migration(
      @Required
          @Size(min = 1, max = 64)
          @Pattern("^[0-9]+([._-][0-9]+)*$")
          @JsonPropertyDescription(
              "Digits, in parts divided by dots, dashes or underscores; 2 and 002 are the same.")
          String version,
      @Size(max = 256) String description,
      @Size(max = 262144) @JsonPropertyDescription("SQL that goes forward.") String up,
      @Size(max = 262144)
          @JsonPropertyDescription("SQL that goes back; kept in the database's history.")
          String down,
      @Size(max = 4096)
          @JsonPropertyDescription(
              "Query whose first column of its one row decides whether this migration runs.")
          String when,
      Ensure ensure,
      @Size(min = 1, max = 63)
          @Pattern(FILE)
          @JsonPropertyDescription(
              "The database's file that this is for, by its name; the SQL sees it as main. Left out:"
                  + " the first.")
          String file,
      @Size(min = 1, max = 7)
          @JsonPropertyDescription(
              "Further files of the database, which the SQL sees under their names and may change.")
          List<@Size(min = 1, max = 63) @Pattern(FILE) String> attach,
      @Size(min = 1, max = 32)
          @JsonPropertyDescription(
              "Tables whose rows go elsewhere. Rows that are found there with the same content are"
                  + " not lost; all others are.")
          List<Move> moves) {
    private static final String FILE = "^[a-z0-9]([a-z0-9-]*[a-z0-9])?$";
  }

  /** Each as file.table, or as a table of the migration's own file. */
  public record Move(
      @Required @Size(min = 1, max = 192) @Pattern("^[^.]+([.][^.]+)?$") String from,
      @Required @Size(min = 1, max = 192) @Pattern("^[^.]+([.][^.]+)?$") String to) {}

  /** Structure that is added where it is missing; nothing else is ever done by it. */
  @ValidationRule(
      value = "has(self.tables) || has(self.columns) || has(self.indexes)",
      message = "ensure needs tables, columns or indexes")
  public record Ensure(
      @Size(min = 1, max = 64) List<Table> tables,
      @Size(min = 1, max = 256) List<Column> columns,
      @Size(min = 1, max = 64) List<Index> indexes) {}

  public record Table(
      @Required @Size(min = 1, max = 128) String name,
      @Required
          @Size(min = 3, max = 16384)
          @JsonPropertyDescription("What follows the name in CREATE TABLE, parentheses included.")
          String definition) {}

  public record Column(
      @Required @Size(min = 1, max = 128) String table,
      @Required @Size(min = 1, max = 128) String name,
      @Required
          @Size(min = 1, max = 1024)
          @JsonPropertyDescription("Type and constraints, as in ALTER TABLE ADD COLUMN.")
          String definition) {}

  public record Index(
      @Required @Size(min = 1, max = 128) String name,
      @Required @Size(min = 1, max = 128) String table,
      @Required @Size(min = 1, max = 32) List<@Size(min = 1, max = 512) String> columns,
      Boolean unique,
      @Size(max = 1024) String where) {}

  /** Can only tighten what the database allows. */
  public record Policy(
      @Default("Forbid") SQLiteDatabaseSpec.Destructive destructive,
      @Size(max = 64)
          @JsonPropertyDescription(
              "Columns, as table.column, whose existing values this migration may change; as"
                  + " file.table.column in any but the first file.")
          List<@Size(min = 3, max = 321) @Pattern("^[^.]+[.][^.]+([.][^.]+)?$") String> changes) {
    public Policy {
      destructive = destructive == null ? SQLiteDatabaseSpec.Destructive.FORBID : destructive;
      changes = changes == null ? List.of() : List.copyOf(changes);
    }
  }

  public enum Strategy {
    @JsonProperty("CopyAndSwap")
    COPY_AND_SWAP
  }

  public enum Integrity {
    @JsonProperty("Quick")
    QUICK,
    @JsonProperty("Full")
    FULL
  }

  /** What must hold on the migrated copy, beside integrity, foreign keys and the row comparison. */
  public record Verify(
      @Default("Quick") Integrity integrity,
      @Size(max = 128)
          @JsonPropertyDescription("As file.table in any but the database's first file.")
          List<@Size(min = 1, max = 192) String> requiredTables,
      @Size(max = 256) @JsonPropertyDescription("As table.column, or file.table.column.")
          List<@Size(min = 3, max = 321) String> requiredColumns,
      @Size(max = 64) List<Assertion> assertions) {
    public Verify {
      integrity = integrity == null ? Integrity.QUICK : integrity;
      requiredTables = requiredTables == null ? List.of() : List.copyOf(requiredTables);
      requiredColumns = requiredColumns == null ? List.of() : List.copyOf(requiredColumns);
      assertions = assertions == null ? List.of() : List.copyOf(assertions);
    }
  }

  public record Assertion(
      @Required @Size(min = 1, max = 63) String name,
      @Required
          @Size(min = 1, max = 4096)
          @JsonPropertyDescription("Query whose first column of its one row must be true.")
          String sql) {}

  public enum OnNotReady {
    @JsonProperty("Rollback")
    ROLLBACK,
    @JsonProperty("Keep")
    KEEP
  }

  public record Rollback(
      @Default("Rollback")
          @JsonPropertyDescription(
              "What happens when the workload does not become ready on the new schema.")
          OnNotReady onNotReady,
      @Default("300") @Min(5) @Max(86400) Long readinessDeadlineSeconds) {
    public Rollback {
      onNotReady = onNotReady == null ? OnNotReady.ROLLBACK : onNotReady;
      readinessDeadlineSeconds = readinessDeadlineSeconds == null ? 300L : readinessDeadlineSeconds;
    }
  }

  public record History(
      @Default("default")
          @Pattern("^[a-z0-9]([a-z0-9-]*[a-z0-9])?$")
          @Size(min = 1, max = 63)
          @JsonPropertyDescription("Versions of different streams are independent.")
          String stream) {
    public History {
      stream = stream == null ? "default" : stream;
    }
  }
}
