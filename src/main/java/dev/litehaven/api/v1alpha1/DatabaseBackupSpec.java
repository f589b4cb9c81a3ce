package dev.litehaven.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;

/** Which backup this is. Immutable. */
@ValidationRule(value = "self == oldSelf", message = "the spec of a backup is immutable")
@ValidationRule(
    value =
        "self.method == 'File' ? has(self.file) && !has(self.volumeSnapshot) : has(self.volumeSnapshot) && !has(self.file)",
    message = "a File backup needs file, a VolumeSnapshot backup volumeSnapshot")
public record DatabaseBackupSpec(
    @Required LocalReference databaseRef,
    @Size(max = 253) String identity,
    @Required Type type,
    @Required Method method,
    @Size(max = 63) String runId,
    File file,
    VolumeSnapshot volumeSnapshot) {

  /** Why the backup was made. */
  public enum Type {
    @JsonProperty("PreMigration")
    PRE_MIGRATION("PreMigration"),
    @JsonProperty("FailedState")
    FAILED_STATE("FailedState");

    private final String text;

    Type(String text) {
      this.text = text;
    }

    public String text() {
      return text;
    }
  }

  public enum Method {
    @JsonProperty("File")
    FILE,
    @JsonProperty("VolumeSnapshot")
    VOLUME_SNAPSHOT
  }

  /**
   * Where a file backup lies.
   *
   * @param path of the manifest, relative to the backup directory
   */
  public record File(
      @Required @Size(min = 1, max = 253) String claimName,
      @Required @Size(min = 1, max = 512) String directory,
      @Required @Size(min = 1, max = 512) String path) {}

  public record VolumeSnapshot(@Required @Size(min = 1, max = 253) String name) {}
}
