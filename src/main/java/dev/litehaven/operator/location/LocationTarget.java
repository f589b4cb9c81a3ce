package dev.litehaven.operator.location;

import dev.litehaven.api.v1alpha1.BackupLocationSpec;
import dev.litehaven.api.v1alpha1.BackupLocationSpec.KeyReference;
import dev.litehaven.api.v1alpha1.BackupLocationSpec.S3;
import dev.litehaven.operator.job.RunnerPod;
import dev.litehaven.operator.job.StoreAccess;
import dev.litehaven.operator.job.StoreAccess.Files;
import dev.litehaven.protocol.BackupTarget;
import dev.litehaven.protocol.Encryption;
import dev.litehaven.protocol.S3Target;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * A BackupLocation as a runner is told it, and what its pod must mount for that. Pure.
 *
 * @param target without an owner: see {@link #ownedBy}
 */
public record LocationTarget(BackupTarget target, StoreAccess access) {
  private static final String DIRECTORY = "/etc/litehaven-store/";
  static final String CREDENTIALS = DIRECTORY + "credentials";
  static final String CA = DIRECTORY + "ca";
  static final String IDENTITY = DIRECTORY + "identity";

  /** For what writes, and for what only looks. */
  public enum Keys {
    /** The age identity is left out: nothing older is read. */
    WITHOUT_IDENTITY,
    /** The age identity is mounted, where the location names one. */
    WITH_IDENTITY
  }

  /**
   * @param keys a backup proves itself without a private key, so its pod gets none
   */
  public static LocationTarget of(BackupLocationSpec spec, Keys keys) {
    var files = new ArrayList<Files>();
    KeyReference identity =
        keys == Keys.WITH_IDENTITY && spec.encryption() != null
            ? spec.encryption().identitySecretRef()
            : null;
    if (identity != null) {
      files.add(new Files("store-identity", IDENTITY, true, identity.name(), identity.key()));
    }
    Encryption encryption =
        spec.encryption() == null
            ? null
            : new Encryption(
                spec.encryption().recipients(),
                identity == null ? null : IDENTITY + "/" + identity.key());
    if (spec.claim() != null) {
      String path = spec.claim().path();
      return new LocationTarget(
          new BackupTarget(
              path == null ? RunnerPod.BACKUP_MOUNT : RunnerPod.BACKUP_MOUNT + "/" + path,
              true,
              null,
              encryption,
              null),
          new StoreAccess(spec.claim().name(), files, null, false));
    }
    S3 s3 = spec.s3();
    String caFile = ca(s3, files);
    if (s3.credentialsSecretRef() != null) {
      files.add(
          new Files(
              "store-credentials", CREDENTIALS, true, s3.credentialsSecretRef().name(), null));
    }
    return new LocationTarget(
        new BackupTarget(null, true, s3(s3, caFile), encryption, null),
        new StoreAccess(null, files, s3.serviceAccountName(), true));
  }

  /**
   * @param uid of the SQLiteDatabase whose backups are written or removed
   * @param identity of it
   * @param takeover the location's list of identities that may change their owner
   */
  public LocationTarget ownedBy(String uid, String identity, List<String> takeover) {
    return new LocationTarget(
        target.ownedBy(new BackupTarget.Owner(uid, takeover.contains(identity))), access);
  }

  private static String ca(S3 s3, List<Files> files) {
    boolean secret = s3.caSecretRef() != null;
    KeyReference ca = secret ? s3.caSecretRef() : s3.caConfigMapRef();
    if (ca == null) {
      return null;
    }
    files.add(new Files("store-ca", CA, secret, ca.name(), ca.key()));
    return CA + "/" + ca.key();
  }

  private static S3Target s3(S3 s3, String caFile) {
    var encryption = s3.serverSideEncryption();
    var lock = s3.objectLock();
    return new S3Target(
        s3.endpoint(),
        s3.region(),
        s3.bucket(),
        s3.prefix(),
        s3.forcePathStyle() == null ? s3.endpoint() != null : s3.forcePathStyle(),
        caFile,
        s3.credentialsSecretRef() == null ? null : CREDENTIALS,
        encryption == null ? null : encryption.algorithm().text(),
        encryption == null ? null : encryption.kmsKeyId(),
        lock == null ? null : lock.mode().name().toUpperCase(Locale.ROOT),
        lock == null ? 0 : lock.days());
  }
}
