package dev.litehaven.runner.swap;

import java.io.Closeable;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** {@link FileOps} on a real Linux file system. */
final class PosixFileOps implements FileOps {
  @Override
  public Optional<FileStat> stat(Path path) throws IOException {
    try {
      return Optional.of(Libc.stat(path.toString()));
    } catch (ErrnoException e) {
      if (e.errno() == ErrnoException.ENOENT || e.errno() == ErrnoException.ENOTDIR) {
        return Optional.empty();
      }
      throw e;
    }
  }

  @Override
  public List<String> list(Path directory) throws IOException {
    try (var entries = Files.list(directory)) {
      return entries.map(p -> p.getFileName().toString()).sorted().toList();
    }
  }

  @Override
  public void createDirectory(Path directory, int mode) throws IOException {
    Libc.mkdir(directory.toString(), mode);
  }

  @Override
  public void chown(Path path, int uid, int gid) throws IOException {
    Libc.lchown(path.toString(), uid, gid);
  }

  @Override
  public FileHandle create(Path path, int mode) throws IOException {
    int flags = Libc.O_RDWR | Libc.O_CREAT | Libc.O_EXCL | Libc.O_NOFOLLOW;
    return new PosixFileHandle(Libc.open(path.toString(), flags, mode), path);
  }

  @Override
  public FileHandle open(Path path) throws IOException {
    int flags = Libc.O_RDWR | Libc.O_NOFOLLOW | Libc.O_NONBLOCK;
    return new PosixFileHandle(Libc.open(path.toString(), flags, 0), path);
  }

  @Override
  public FileHandle openToRead(Path path) throws IOException {
    int flags = Libc.O_RDONLY | Libc.O_NOFOLLOW | Libc.O_NONBLOCK;
    return new PosixFileHandle(Libc.open(path.toString(), flags, 0), path);
  }

  @Override
  public void link(Path existing, Path name) throws IOException {
    Libc.link(existing.toString(), name.toString());
  }

  @Override
  public void rename(Path from, Path to) throws IOException {
    Libc.rename(from.toString(), to.toString());
  }

  @Override
  public boolean unlink(Path path) throws IOException {
    try {
      Libc.unlink(path.toString());
      return true;
    } catch (ErrnoException e) {
      if (e.errno() == ErrnoException.ENOENT) {
        return false;
      }
      throw e;
    }
  }

  @Override
  public void fsyncDirectory(Path directory) throws IOException {
    int fd = Libc.open(directory.toString(), Libc.O_RDONLY | Libc.O_DIRECTORY, 0);
    try {
      Libc.fsync(fd, directory);
    } finally {
      Libc.close(fd);
    }
  }

  @Override
  public Optional<Closeable> tryLock(Path path, String holder) throws IOException {
    int flags = Libc.O_RDWR | Libc.O_CREAT | Libc.O_NOFOLLOW;
    int fd = Libc.open(path.toString(), flags, 0600);
    try {
      Libc.lockExclusively(fd, path);
    } catch (ErrnoException e) {
      Libc.close(fd);
      if (e.errno() == ErrnoException.EAGAIN) {
        return Optional.empty();
      }
      throw e;
    }
    var handle = new PosixFileHandle(fd, path);
    Libc.truncate(fd, path);
    handle.write(holder.getBytes(StandardCharsets.UTF_8), 0);
    return Optional.of(handle);
  }
}
