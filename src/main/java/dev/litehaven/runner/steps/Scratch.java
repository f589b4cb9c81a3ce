package dev.litehaven.runner.steps;

import dev.litehaven.runner.backup.DurableFiles;
import dev.litehaven.runner.backup.DurableFiles.Owner;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * A directory for what a step needs only while it runs. It is gone when the step ends; when the
 * process is killed, the next one that makes scratch space beside it sees that its lock is free and
 * removes it.
 */
final class Scratch implements AutoCloseable {
  private static final String LOCK = "lock";

  private final Path directory;
  private final FileChannel lock;

  private Scratch(Path directory, FileChannel lock) {
    this.directory = directory;
    this.lock = lock;
  }

  /**
   * @param parent made where it is missing
   * @param name of the new directory, unique among those in use
   */
  static Scratch open(Path parent, String name, Owner owner) throws IOException {
    DurableFiles.createDirectories(parent, owner);
    sweep(parent);
    Path directory = parent.resolve("lh-" + name);
    DurableFiles.createDirectories(directory, owner);
    FileChannel channel =
        FileChannel.open(
            directory.resolve(LOCK), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    try {
      if (tryLock(channel)) {
        clear(directory);
        return new Scratch(directory, channel);
      }
    } catch (IOException e) {
      channel.close();
      throw e;
    }
    channel.close();
    throw new IOException(directory + " is in use by another runner of the same run");
  }

  /** Removes what processes that were killed have left. */
  static void sweep(Path parent) throws IOException {
    if (!Files.isDirectory(parent)) {
      return;
    }
    try (DirectoryStream<Path> others = Files.newDirectoryStream(parent, "lh-*")) {
      for (Path other : others) {
        removeAbandoned(other);
      }
    }
  }

  Path directory() {
    return directory;
  }

  Path file(String name) {
    return directory.resolve(name);
  }

  private static void removeAbandoned(Path other) throws IOException {
    if (!Files.isRegularFile(other.resolve(LOCK))) {
      return; // made this instant by somebody who has not locked it yet
    }
    boolean abandoned;
    try (FileChannel channel = FileChannel.open(other.resolve(LOCK), StandardOpenOption.WRITE)) {
      abandoned = tryLock(channel);
    }
    if (abandoned) {
      remove(other);
    }
  }

  /** The lock goes last: whoever dies on the way leaves what can be told to be abandoned. */
  private static void remove(Path directory) throws IOException {
    clear(directory);
    DurableFiles.deleteTree(directory);
  }

  private static void clear(Path directory) throws IOException {
    try (DirectoryStream<Path> all = Files.newDirectoryStream(directory)) {
      for (Path path : all) {
        if (!path.endsWith(LOCK)) {
          DurableFiles.deleteTree(path);
        }
      }
    }
  }

  private static boolean tryLock(FileChannel channel) throws IOException {
    try {
      return channel.tryLock() != null;
    } catch (OverlappingFileLockException e) {
      return false; // by another thread of this process
    }
  }

  @Override
  public void close() throws IOException {
    try {
      remove(directory);
    } finally {
      lock.close();
    }
  }
}
