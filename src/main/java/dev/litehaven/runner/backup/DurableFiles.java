package dev.litehaven.runner.backup;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** Files that are there completely or not at all after a power loss, with the right owner. */
public final class DurableFiles {
  private DurableFiles() {}

  /** Owner and group that new files are given; negative: those that they are made with. */
  public record Owner(int uid, int gid) {
    /**
     * For what has no file to be like. The kubelet's volumes belong to root, and their group and
     * its bit let others in: what is made there belongs to whoever makes it. Root gives it to the
     * directory's owner.
     */
    public static Owner within(Path directory) throws IOException {
      return self() == 0 ? of(directory) : new Owner(-1, -1);
    }

    /**
     * For what is to be like a file. Only root gives away: what is made beside a file of root's, by
     * its group, is its group's and stays with whoever makes it.
     */
    public static Owner of(Path file) throws IOException {
      Owner owner = now(file);
      return owner.uid == 0 && self() != 0 ? new Owner(-1, owner.gid) : owner;
    }

    private boolean byGroup() {
      return uid < 0 && gid >= 0;
    }

    private static int self() throws IOException {
      return (int) Files.getAttribute(Path.of("/proc/self"), "unix:uid");
    }

    private static Owner now(Path file) throws IOException {
      return new Owner(
          (int) Files.getAttribute(file, "unix:uid", LinkOption.NOFOLLOW_LINKS),
          (int) Files.getAttribute(file, "unix:gid", LinkOption.NOFOLLOW_LINKS));
    }

    /** Does nothing where the owner is right already, which needs no privilege. */
    public void giveTo(Path file) throws IOException {
      Owner now = now(file);
      if (gid >= 0 && now.gid != gid) {
        Files.setAttribute(file, "unix:gid", gid, LinkOption.NOFOLLOW_LINKS);
      }
      if (uid >= 0 && now.uid != uid) {
        Files.setAttribute(file, "unix:uid", uid, LinkOption.NOFOLLOW_LINKS);
      }
    }
  }

  /** Replaces or creates {@code target} as one step. */
  public static void write(Path target, byte[] bytes, Owner owner) throws IOException {
    Path temporary = target.resolveSibling("." + target.getFileName() + ".tmp");
    Files.deleteIfExists(temporary);
    try {
      try (FileChannel out =
          FileChannel.open(temporary, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
        ByteBuffer rest = ByteBuffer.wrap(bytes);
        while (rest.hasRemaining()) {
          out.write(rest);
        }
        out.force(true);
      }
      owner.giveTo(temporary);
      Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException | RuntimeException e) {
      Files.deleteIfExists(temporary);
      throw e;
    }
    syncDirectory(target.getParent());
  }

  /** Creates what is missing of a path, private to owner and group, each level made durable. */
  public static void createDirectories(Path directory, Owner owner) throws IOException {
    if (Files.isDirectory(directory, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    createDirectories(directory.getParent(), owner);
    Files.createDirectory(
        directory,
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwxr-x---")));
    owner.giveTo(directory);
    if (owner.byGroup()) {
      // Who comes after, as the file's new owner, is of that group too.
      Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxrwx---"));
    }
    syncDirectory(directory.getParent());
  }

  /** Makes new names in a directory durable. */
  public static void syncDirectory(Path directory) throws IOException {
    try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  /** Removes a directory and what is in it; symbolic links are removed, not followed. */
  public static void deleteTree(Path directory) throws IOException {
    if (!Files.exists(directory, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    List<Path> all;
    try (Stream<Path> walk = Files.walk(directory)) {
      all = walk.sorted(Comparator.reverseOrder()).toList();
    }
    for (Path path : all) {
      Files.deleteIfExists(path);
    }
    syncDirectory(directory.getParent());
  }
}
