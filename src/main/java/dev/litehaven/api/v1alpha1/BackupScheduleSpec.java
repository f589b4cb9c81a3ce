package dev.litehaven.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import io.fabric8.kubernetes.api.model.LabelSelector;
import java.util.List;

/** When, which databases, how, where to, how sure, and how long. */
@ValidationRule(
    value = "has(self.databaseRef) != has(self.selector)",
    message = "name exactly one of databaseRef and selector")
@ValidationRule(
    value =
        "self.method == 'File' || (!has(self.locationRef) && !has(self.verification.restoreDrill))",
    message =
        "a VolumeSnapshot stays with its driver: locationRef and restoreDrill are for the method File")
@ValidationRule(
    value = "self.method == 'VolumeSnapshot' || !has(self.volumeSnapshot)",
    message = "volumeSnapshot is for the method VolumeSnapshot")
public record BackupScheduleSpec(
    @JsonPropertyDescription("The SQLiteDatabase to back up.") LocalReference databaseRef,
    @JsonPropertyDescription(
            "All SQLiteDatabases with such labels are backed up, each by itself; 300 at most.")
        LabelSelector selector,
    @Required
        @Size(min = 1, max = 128)
        @JsonPropertyDescription(
            "Cron without seconds (minute, hour, day of month, month, day of week), @hourly,"
                + " @daily, @weekly, @monthly, @yearly, or @daily-random: each day at a minute that"
                + " is its own.")
        String schedule,
    @Size(min = 1, max = 64)
        @JsonPropertyDescription("IANA name, for example Europe/Vienna. Left out: UTC.")
        String timeZone,
    @Min(1)
        @Max(31536000)
        @JsonPropertyDescription(
            "Later than so many seconds after its time, a run is missed and not started. Left out:"
                + " the last time that passed is always made up for, once.")
        Long startingDeadlineSeconds,
    @Default("Forbid") ConcurrencyPolicy concurrencyPolicy,
    @Default("3")
        @Min(1)
        @Max(100)
        @JsonPropertyDescription("How many databases are backed up at once.")
        Integer maxConcurrent,
    @Default("false") @JsonPropertyDescription("No new runs while it is true.") Boolean suspend,
    @Default("File") Method method,
    @JsonPropertyDescription(
            "BackupLocation to write to. Left out: as the SQLiteDatabase's spec.backup says.")
        LocalReference locationRef,
    VolumeSnapshot volumeSnapshot,
    @Default("{}") Verification verification,
    @Default("{}") Retention retention,
    @Default("true")
        @JsonPropertyDescription(
            "Nothing is written, and the run says so, when the content is that of the newest"
                + " verified backup.")
        Boolean skipUnchanged,
    @Default("Retain")
        @JsonPropertyDescription(
            "What happens to an artifact when a user deletes its DatabaseBackup.")
        DeletionPolicy deletionPolicy) {
  public static final int MAX_DATABASES = 300;

  public BackupScheduleSpec {
    concurrencyPolicy = concurrencyPolicy == null ? ConcurrencyPolicy.FORBID : concurrencyPolicy;
    maxConcurrent = maxConcurrent == null ? Integer.valueOf(3) : maxConcurrent;
    suspend = suspend != null && suspend;
    method = method == null ? Method.FILE : method;
    verification = verification == null ? new Verification(null, null) : verification;
    retention = retention == null ? Retention.NONE : retention;
    skipUnchanged = skipUnchanged == null || skipUnchanged;
    deletionPolicy = deletionPolicy == null ? DeletionPolicy.RETAIN : deletionPolicy;
  }

  /** What happens when a database is due while its last run goes on. */
  public enum ConcurrencyPolicy {
    @JsonProperty("Forbid")
    FORBID,
    @JsonProperty("Replace")
    REPLACE
  }

  /** How a backup is made. */
  public enum Method {
    @JsonProperty("File")
    FILE,
    @JsonProperty("VolumeSnapshot")
    VOLUME_SNAPSHOT
  }

  public record VolumeSnapshot(
      @Size(min = 1, max = 253)
          @JsonPropertyDescription("VolumeSnapshotClass. Left out: the driver's default.")
          String className,
      @Default("300")
          @Min(5)
          @Max(86400)
          @JsonPropertyDescription("Seconds to wait until the snapshot is ready to use.")
          Long deadlineSeconds) {
    public VolumeSnapshot {
      deadlineSeconds = deadlineSeconds == null ? 300L : deadlineSeconds;
    }
  }

  public record Verification(
      @Default("Full")
          @JsonPropertyDescription(
              "Both read every byte back from where it lies. Quick: decrypted, decompressed, hashed,"
                  + " quick_check. Full: also integrity_check, rows and content of every table.")
          Level level,
      RestoreDrill restoreDrill) {
    public Verification {
      level = level == null ? Level.FULL : level;
    }
  }

  public enum Level {
    @JsonProperty("Quick")
    QUICK,
    @JsonProperty("Full")
    FULL
  }

  /** Restores the newest verified backup into a scratch volume and opens it there. */
  public record RestoreDrill(
      @Required
          @Size(min = 1, max = 128)
          @JsonPropertyDescription("When, as schedule has it, in the same time zone.")
          String schedule,
      @Size(max = 32)
          @JsonPropertyDescription("Queries whose first column of one row must be true.")
          List<Assertion> assertions,
      @Size(min = 1, max = 253)
          @JsonPropertyDescription("StorageClass of the scratch volume. Left out: the default.")
          String storageClassName) {
    public RestoreDrill {
      assertions = assertions == null ? List.of() : List.copyOf(assertions);
    }
  }

  public record Assertion(
      @Required @Size(min = 1, max = 63) String name,
      @Required @Size(min = 1, max = 4096) String sql) {}

  /** What of scheduled backups is kept; without any rule all of them are. */
  public record Retention(
      @Min(1) @Max(10000) Integer keepLast,
      @Min(1) @Max(10000) Integer hourly,
      @Min(1) @Max(10000) Integer daily,
      @Min(1) @Max(10000) Integer weekly,
      @Min(1) @Max(10000) Integer monthly,
      @Min(1) @Max(10000) Integer yearly,
      @Min(1)
          @Max(36500)
          @JsonPropertyDescription("Counted back from the newest verified backup, not from today.")
          Integer maxAgeDays,
      @Default("1")
          @Min(1)
          @Max(1000)
          @JsonPropertyDescription("So many verified ones stay whatever the other rules say.")
          Integer minVerified,
      @Min(1)
          @Max(10000)
          @JsonPropertyDescription("The newest manual ones that stay. Left out: all of them.")
          Integer keepManual) {
    static final Retention NONE =
        new Retention(null, null, null, null, null, null, null, null, null);

    public Retention {
      minVerified = minVerified == null ? Integer.valueOf(1) : minVerified;
    }
  }

  /** What becomes of an artifact when a user deletes its record. */
  public enum DeletionPolicy {
    @JsonProperty("Retain")
    RETAIN,
    @JsonProperty("Delete")
    DELETE
  }
}
