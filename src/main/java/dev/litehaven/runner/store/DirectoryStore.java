package dev.litehaven.runner.store;

import dev.litehaven.runner.backup.DurableFiles;
import dev.litehaven.runner.backup.DurableFiles.Owner;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * Objects as files below a directory. A new one is written beside its name, forced to disk, and
 * given its name as the last thing; a directory goes with its last object.
 */
public final class DirectoryStore implements BackupStore {
  private static final int CREATE_ATTEMPTS = 5;

  private final Path root;
  private final Owner owner;

  /**
   * @param root made with the first object
   * @param owner of what is made here; null: the one of the directory it is made in
   */
  public DirectoryStore(Path root, Owner owner) {
    this.root = root.toAbsolutePath().normalize();
    this.owner = owner;
  }

  private Path path(String key) {
    return root.resolve(BackupStore.requireKey(key));
  }

  private static Path temporary(Path file) {
    return file.resolveSibling("." + file.getFileName() + ".tmp");
  }

  private static boolean isTemporary(Path file) {
    String name = file.getFileName().toString();
    return name.startsWith(".") && name.endsWith(".tmp");
  }

  private Owner ownerIn(Path directory) throws IOException {
    if (owner != null) {
      return owner;
    }
    Path there = directory;
    while (!Files.exists(there, LinkOption.NOFOLLOW_LINKS)) {
      there = there.getParent();
    }
    return Owner.within(there);
  }

  @Override
  public Upload create(String key) throws IOException {
    Path file = path(key);
    Owner own = ownerIn(file.getParent());
    for (int attempt = 1; ; attempt++) {
      DurableFiles.createDirectories(file.getParent(), own);
      try {
        return new FileUpload(file, own);
      } catch (NoSuchFileException e) {
        // Who removed its last object removed the directory with it.
        if (attempt == CREATE_ATTEMPTS) {
          throw e;
        }
      }
    }
  }

  @Override
  public boolean createIfAbsent(String key, byte[] bytes) throws IOException {
    try (Upload upload = create(key)) {
      upload.write(bytes);
      upload.finish();
      return true;
    } catch (FileAlreadyExistsException e) {
      return false;
    }
  }

  @Override
  public void replace(String key, byte[] bytes) throws IOException {
    Path file = path(key);
    Owner own = ownerIn(file.getParent());
    DurableFiles.createDirectories(file.getParent(), own);
    DurableFiles.write(file, bytes, own);
  }

  @Override
  public InputStream open(String key) throws IOException {
    Path file = path(key);
    if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
      throw new NoSuchFileException(file.toString());
    }
    return Channels.newInputStream(FileChannel.open(file, StandardOpenOption.READ));
  }

  @Override
  public List<StoredObject> list(String prefix) throws IOException {
    List<StoredObject> objects = new ArrayList<>();
    for (Path file : files(prefix)) {
      if (!isTemporary(file)) {
        objects.add(new StoredObject(root.relativize(file).toString(), Files.size(file)));
      }
    }
    objects.sort(Comparator.comparing(StoredObject::key));
    return objects;
  }

  private Path directory(String prefix) {
    return prefix.isEmpty() ? root : path(prefix.substring(0, prefix.length() - 1));
  }

  private List<Path> files(String prefix) throws IOException {
    Path below = directory(prefix);
    if (!Files.isDirectory(below)) {
      return List.of();
    }
    try (Stream<Path> walk = Files.walk(below)) {
      return walk.filter(file -> Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)).toList();
    }
  }

  @Override
  public void delete(String key) throws IOException {
    Path file = path(key);
    if (Files.deleteIfExists(file)) {
      DurableFiles.syncDirectory(file.getParent());
    }
    removeIfEmpty(file.getParent());
  }

  /** A directory goes with its last object; but not the place itself. */
  private void removeIfEmpty(Path directory) throws IOException {
    try {
      for (Path at = directory; at.startsWith(root) && !at.equals(root); at = at.getParent()) {
        if (Files.deleteIfExists(at)) {
          DurableFiles.syncDirectory(at.getParent());
        }
      }
    } catch (DirectoryNotEmptyException | NoSuchFileException e) {
      // There is more in it, or somebody else was faster.
    }
  }

  @Override
  public void removeUnfinished(String prefix, Unfinished which) throws IOException {
    Path below = directory(prefix);
    if (!Files.isDirectory(below, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    List<Path> all;
    try (Stream<Path> walk = Files.walk(below)) {
      all = walk.sorted(Comparator.reverseOrder()).toList();
    }
    for (Path path : all) {
      String key = root.relativize(path).toString();
      boolean emptied =
          Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS) && !path.equals(root) && empty(path);
      if ((emptied || isTemporary(path))
          && which.test(
              emptied ? key + "/" : key,
              Files.getLastModifiedTime(path, LinkOption.NOFOLLOW_LINKS).toInstant())) {
        Files.deleteIfExists(path);
        removeIfEmpty(path.getParent());
      }
    }
  }

  private static boolean empty(Path directory) throws IOException {
    try (Stream<Path> in = Files.list(directory)) {
      return in.findAny().isEmpty();
    }
  }

  @Override
  public String describe(String key) {
    return root.resolve(key).toString();
  }

  @Override
  public void close() {}

  private final class FileUpload extends Upload {
    private final Path file;
    private final Path temporary;
    private final Owner own;
    private final FileChannel channel;
    private boolean finished;

    FileUpload(Path file, Owner own) throws IOException {
      this.file = file;
      this.temporary = temporary(file);
      this.own = own;
      Files.deleteIfExists(temporary);
      this.channel =
          FileChannel.open(temporary, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    }

    @Override
    public void write(int b) throws IOException {
      write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      ByteBuffer rest = ByteBuffer.wrap(bytes, offset, length);
      while (rest.hasRemaining()) {
        channel.write(rest);
      }
    }

    @Override
    public void finish() throws IOException {
      channel.force(true);
      channel.close();
      Files.setPosixFilePermissions(temporary, PosixFilePermissions.fromString("rw-r-----"));
      own.giveTo(temporary);
      name();
      finished = true;
      DurableFiles.syncDirectory(file.getParent());
    }

    /** A link is made only where there is no such name; a file system may know none, though. */
    private void name() throws IOException {
      try {
        Files.createLink(file, temporary);
      } catch (FileAlreadyExistsException e) {
        throw e;
      } catch (UnsupportedOperationException | FileSystemException e) {
        if (Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
          throw new FileAlreadyExistsException(file.toString());
        }
        Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
        return;
      }
      Files.delete(temporary);
    }

    @Override
    public void close() throws IOException {
      channel.close();
      if (!finished) {
        Files.deleteIfExists(temporary);
        removeIfEmpty(file.getParent());
      }
    }
  }
}
