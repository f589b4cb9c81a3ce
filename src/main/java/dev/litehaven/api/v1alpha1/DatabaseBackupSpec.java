package dev.litehaven.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import dev.litehaven.api.v1alpha1.BackupScheduleSpec.DeletionPolicy;
import dev.litehaven.api.v1alpha1.BackupScheduleSpec.Level;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;

/**
 * Which backup this is. Manual and scheduled ones are carried out, the others say what was made
 * around an operation. Immutable but for what becomes of the artifact.
 */
@ValidationRule(
    value =
        "self.databaseRef == oldSelf.databaseRef && self.type == oldSelf.type && self.method == oldSelf.method && has(self.identity) == has(oldSelf.identity) && (!has(self.identity) || self.identity == oldSelf.identity) && has(self.runId) == has(oldSelf.runId) && (!has(self.runId) || self.runId == oldSelf.runId)",
    message = "the spec of a backup is immutable, but for deletionPolicy")
@ValidationRule(
    value =
        "has(self.locationRef) == has(oldSelf.locationRef) && (!has(self.locationRef) || self.locationRef == oldSelf.locationRef) && has(self.file) == has(oldSelf.file) && (!has(self.file) || self.file == oldSelf.file) && has(self.volumeSnapshot) == has(oldSelf.volumeSnapshot) && (!has(self.volumeSnapshot) || self.volumeSnapshot == oldSelf.volumeSnapshot)",
    message = "the spec of a backup is immutable, but for deletionPolicy: where it lies stays")
@ValidationRule(
    value =
        "self.level == oldSelf.level && self.skipUnchanged == oldSelf.skipUnchanged && has(self.scheduledBy) == has(oldSelf.scheduledBy) && (!has(self.scheduledBy) || self.scheduledBy == oldSelf.scheduledBy)",
    message = "the spec of a backup is immutable, but for deletionPolicy: how it is made stays")
@ValidationRule(
    value =
        "self.method == 'File' ? !has(self.volumeSnapshot) : !has(self.file) && !has(self.locationRef)",
    message = "file and locationRef are for the method File, volumeSnapshot for VolumeSnapshot")
@ValidationRule(
    value =
        "self.type in ['Manual', 'Scheduled'] ? !has(self.file) && !(has(self.volumeSnapshot) && has(self.volumeSnapshot.name)) : true",
    message =
        "a Manual or Scheduled backup is carried out: file and volumeSnapshot.name are for records of what is there")
@ValidationRule(
    value =
        "self.type in ['Manual', 'Scheduled'] ? true : self.method == 'File' ? has(self.file) : has(self.volumeSnapshot) && has(self.volumeSnapshot.name)",
    message =
        "a File backup needs file, a VolumeSnapshot backup volumeSnapshot.name, unless it is Manual or Scheduled")
@ValidationRule(
    value = "(self.type == 'Scheduled') == has(self.scheduledBy)",
    message = "scheduledBy is for the type Scheduled, which needs it")
public record DatabaseBackupSpec(
    @Required LocalReference databaseRef,
    @Size(max = 253)
        @JsonPropertyDescription("Identity of the database. Left out: found when it is made.")
        String identity,
    @Default("Manual") Type type,
    @Default("File") Method method,
    @Size(max = 63) String runId,
    File file,
    VolumeSnapshot volumeSnapshot,
    @JsonPropertyDescription(
            "BackupLocation to write to. Left out: as the SQLiteDatabase's spec.backup says.")
        LocalReference locationRef,
    @Default("Full")
        @JsonPropertyDescription("How it is verified when it is made; see BackupSchedule.")
        Level level,
    @Default("false")
        @JsonPropertyDescription(
            "Nothing is written, and status says so, when the content is that of the newest"
                + " verified backup.")
        Boolean skipUnchanged,
    @Default("Retain")
        @JsonPropertyDescription("What becomes of the artifact when this resource is deleted.")
        DeletionPolicy deletionPolicy,
    ScheduledBy scheduledBy) {

  public DatabaseBackupSpec {
    type = type == null ? Type.MANUAL : type;
    method = method == null ? Method.FILE : method;
    level = level == null ? Level.FULL : level;
    skipUnchanged = skipUnchanged != null && skipUnchanged;
    deletionPolicy = deletionPolicy == null ? DeletionPolicy.RETAIN : deletionPolicy;
  }

  /** A record of what an operation has made. */
  public DatabaseBackupSpec(
      LocalReference databaseRef,
      String identity,
      Type type,
      Method method,
      String runId,
      File file,
      VolumeSnapshot volumeSnapshot) {
    this(
        databaseRef,
        identity,
        type,
        method,
        runId,
        file,
        volumeSnapshot,
        null,
        null,
        null,
        null,
        null);
  }

  /** Why the backup was made. */
  public enum Type {
    @JsonProperty("Manual")
    MANUAL("Manual"),
    @JsonProperty("Scheduled")
    SCHEDULED("Scheduled"),
    @JsonProperty("PreMigration")
    PRE_MIGRATION("PreMigration"),
    @JsonProperty("FailedState")
    FAILED_STATE("FailedState"),
    @JsonProperty("PreRestore")
    PRE_RESTORE("PreRestore"),
    @JsonProperty("PreRollback")
    PRE_ROLLBACK("PreRollback"),
    @JsonProperty("Imported")
    IMPORTED("Imported");

    private final String text;

    Type(String text) {
      this.text = text;
    }

    public String text() {
      return text;
    }

    /** Whether a backup of this type is carried out because its resource is there. */
    public boolean carriedOut() {
      return this == MANUAL || this == SCHEDULED;
    }
  }

  public enum Method {
    @JsonProperty("File")
    FILE,
    @JsonProperty("VolumeSnapshot")
    VOLUME_SNAPSHOT
  }

  /**
   * Where a recorded file backup lies.
   *
   * @param path of the manifest, relative to the backup directory
   */
  public record File(
      @Required @Size(min = 1, max = 253) String claimName,
      @Required @Size(min = 1, max = 512) String directory,
      @Required @Size(min = 1, max = 512) String path) {}

  /**
   * @param name of a recorded one; null where it is to be taken
   */
  public record VolumeSnapshot(
      @Size(min = 1, max = 253) String name,
      @Size(min = 1, max = 253)
          @JsonPropertyDescription("VolumeSnapshotClass. Left out: the driver's default.")
          String className,
      @Min(5)
          @Max(86400)
          @JsonPropertyDescription(
              "Seconds to wait until the snapshot is ready to use. Left out: 300.")
          Long deadlineSeconds) {
    /** One that is there. */
    public VolumeSnapshot(String name) {
      this(name, null, null);
    }
  }

  /**
   * Which run of which schedule this is.
   *
   * @param time at which it was due, RFC 3339; null: it was asked for
   * @param request token of the request; null: it was due
   */
  public record ScheduledBy(
      @Required @Size(min = 1, max = 253) String name,
      @Size(max = 63) String time,
      @Size(max = 1024) String request) {}
}
