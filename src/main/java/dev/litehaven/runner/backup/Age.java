package dev.litehaven.runner.backup;

import com.exceptionfactory.jagged.RecipientStanzaReader;
import com.exceptionfactory.jagged.RecipientStanzaWriter;
import com.exceptionfactory.jagged.UnsupportedRecipientStanzaException;
import com.exceptionfactory.jagged.framework.stream.StandardDecryptingChannelFactory;
import com.exceptionfactory.jagged.framework.stream.StandardEncryptingChannelFactory;
import com.exceptionfactory.jagged.x25519.X25519KeyPairGenerator;
import com.exceptionfactory.jagged.x25519.X25519RecipientStanzaReaderFactory;
import com.exceptionfactory.jagged.x25519.X25519RecipientStanzaWriterFactory;
import dev.litehaven.protocol.Reason;
import dev.litehaven.protocol.RefusedException;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.util.ArrayList;
import java.util.List;

/** Streams in the format of age (age-encryption.org/v1), to X25519 recipients. */
final class Age {
  /** One chunk of the format. */
  private static final int CHUNK = 64 * 1024;

  private static final int CHUNKS = 4 * CHUNK;

  private static final String IDENTITY = "AGE-SECRET-KEY-1";

  private Age() {}

  /**
   * @param recipient public, {@code age1...}
   * @param identity secret
   */
  record Pair(String recipient, String identity) {
    /** No key is in it. */
    @Override
    public String toString() {
      return recipient;
    }
  }

  static Pair newPair() {
    try {
      KeyPair pair = new X25519KeyPairGenerator().generateKeyPair();
      return new Pair(text(pair.getPublic().getEncoded()), text(pair.getPrivate().getEncoded()));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JDK has X25519", e);
    }
  }

  private static String text(byte[] key) {
    return new String(key, StandardCharsets.US_ASCII);
  }

  static boolean isIdentity(String text) {
    if (!text.startsWith(IDENTITY)) {
      return false;
    }
    try {
      X25519RecipientStanzaReaderFactory.newRecipientStanzaReader(text);
      return true;
    } catch (GeneralSecurityException | RuntimeException e) {
      return false;
    }
  }

  /**
   * Closing it ends the last chunk and closes {@code out}.
   *
   * @throws RefusedException {@link Reason#INVALID_REQUEST} names the recipient that is none
   */
  static OutputStream encrypting(OutputStream out, List<String> recipients) throws IOException {
    List<RecipientStanzaWriter> writers = new ArrayList<>();
    for (String recipient : recipients) {
      try {
        writers.add(X25519RecipientStanzaWriterFactory.newRecipientStanzaWriter(recipient));
      } catch (GeneralSecurityException | RuntimeException e) {
        throw new RefusedException(
            Reason.INVALID_REQUEST,
            "The recipient "
                + recipient
                + " is no public key of age. It begins with age1, as age-keygen -y prints it."
                + " Nothing was written.");
      }
    }
    try {
      return new BufferedOutputStream(
          Channels.newOutputStream(
              new StandardEncryptingChannelFactory()
                  .newEncryptingChannel(
                      // The JDK's channels pass on little at a time.
                      Channels.newChannel(new BufferedOutputStream(out, CHUNKS)), writers)),
          CHUNK);
    } catch (GeneralSecurityException e) {
      throw new IOException("encrypting could not begin", e);
    }
  }

  /**
   * @throws NotForUs when none of the identities is a recipient
   * @throws IOException when it cannot be read, or is not what was encrypted
   */
  static InputStream decrypting(InputStream in, List<String> identities) throws IOException {
    try {
      List<RecipientStanzaReader> readers = new ArrayList<>();
      for (String identity : identities) {
        readers.add(X25519RecipientStanzaReaderFactory.newRecipientStanzaReader(identity));
      }
      return Channels.newInputStream(
          new StandardDecryptingChannelFactory()
              .newDecryptingChannel(
                  Channels.newChannel(new BufferedInputStream(in, CHUNKS)), readers));
    } catch (UnsupportedRecipientStanzaException e) {
      throw new NotForUs(e);
    } catch (GeneralSecurityException e) {
      throw new IOException("its header is not the one that was written", e);
    }
  }

  /** There is no key at hand for it. */
  static final class NotForUs extends IOException {
    private static final long serialVersionUID = 1L;

    NotForUs(Throwable cause) {
      super("none of the keys at hand is one of its recipients'", cause);
    }
  }
}
