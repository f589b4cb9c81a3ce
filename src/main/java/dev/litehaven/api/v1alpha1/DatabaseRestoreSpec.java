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

/** What is to be restored, and where. Immutable: another restore is another resource. */
@ValidationRule(
    value = "self == oldSelf",
    message = "the spec of a restore is immutable: make a new DatabaseRestore")
@ValidationRule(
    value = "self.mode != 'InPlace' || self.dryRun || has(self.databaseUid)",
    message =
        "InPlace replaces data and needs databaseUid: kubectl get sdb NAME -o jsonpath={.metadata.uid}")
@ValidationRule(
    value = "(self.mode == 'NewClaim') == has(self.newClaim)",
    message = "newClaim is for the mode NewClaim, which needs it")
@ValidationRule(
    value = "!has(self.tables) || self.mode == 'InPlace'",
    message = "selected tables are restored into the database that is there: mode InPlace")
@ValidationRule(
    value = "!has(self.transform) || self.mode == 'NewClaim'",
    message = "a transformed copy goes into a claim of its own: mode NewClaim")
@ValidationRule(
    value = "!self.dryRun || self.mode == 'InPlace'",
    message = "dryRun compares with the database that is there: mode InPlace")
public record DatabaseRestoreSpec(
    @Required
        @JsonPropertyDescription(
            "The database that is restored, or, for NewClaim, whose backup is restored.")
        LocalReference databaseRef,
    @Required Source source,
    @Default("InPlace")
        @JsonPropertyDescription(
            "InPlace replaces the database and keeps what was there as a verified backup; NewClaim"
                + " makes a claim with it; IfAbsent does nothing where a database is.")
        Mode mode,
    @Size(min = 1, max = 63)
        @JsonPropertyDescription(
            "UID of the SQLiteDatabase that InPlace may replace. On a rebuilt cluster it is another"
                + " one, so that an old restore replaces nothing there.")
        String databaseUid,
    NewClaim newClaim,
    @JsonPropertyDescription("Left out: all of the database, its companion files included.")
        Tables tables,
    Transform transform,
    @Default("false") @JsonPropertyDescription("Only say on status what would change, in rows.")
        Boolean dryRun,
    @Default("Rollback")
        @JsonPropertyDescription(
            "Rollback brings the database of before back when the workload does not get ready and"
                + " nothing was written since; Keep leaves the restored one.")
        DatabaseMigrationSpec.OnNotReady onNotReady,
    @Default("300")
        @Min(1)
        @Max(86400)
        @JsonPropertyDescription("Seconds for the workload to get ready on the restored database.")
        Long readinessDeadlineSeconds,
    @Default("3600")
        @Min(30)
        @Max(604800)
        @JsonPropertyDescription("Seconds that the restore may take up to the swap.")
        Long activeDeadlineSeconds) {

  public DatabaseRestoreSpec {
    mode = mode == null ? Mode.IN_PLACE : mode;
    dryRun = dryRun != null && dryRun;
    onNotReady = onNotReady == null ? DatabaseMigrationSpec.OnNotReady.ROLLBACK : onNotReady;
    readinessDeadlineSeconds = readinessDeadlineSeconds == null ? 300L : readinessDeadlineSeconds;
    activeDeadlineSeconds = activeDeadlineSeconds == null ? 3600L : activeDeadlineSeconds;
  }

  public enum Mode {
    @JsonProperty("InPlace")
    IN_PLACE,
    @JsonProperty("NewClaim")
    NEW_CLAIM,
    @JsonProperty("IfAbsent")
    IF_ABSENT
  }

  /** The one backup that is read back whole is used. */
  public enum Latest {
    @JsonProperty("Verified")
    VERIFIED
  }

  /** What is restored. */
  @ValidationRule(
      value =
          "(has(self.backupRef) ? 1 : 0) + (has(self.latest) ? 1 : 0) + (has(self.pointInTime) ? 1 : 0) + (has(self.location) ? 1 : 0) + (has(self.volumeSnapshotRef) ? 1 : 0) == 1",
      message =
          "exactly one of backupRef, latest, pointInTime, location and volumeSnapshotRef must be set")
  public record Source(
      @JsonPropertyDescription("A DatabaseBackup.") LocalReference backupRef,
      @JsonPropertyDescription(
              "The newest backup of the database that can be read back whole; older ones are tried"
                  + " where newer ones are damaged.")
          Latest latest,
      @Pattern(TIME)
          @JsonPropertyDescription("The newest backup of this instant or before it, RFC 3339.")
          String pointInTime,
      @JsonPropertyDescription("A place, also where nothing else is left of the database.")
          InLocation location,
      @JsonPropertyDescription(
              "A VolumeSnapshot of the database's volume, whoever took it. Only the database's files"
                  + " are restored from it.")
          LocalReference volumeSnapshotRef) {
    /** A backup. */
    public Source(
        LocalReference backupRef, Latest latest, String pointInTime, InLocation location) {
      this(backupRef, latest, pointInTime, location, null);
    }

    static final String TIME =
        "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]{1,9})?Z$";
  }

  @ValidationRule(
      value = "!(has(self.backupId) && has(self.pointInTime))",
      message = "name a backup or a time, not both; neither is the newest verified one")
  public record InLocation(
      @Required LocalReference locationRef,
      @Size(min = 1, max = 253)
          @Pattern("^[A-Za-z0-9]([A-Za-z0-9._/-]*[A-Za-z0-9])?$")
          @JsonPropertyDescription("Whose backups. Left out: those of the database's identity.")
          String identity,
      @Size(min = 1, max = 253) String backupId,
      @Pattern(Source.TIME) String pointInTime) {}

  public record NewClaim(
      @Required
          @Size(min = 1, max = 253)
          @Pattern("^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$")
          @JsonPropertyDescription("The claim that is made; one of that name must not exist.")
          String name,
      @Size(min = 1, max = 253) @JsonPropertyDescription("Left out: that of the database's claim.")
          String storageClassName,
      @Size(min = 1, max = 32)
          @Pattern("^[0-9]+(\\.[0-9]+)?(Ki|Mi|Gi|Ti|k|M|G|T)?$")
          @JsonPropertyDescription("Left out: that of the database's claim.")
          String size,
      @Size(min = 1, max = 4) @JsonPropertyDescription("Left out: those of the database's claim.")
          List<@Pattern("^ReadWrite(Once|OncePod|Many)$") String> accessModes) {}

  /** Tables are called {@code file.table}, or {@code table} in the first file. */
  @ValidationRule(
      value = "has(self.include) != has(self.exclude)",
      message = "name the tables that are restored or those that are not")
  public record Tables(
      @Size(min = 1, max = 256) List<@Size(min = 1, max = 256) String> include,
      @Size(min = 1, max = 256) List<@Size(min = 1, max = 256) String> exclude) {
    public Tables {
      include = include == null ? null : List.copyOf(include);
      exclude = exclude == null ? null : List.copyOf(exclude);
    }
  }

  /** What is done to the copy before anybody gets it. It is vacuumed afterwards. */
  public record Transform(
      @Required
          @Size(min = 1, max = 32)
          @JsonPropertyDescription("Scripts, each in a transaction of its own.")
          List<@Size(min = 1, max = 65536) String> sql,
      @Size(max = 32)
          @JsonPropertyDescription("Queries whose first column of one row must be true then.")
          List<DatabaseMigrationSpec.Assertion> assertions) {
    public Transform {
      sql = sql == null ? List.of() : List.copyOf(sql);
      assertions = assertions == null ? List.of() : List.copyOf(assertions);
    }
  }
}
