package dev.litehaven.operator.schedule;

import dev.litehaven.operator.condition.Conditions;
import dev.litehaven.protocol.Reason;
import java.util.regex.Pattern;

/**
 * What is said of a restore drill that failed: what failed, what was seen, and what to do next. The
 * runner's own advice is for a database in use and the volume it is on; a drill has neither. Pure.
 */
final class DrillFailure {
  /** So that what to do next is never what is cut off. */
  private static final int MAX_SEEN = 500;

  private static final Pattern SENTENCES = Pattern.compile("(?<=\\.)\\s+(?=\\p{Lu})");

  private DrillFailure() {}

  /**
   * @param said by the runner, by the API server, or by whatever a pod waits for
   */
  static String message(DrillPlanner.Step step, String backup, Reason reason, String said) {
    return Conditions.bounded(
        "%s: %s %s"
            .formatted(failed(step, backup, reason), seen(step, reason, said), next(step, reason)));
  }

  private static boolean doesNotHold(DrillPlanner.Step step, Reason reason) {
    return step == DrillPlanner.Step.VERIFY && reason == Reason.VERIFICATION_FAILED;
  }

  private static String failed(DrillPlanner.Step step, String backup, Reason reason) {
    return switch (step) {
      case CLAIM -> "There is no volume to restore backup %s to".formatted(backup);
      case FETCH -> "Backup %s could not be fetched".formatted(backup);
      case RESTORE -> "Backup %s was fetched, and could not be put in place".formatted(backup);
      case VERIFY, CLEAN ->
          doesNotHold(step, reason)
              ? "Backup %s was restored, and does not keep what is asked of it".formatted(backup)
              : "Backup %s was restored, and could not be looked through".formatted(backup);
    };
  }

  /** Of what a runner says, the first sentence is what it saw. */
  private static String seen(DrillPlanner.Step step, Reason reason, String said) {
    String seen =
        switch (reason) {
          case DEADLINE_EXCEEDED, RUNNER_FAILED, API_REFUSED, DATABASE_NOT_FOUND -> said;
          default -> doesNotHold(step, reason) ? said : SENTENCES.split(said, 2)[0];
        };
    String cut = seen.length() > MAX_SEEN ? seen.substring(0, MAX_SEEN) + "\u2026" : seen;
    return cut.isEmpty() || cut.endsWith(".") ? cut : cut + ".";
  }

  private static String next(DrillPlanner.Step step, Reason reason) {
    return switch (reason) {
      case BACKUP_DAMAGED ->
          step == DrillPlanner.Step.FETCH
              ? "Ask for a new backup (litehaven.dev/requestedAt on the schedule), have the older ones read back (the same on each DatabaseBackup), and look at the storage that holds them."
              : storage();
      case CORRUPT, TRUNCATED, NOT_A_DATABASE, UNSUPPORTED_DATABASE ->
          step == DrillPlanner.Step.FETCH
              ? "It is what was backed up: look at the database (litehaven verify), and for a backup of before the damage."
              : storage();
      case DECRYPTION_FAILED ->
          "Put an identity of one of its recipients into the Secret that the location's encryption.identitySecretRef names: without it the backup cannot be restored.";
      case STORE_UNREACHABLE, STORE_REFUSED, STORE_FULL, LOCATION_NOT_FOUND, LOCATION_NOT_READY ->
          "Nothing is known of the backup: look at the BackupLocation, its credentials and the way to it. The next drill tries again.";
      case BACKUP_NOT_FOUND, NOTHING_TO_RESTORE ->
          "Unless somebody has removed it on purpose, find out what removes backups there (a lifecycle rule of the bucket?), and ask for a new one (litehaven.dev/requestedAt on the schedule).";
      case DATABASE_NOT_FOUND -> "The next drill takes what there is then.";
      case VERIFICATION_FAILED ->
          doesNotHold(step, reason)
              ? "It is as the database was: see whether the database still breaks that rule, and correct its data, or the assertion in verification.restoreDrill."
              : storage();
      case NO_SPACE ->
          "The drill's volume is four times as large as the backup and 256 MiB: see whether its storage class gives it that (verification.restoreDrill.storageClassName).";
      case READ_ONLY_VOLUME, NETWORK_FILESYSTEM, WRONG_OWNER -> storage();
      case DEADLINE_EXCEEDED ->
          "Nothing is known of the backup: see to what the pod waits for, a node, the image, or a volume (verification.restoreDrill.storageClassName). The next drill tries again.";
      case API_REFUSED ->
          "Nothing is known of the backup: make room in the quota, or let the policy admit it. The next drill tries again.";
      default ->
          "Pod and volume are removed: to look closer, restore the backup into a claim of its own (DatabaseRestore, mode NewClaim). The next drill tries again.";
    };
  }

  private static String storage() {
    return "The backup was read back whole before: look at the storage behind the drill's volume, or name another class (verification.restoreDrill.storageClassName).";
  }
}
