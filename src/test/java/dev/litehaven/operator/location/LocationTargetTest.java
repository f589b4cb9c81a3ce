package dev.litehaven.operator.location;

import static org.assertj.core.api.Assertions.assertThat;

import dev.litehaven.api.v1alpha1.BackupLocationSpec;
import dev.litehaven.api.v1alpha1.LocalReference;
import dev.litehaven.operator.job.StoreAccess.Files;
import dev.litehaven.operator.location.LocationTarget.Keys;
import dev.litehaven.protocol.BackupTarget;
import dev.litehaven.protocol.Encryption;
import dev.litehaven.protocol.S3Target;
import java.util.List;
import org.junit.jupiter.api.Test;

class LocationTargetTest {
  private static final String RECIPIENT =
      "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p";

  @Test
  void aClaimIsADirectoryOnASecondVolumeAndNeedsNoNetwork() {
    var made = LocationTarget.of(claim("weekly", null), Keys.WITHOUT_IDENTITY);
    assertThat(made.target())
        .isEqualTo(new BackupTarget("/var/lib/litehaven/backups/weekly", true, null, null, null));
    assertThat(made.access().claim()).isEqualTo("backups");
    assertThat(made.access().network()).isFalse();
    assertThat(made.access().files()).isEmpty();
    assertThat(LocationTarget.of(claim(null, null), Keys.WITHOUT_IDENTITY).target().directory())
        .isEqualTo("/var/lib/litehaven/backups");
  }

  @Test
  void aBucketIsToldWithoutItsCredentials() {
    var made =
        LocationTarget.of(
            bucket(
                new BackupLocationSpec.S3(
                    "https://s3.example:7070",
                    null,
                    "backups",
                    "shop/eu",
                    null,
                    null,
                    new BackupLocationSpec.KeyReference("authority", "ca.pem"),
                    new LocalReference("s3-keys"),
                    null,
                    new BackupLocationSpec.ServerSideEncryption(
                        BackupLocationSpec.Algorithm.AWS_KMS, "key-1"),
                    new BackupLocationSpec.ObjectLock(BackupLocationSpec.LockMode.COMPLIANCE, 30)),
                null),
            Keys.WITHOUT_IDENTITY);
    assertThat(made.target().s3())
        .isEqualTo(
            new S3Target(
                "https://s3.example:7070",
                null,
                "backups",
                "shop/eu",
                true,
                "/etc/litehaven-store/ca/ca.pem",
                "/etc/litehaven-store/credentials",
                "aws:kms",
                "key-1",
                "COMPLIANCE",
                30));
    assertThat(made.target().directory()).isNull();
    assertThat(made.access().network()).isTrue();
    assertThat(made.access().files())
        .containsExactly(
            new Files("store-ca", "/etc/litehaven-store/ca", false, "authority", "ca.pem"),
            new Files(
                "store-credentials", "/etc/litehaven-store/credentials", true, "s3-keys", null));
  }

  @Test
  void workloadIdentityIsAnAccountAndNoFiles() {
    var made = LocationTarget.of(bucket(aws(), null), Keys.WITHOUT_IDENTITY);
    assertThat(made.access().serviceAccountName()).isEqualTo("backups");
    assertThat(made.access().files()).isEmpty();
    assertThat(made.target().s3().credentialsDirectory()).isNull();
    assertThat(made.target().s3().pathStyle()).as("AWS's own host names").isFalse();
  }

  @Test
  void onlyWhoReadsOlderBackupsGetsThePrivateKey() {
    var encryption =
        new BackupLocationSpec.Encryption(
            List.of(RECIPIENT), new BackupLocationSpec.KeyReference("age", "key.txt"));
    var writes = LocationTarget.of(bucket(aws(), encryption), Keys.WITHOUT_IDENTITY);
    assertThat(writes.target().encryption()).isEqualTo(new Encryption(List.of(RECIPIENT), null));
    assertThat(writes.access().files()).isEmpty();

    var reads = LocationTarget.of(claim(null, encryption), Keys.WITH_IDENTITY);
    assertThat(reads.target().encryption())
        .isEqualTo(new Encryption(List.of(RECIPIENT), "/etc/litehaven-store/identity/key.txt"));
    assertThat(reads.access().files())
        .containsExactly(
            new Files("store-identity", "/etc/litehaven-store/identity", true, "age", "key.txt"));
  }

  @Test
  void onlyANamedIdentityMayBeTakenOver() {
    var made = LocationTarget.of(claim(null, null), Keys.WITHOUT_IDENTITY);
    assertThat(made.ownedBy("uid-1", "shop/db", List.of("shop/other")).target().owner())
        .isEqualTo(new BackupTarget.Owner("uid-1", false));
    assertThat(made.ownedBy("uid-1", "shop/db", List.of("shop/db")).target().owner())
        .isEqualTo(new BackupTarget.Owner("uid-1", true));
    assertThat(made.ownedBy("uid-1", "shop/db", List.of()).access()).isEqualTo(made.access());
  }

  private static BackupLocationSpec claim(String path, BackupLocationSpec.Encryption encryption) {
    return new BackupLocationSpec(
        new BackupLocationSpec.Claim("backups", path), null, encryption, null);
  }

  private static BackupLocationSpec bucket(
      BackupLocationSpec.S3 s3, BackupLocationSpec.Encryption encryption) {
    return new BackupLocationSpec(null, s3, encryption, null);
  }

  private static BackupLocationSpec.S3 aws() {
    return new BackupLocationSpec.S3(
        null, "eu-central-1", "backups", null, null, null, null, null, "backups", null, null);
  }
}
