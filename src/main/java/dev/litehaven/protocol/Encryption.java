package dev.litehaven.protocol;

import java.util.List;

/**
 * How artifacts are encrypted: with age, to recipients.
 *
 * @param recipients {@code age1...} public keys; each of them alone can decrypt
 * @param identityFile file inside the runner with the {@code AGE-SECRET-KEY-1...} to decrypt with;
 *     null: none is at hand, so nothing older can be read back
 */
public record Encryption(List<String> recipients, String identityFile) {
  public Encryption {
    recipients = recipients == null ? List.of() : List.copyOf(recipients);
  }
}
