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
import io.fabric8.kubernetes.api.model.ResourceRequirements;
import io.fabric8.kubernetes.api.model.Toleration;
import java.util.List;

/** What a user says about a database; only the claim is required. */
@ValidationRule(
    value = "self.claimName == oldSelf.claimName",
    message = "claimName is immutable: make a new SQLiteDatabase for another claim")
@ValidationRule(
    value =
        "has(self.identity) == has(oldSelf.identity) && (!has(self.identity) || self.identity == oldSelf.identity)",
    message = "identity is immutable: backups are found by it")
@ValidationRule(
    value =
        "!has(self.files) || self.files.all(f, !(f.name in ['main', 'temp']) || f.name == self.files[0].name)",
    message = "only the first file can be called main or temp: SQLite has these names for itself")
@ValidationRule(
    value = "!has(self.bootstrap) || self.mode == 'Manage'",
    message = "bootstrap writes to the claim: mode Manage")
public record SQLiteDatabaseSpec(
    @Required
        @Size(min = 1, max = 253)
        @JsonPropertyDescription("The PersistentVolumeClaim that the database lives on.")
        String claimName,
    @Default("Manage")
        @JsonPropertyDescription(
            "Observe looks and never stops or writes; Protect makes backups, too, and changes nothing;"
                + " Manage also carries out migrations and restores.")
        Mode mode,
    @Size(min = 1, max = 253)
        @Pattern("^[A-Za-z0-9]([A-Za-z0-9._/-]*[A-Za-z0-9])?$")
        @JsonPropertyDescription(
            "Stable name of the database that survives a rebuilt cluster; namespace/name if left out.")
        String identity,
    @Size(max = 8)
        @JsonPropertyDescription(
            "The database's files, which are backed up, migrated and replaced as one; the first has"
                + " the history of all. Left out: the one file on the claim that has SQLite's"
                + " header.")
        List<File> files,
    @Size(max = 32)
        @JsonPropertyDescription(
            "Globs relative to the volume's root; files that match are never taken for a database.")
        List<@Size(min = 1, max = 256) String> exclude,
    @Size(max = 32)
        @JsonPropertyDescription(
            "Companion files that belong to a restorable state, as globs relative to the volume's"
                + " root: they go into every backup.")
        List<@Size(min = 1, max = 256) String> include,
    @Size(max = 8)
        @JsonPropertyDescription(
            "Workloads that use the database. Left out: Deployments and StatefulSets that mount the claim.")
        List<Workload> workloads,
    @Default("{}") MigrationPolicy migrationPolicy,
    @Default("{}") Backup backup,
    @Default("{}") Runner runner,
    @Default("Hold")
        @JsonPropertyDescription(
            "What happens when an image wants in that is known on an older schema only: Hold keeps"
                + " its pod at the gate and offers the data of then; RestoreIfNoWrites also goes"
                + " back by itself, when nothing was written since.")
        OnDowngrade onDowngrade,
    @JsonPropertyDescription(
            "A backup that is put onto the claim, once, where no database is there yet. Until then"
                + " pods stay at the gate.")
        Bootstrap bootstrap) {

  public SQLiteDatabaseSpec {
    mode = mode == null ? Mode.MANAGE : mode;
    files = files == null ? List.of() : List.copyOf(files);
    exclude = exclude == null ? List.of() : List.copyOf(exclude);
    include = include == null ? List.of() : List.copyOf(include);
    workloads = workloads == null ? List.of() : List.copyOf(workloads);
    migrationPolicy = migrationPolicy == null ? new MigrationPolicy(null) : migrationPolicy;
    backup = backup == null ? Backup.DEFAULT : backup;
    runner = runner == null ? new Runner(null, null, null, null) : runner;
    onDowngrade = onDowngrade == null ? OnDowngrade.HOLD : onDowngrade;
  }

  /** Where the database of an empty claim comes from. */
  @ValidationRule(
      value = "!(has(self.backupId) && has(self.pointInTime))",
      message = "name a backup or a time, not both; neither is the newest verified one")
  public record Bootstrap(
      @Required @JsonPropertyDescription("BackupLocation to read from.") LocalReference locationRef,
      @Size(min = 1, max = 253)
          @Pattern("^[A-Za-z0-9]([A-Za-z0-9._/-]*[A-Za-z0-9])?$")
          @JsonPropertyDescription("Whose backups. Left out: those of the database's identity.")
          String identity,
      @Size(min = 1, max = 253) String backupId,
      @Pattern(DatabaseRestoreSpec.Source.TIME)
          @JsonPropertyDescription("The newest backup of this instant or before it, RFC 3339.")
          String pointInTime,
      @Default("Hold")
          @JsonPropertyDescription(
              "Hold keeps the app at the gate when the location has no backup of the identity;"
                  + " StartEmpty lets it make a new database, as on its very first day.")
          OnNoBackup onNoBackup) {
    public Bootstrap {
      onNoBackup = onNoBackup == null ? OnNoBackup.HOLD : onNoBackup;
    }
  }

  /** What happens when there is nothing yet that could be restored. */
  public enum OnNoBackup {
    @JsonProperty("Hold")
    HOLD,
    @JsonProperty("StartEmpty")
    START_EMPTY
  }

  /** What happens to an image that is known on an older schema only. */
  public enum OnDowngrade {
    @JsonProperty("Hold")
    HOLD,
    @JsonProperty("RestoreIfNoWrites")
    RESTORE_IF_NO_WRITES
  }

  /** How much Litehaven may do. */
  public enum Mode {
    @JsonProperty("Observe")
    OBSERVE,
    @JsonProperty("Protect")
    PROTECT,
    @JsonProperty("Manage")
    MANAGE
  }

  /** What happens to a migration that would lose data. */
  public enum Destructive {
    @JsonProperty("Forbid")
    FORBID,
    @JsonProperty("Allow")
    ALLOW
  }

  @ValidationRule(
      value = "!self.path.startsWith('/') && !self.path.matches('(^|/)\\\\.\\\\.(/|$)')",
      message = "path must be relative to the volume and must not leave it")
  public record File(
      @Required
          @Pattern("^[a-z0-9]([a-z0-9-]*[a-z0-9])?$")
          @Size(min = 1, max = 63)
          @JsonPropertyDescription("How migrations and status call the file.")
          String name,
      @Required
          @Size(min = 1, max = 512)
          @JsonPropertyDescription("Path relative to the volume's root.")
          String path) {}

  public enum WorkloadKind {
    @JsonProperty("Deployment")
    DEPLOYMENT("Deployment"),
    @JsonProperty("StatefulSet")
    STATEFUL_SET("StatefulSet");

    private final String text;

    WorkloadKind(String text) {
      this.text = text;
    }

    /** The Kubernetes kind. */
    public String text() {
      return text;
    }
  }

  public record Workload(
      @Required WorkloadKind kind, @Required @Size(min = 1, max = 253) String name) {}

  /** The floor for every migration of this database; a migration can only be stricter. */
  public record MigrationPolicy(
      @Default("Forbid")
          @JsonPropertyDescription(
              "Forbid refuses a migration that drops a column, a table or rows; Allow lets it run.")
          Destructive destructive) {
    public MigrationPolicy {
      destructive = destructive == null ? Destructive.FORBID : destructive;
    }
  }

  public record Backup(
      @Size(min = 1, max = 253)
          @JsonPropertyDescription(
              "Claim for the backups made around operations. Left out: .litehaven/backups on the"
                  + " database's own claim, which is the same failure domain.")
          String claimName,
      @Size(min = 1, max = 253)
          @JsonPropertyDescription(
              "VolumeSnapshotClass for a snapshot before each migration, beside the file backup.")
          String volumeSnapshotClassName,
      @Default("300")
          @Min(5)
          @Max(86400)
          @JsonPropertyDescription(
              "Seconds to wait, with the workload stopped, until a snapshot is ready to use.")
          Long volumeSnapshotDeadlineSeconds,
      @JsonPropertyDescription(
              "BackupLocation of manual and scheduled backups that name none. Left out: where those"
                  + " around operations lie. Those never go over a network, since the app may be"
                  + " stopped meanwhile.")
          LocalReference locationRef,
      @Default("{}") OperationRetention operationRetention) {
    static final Backup DEFAULT = new Backup(null, null, null, null, null);

    public Backup {
      volumeSnapshotDeadlineSeconds =
          volumeSnapshotDeadlineSeconds == null ? 300L : volumeSnapshotDeadlineSeconds;
      operationRetention =
          operationRetention == null ? new OperationRetention(null) : operationRetention;
    }
  }

  /** What of the backups made around operations is kept. */
  public record OperationRetention(
      @Default("5")
          @Min(1)
          @Max(1000)
          @JsonPropertyDescription("The newest of each kind of operation.")
          Integer keepLast) {
    public OperationRetention {
      keepLast = keepLast == null ? Integer.valueOf(5) : keepLast;
    }
  }

  /** The pods that work on the volume. */
  public record Runner(
      ResourceRequirements resources,
      @Size(max = 16) List<Toleration> tolerations,
      @Size(min = 1, max = 253) String priorityClassName,
      @Default("false")
          @JsonPropertyDescription(
              "Lets the runner be root where the workload is, or the file on a claim that nobody"
                  + " mounts; refused otherwise.")
          Boolean allowRoot) {
    public Runner {
      tolerations = tolerations == null ? List.of() : List.copyOf(tolerations);
      allowRoot = allowRoot != null && allowRoot;
    }
  }
}
