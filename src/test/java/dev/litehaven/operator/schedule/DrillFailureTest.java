package dev.litehaven.operator.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import dev.litehaven.protocol.Reason;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What failed, what was seen, and what to do next; never what would be good for a live database.
 */
class DrillFailureTest {
  private static String said(DrillPlanner.Step step, Reason reason, String message) {
    return DrillFailure.message(step, "nightly-1", reason, message);
  }

  @Test
  void aPodThatCannotStartSaysNothingOfTheBackup() {
    assertThat(
            said(
                DrillPlanner.Step.FETCH,
                Reason.DEADLINE_EXCEEDED,
                "Pod p has not started: 0/3 nodes"))
        .startsWith("Backup nightly-1 could not be fetched: Pod p has not started: 0/3 nodes.")
        .contains("Nothing is known of the backup", "storageClassName");
  }

  @Test
  void aDamagedBackupIsReplacedByAnotherAndNotFetchedAgain() {
    assertThat(
            said(
                DrillPlanner.Step.FETCH,
                Reason.BACKUP_DAMAGED,
                "The backup s3://b/x cannot be relied on: its file main.db.zst is missing. The database itself was not touched; make a new backup."))
        .contains("its file main.db.zst is missing. Ask for a new backup", "read back")
        .doesNotContain("not touched");
  }

  @Test
  void aBackupOfADamagedDatabaseIsNoReasonToDoubtTheStorage() {
    assertThat(
            said(
                DrillPlanner.Step.FETCH,
                Reason.CORRUPT,
                "The backup b holds exactly the bytes that were backed up, and they are damaged: row 3. So the database itself was damaged before; restore an older verified backup."))
        .contains("damaged: row 3. It is what was backed up", "look at the database")
        .doesNotContain("storage");
  }

  @Test
  void whatChangedBetweenFetchAndRestoreIsTheVolumesDoing() {
    assertThat(
            said(
                DrillPlanner.Step.RESTORE,
                Reason.BACKUP_DAMAGED,
                "What was fetched into /d cannot be relied on: it lacks main.db. The database was not touched. Fetch the backup again."))
        .startsWith("Backup nightly-1 was fetched, and could not be put in place: What was fetched")
        .contains("read back whole before", "storage behind the drill's volume")
        .doesNotContain("Fetch the backup again", "requestedAt");
  }

  @Test
  void anAssertionThatFailedIsAboutTheDataAndNotARestore() {
    assertThat(
            said(
                DrillPlanner.Step.VERIFY,
                Reason.VERIFICATION_FAILED,
                "The assertion a is not true. The assertion b is not true."))
        .startsWith("Backup nightly-1 was restored, and does not keep what is asked of it: ")
        .contains("The assertion a is not true. The assertion b is not true.", "restoreDrill")
        .doesNotContain("Restore a verified backup");
  }

  @Test
  void aWrongKeyIsTheLocationsAndTheBackupIsLeftAlone() {
    assertThat(
            said(
                DrillPlanner.Step.FETCH,
                Reason.DECRYPTION_FAILED,
                "The backup x is encrypted to age1q, and the key at hand is none of theirs. It was left as it is."))
        .contains("encrypted to age1q", "encryption.identitySecretRef");
  }

  @Test
  void aFullVolumeIsTheDrillsOwnWhichNobodyMakesLarger() {
    assertThat(
            said(
                DrillPlanner.Step.FETCH,
                Reason.NO_SPACE,
                "The backup needs 9 MiB, and the volume has 3 MiB left. Nothing was changed. Make the claim larger, or remove old backups from it."))
        .contains("has 3 MiB left. The drill's volume")
        .doesNotContain("Make the claim larger");
  }

  @Test
  void whatToDoNextIsNeverCutOff() {
    assertThat(said(DrillPlanner.Step.FETCH, Reason.STORE_REFUSED, "x".repeat(5000)))
        .hasSizeLessThanOrEqualTo(1024)
        .endsWith("The next drill tries again.");
  }

  @ParameterizedTest
  @EnumSource(DrillPlanner.Step.class)
  void everyReasonIsSaidInWholeSentences(DrillPlanner.Step step) {
    assertThat(Arrays.stream(Reason.values()).map(reason -> said(step, reason, "It was seen")))
        .allSatisfy(
            message ->
                assertThat(message)
                    .contains("nightly-1", ": It was seen. ")
                    .endsWith(".")
                    .doesNotContain(".."));
  }
}
