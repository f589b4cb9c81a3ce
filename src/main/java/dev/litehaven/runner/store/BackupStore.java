package dev.litehaven.runner.store;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * A place of named objects. An object is there completely and durably, or not at all; keys are
 * relative, with {@code /} between their parts. What a store's own service says is a {@link
 * dev.litehaven.protocol.RefusedException} with its words; a directory's failures are those of its
 * file system.
 */
public interface BackupStore extends AutoCloseable {
  /** More than any object that is read whole: a manifest, a marker. */
  int LARGEST_SMALL_OBJECT = 64 << 20;

  /** One object and its size. */
  record StoredObject(String key, long size) {}

  /**
   * The bytes of an object that is being made. It exists from {@link #finish} on; closed without
   * that, nothing of it is left.
   */
  abstract class Upload extends OutputStream {
    /**
     * @throws FileAlreadyExistsException when there was one of that name
     */
    public abstract void finish() throws IOException;
  }

  /** A new object of any size, streamed; memory does not grow with it. */
  Upload create(String key) throws IOException;

  /** Makes a small object as one step; false, and nothing done, where there is one. */
  boolean createIfAbsent(String key, byte[] bytes) throws IOException;

  /** Makes or replaces a small object that is no part of a backup's content. */
  void replace(String key, byte[] bytes) throws IOException;

  /**
   * @throws NoSuchFileException when there is none
   */
  InputStream open(String key) throws IOException;

  /** All of a small object. */
  default Optional<byte[]> read(String key) throws IOException {
    try (InputStream in = open(key)) {
      byte[] bytes = in.readNBytes(LARGEST_SMALL_OBJECT + 1);
      if (bytes.length > LARGEST_SMALL_OBJECT) {
        throw new IOException(describe(key) + " is far too large to be what its name says");
      }
      return Optional.of(bytes);
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
  }

  /**
   * Every object whose key begins so, by key.
   *
   * @param prefix empty, or whole parts with a {@code /} at the end
   */
  List<StoredObject> list(String prefix) throws IOException;

  /** Does nothing where there is none. */
  void delete(String key) throws IOException;

  /** An upload that was cut off, by its key and when it was begun. */
  @FunctionalInterface
  interface Unfinished {
    boolean test(String key, Instant begun);
  }

  /**
   * Removes what uploads of keys that begin so have left: what a killed process cannot remove
   * itself.
   *
   * @param which of them; those that are still under way are not told from others
   */
  void removeUnfinished(String prefix, Unfinished which) throws IOException;

  /** The key for sentences: where a person finds it. */
  String describe(String key);

  @Override
  void close();

  /** A key that stays below the store's root, whoever made it up. */
  static String requireKey(String key) {
    for (String part : key.split("/", -1)) {
      if (part.isEmpty() || part.equals(".") || part.equals("..") || part.indexOf('\0') >= 0) {
        throw new IllegalArgumentException("not a key of a store: " + key);
      }
    }
    return key;
  }
}
