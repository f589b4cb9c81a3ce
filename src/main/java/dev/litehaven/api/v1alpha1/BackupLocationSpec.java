package dev.litehaven.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.List;

/**
 * Where backups lie and how one gets there. The place itself is immutable: backups that are written
 * down would be looked for, and found gone, where they never were.
 */
@ValidationRule(
    value = "has(self.claim) != has(self.s3)",
    message = "a location is exactly one of claim and s3")
@ValidationRule(
    value =
        "has(self.claim) == has(oldSelf.claim) && (!has(self.claim) || self.claim == oldSelf.claim)",
    message = "the place is immutable: make a new BackupLocation for another claim or path")
@ValidationRule(
    value =
        "!has(self.s3) || !has(oldSelf.s3) || (self.s3.bucket == oldSelf.s3.bucket && has(self.s3.prefix) == has(oldSelf.s3.prefix) && (!has(self.s3.prefix) || self.s3.prefix == oldSelf.s3.prefix))",
    message = "the place is immutable: make a new BackupLocation for another bucket or prefix")
public record BackupLocationSpec(
    Claim claim,
    S3 s3,
    Encryption encryption,
    @Size(max = 32)
        @JsonPropertyDescription(
            "Identities of databases whose backups here may be taken over from another"
                + " SQLiteDatabase, for example after the cluster was rebuilt.")
        List<@Size(min = 1, max = 253) String> takeover) {

  public BackupLocationSpec {
    takeover = takeover == null ? List.of() : List.copyOf(takeover);
  }

  @ValidationRule(
      value =
          "!has(self.path) || (!self.path.startsWith('/') && !self.path.matches('(^|/)\\\\.\\\\.(/|$)'))",
      message = "path must be relative to the volume and must not leave it")
  public record Claim(
      @Required
          @Size(min = 1, max = 253)
          @JsonPropertyDescription("The PersistentVolumeClaim that backups are written to.")
          String name,
      @Size(min = 1, max = 512)
          @JsonPropertyDescription(
              "Directory for backups, relative to the volume's root. Left out: the root.")
          String path) {}

  @ValidationRule(
      value = "has(self.endpoint) || has(self.region)",
      message = "without an endpoint the store is AWS, and needs a region")
  @ValidationRule(
      value = "has(self.credentialsSecretRef) != has(self.serviceAccountName)",
      message = "name exactly one of credentialsSecretRef and serviceAccountName")
  @ValidationRule(
      value = "!(has(self.caSecretRef) && has(self.caConfigMapRef))",
      message = "name at most one of caSecretRef and caConfigMapRef")
  public record S3(
      @Size(min = 1, max = 512)
          @Pattern("^https?://[^\\s/]+/?$")
          @JsonPropertyDescription("URL of the store. Left out: AWS, in the region.")
          String endpoint,
      @Size(min = 1, max = 63) @Pattern("^[a-zA-Z0-9-]+$") String region,
      @Required @Size(min = 3, max = 63) @Pattern("^[a-z0-9][a-z0-9._-]*[a-z0-9]$") String bucket,
      @Size(min = 1, max = 512)
          @Pattern("^[^/\\s][^\\s]*[^/\\s]$|^[^/\\s]$")
          @JsonPropertyDescription("Before all keys, without slashes at its ends.")
          String prefix,
      @JsonPropertyDescription(
              "Whether the bucket is part of the path and not of the host name. Left out: where an"
                  + " endpoint is given.")
          Boolean forcePathStyle,
      @JsonPropertyDescription("PEM file of the authority to trust beside the usual ones.")
          KeyReference caSecretRef,
      @JsonPropertyDescription("The same, in a ConfigMap.") KeyReference caConfigMapRef,
      @JsonPropertyDescription(
              "Secret with accessKeyId, secretAccessKey and, where there is one, sessionToken. It is"
                  + " mounted into the pods that go to the store; the operator never reads it.")
          LocalReference credentialsSecretRef,
      @Size(min = 1, max = 253)
          @JsonPropertyDescription(
              "ServiceAccount of the pods that go to the store, for the cloud's workload identity.")
          String serviceAccountName,
      ServerSideEncryption serverSideEncryption,
      ObjectLock objectLock) {}

  /** One entry of a Secret or a ConfigMap. */
  public record KeyReference(
      @Required @Size(min = 1, max = 253) String name,
      @Required @Size(min = 1, max = 253) @Pattern("^[-._a-zA-Z0-9]+$") String key) {}

  @ValidationRule(
      value = "!has(self.kmsKeyId) || self.algorithm == 'aws:kms'",
      message = "kmsKeyId is for the algorithm aws:kms")
  public record ServerSideEncryption(
      @Required Algorithm algorithm, @Size(min = 1, max = 2048) String kmsKeyId) {}

  public enum Algorithm {
    @JsonProperty("AES256")
    AES256("AES256"),
    @JsonProperty("aws:kms")
    AWS_KMS("aws:kms");

    private final String text;

    Algorithm(String text) {
      this.text = text;
    }

    /** As S3 names it. */
    public String text() {
      return text;
    }
  }

  public record ObjectLock(
      @Required LockMode mode,
      @Required
          @Min(1)
          @Max(36500)
          @JsonPropertyDescription(
              "How long artifacts stay locked. Retention leaves what is locked alone.")
          Integer days) {}

  public enum LockMode {
    @JsonProperty("Governance")
    GOVERNANCE,
    @JsonProperty("Compliance")
    COMPLIANCE
  }

  public record Encryption(
      @Required
          @Size(min = 1, max = 16)
          @JsonPropertyDescription(
              "age public keys; each of them alone can decrypt. Backups need no private key.")
          List<@Pattern("^age1[02-9ac-hj-np-z]{58}$") String> recipients,
      @JsonPropertyDescription(
              "Secret with the AGE-SECRET-KEY-1... to read older backups back with: for restores,"
                  + " restore drills, and anew verified ones.")
          KeyReference identitySecretRef) {
    public Encryption {
      recipients = recipients == null ? List.of() : List.copyOf(recipients);
    }
  }
}
