package dev.litehaven.runner.backup;

import dev.litehaven.protocol.Encryption;
import dev.litehaven.protocol.Reason;
import dev.litehaven.protocol.RefusedException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Who can read the artifacts of a backup, and with which keys they are read here. A backup that is
 * made here proves itself with a key that only this process knows and that ends with it, so that no
 * private key of anybody is needed for it.
 */
public final class Seal {
  /** Artifacts are not encrypted, and none that is can be read. */
  public static final Seal NONE = new Seal(List.of(), null, List.of());

  private final List<String> recipients;
  private final String ownRecipient;
  private final List<String> identities;

  private Seal(List<String> recipients, String ownRecipient, List<String> identities) {
    this.recipients = recipients;
    this.ownRecipient = ownRecipient;
    this.identities = identities;
  }

  /**
   * For backups that are made and read back by this process, and for older ones where there is a
   * key for them.
   *
   * @param encryption null: {@link #NONE}
   * @throws RefusedException {@link Reason#DECRYPTION_FAILED} where the key that is named is none
   */
  public static Seal of(Encryption encryption) throws IOException {
    if (encryption == null) {
      return NONE;
    }
    List<String> identities = new ArrayList<>();
    if (encryption.identityFile() != null) {
      identities.addAll(read(Path.of(encryption.identityFile())));
    }
    if (encryption.recipients().isEmpty()) {
      return new Seal(List.of(), null, List.copyOf(identities));
    }
    Age.Pair own = Age.newPair();
    identities.add(own.identity());
    return new Seal(encryption.recipients(), own.recipient(), List.copyOf(identities));
  }

  private static List<String> read(Path file) throws IOException {
    List<String> identities =
        Files.readAllLines(file).stream()
            .map(String::strip)
            .filter(line -> !line.isEmpty() && !line.startsWith("#"))
            .toList();
    if (identities.isEmpty() || !identities.stream().allMatch(Age::isIdentity)) {
      throw new RefusedException(
          Reason.DECRYPTION_FAILED,
          "The file "
              + file
              + " is not what age-keygen writes: lines that begin with AGE-SECRET-KEY-1. Correct"
              + " the Secret that the location's encryption names.");
    }
    return identities;
  }

  public boolean encrypts() {
    return !recipients.isEmpty();
  }

  /** Whom the manifest names. */
  List<String> recipients() {
    return recipients;
  }

  /** Everybody who can decrypt what is made now. */
  List<String> allRecipients() {
    List<String> all = new ArrayList<>(recipients);
    all.add(ownRecipient);
    return all;
  }

  /** Whether there is a key for what other processes have made. */
  boolean opensOlder() {
    return identities.size() > (ownRecipient == null ? 0 : 1);
  }

  List<String> identities() {
    return identities;
  }

  /** No key is in it. */
  @Override
  public String toString() {
    return "seal to " + recipients;
  }
}
