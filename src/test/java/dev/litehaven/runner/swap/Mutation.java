package dev.litehaven.runner.swap;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The protocol with one of its protections taken out, by what does not happen on the file system:
 * to see that the model notices.
 */
enum Mutation {
  /** Half a set can be opened. */
  NO_TOMBSTONES,
  /** Recovery builds on what a killed process did and the next power loss takes back. */
  NO_RESYNC,
  /** Each tombstone only just before its own file's rename. */
  RENAME_BEFORE_ALL_TOMBSTONES,
  /** All files look like the same one. */
  NO_INODES,
  NO_FSYNC_OF_FILES,
  NO_FSYNC_OF_DIRECTORIES;

  FileOps apply(FileOps real) {
    return new Mutated(real, this);
  }

  private static final class Mutated implements FileOps {
    private final FileOps real;
    private final Mutation mutation;
    private final Map<Path, Delayed> delayed = new HashMap<>();
    private boolean begun;

    private record Delayed(FileHandle handle, byte[] tombstone) {}

    Mutated(FileOps real, Mutation mutation) {
      this.real = real;
      this.mutation = mutation;
    }

    /** Recovery's first syncs are those before it takes a lease or changes anything. */
    private boolean skipsSync(boolean directory) {
      return switch (mutation) {
        case NO_RESYNC -> !begun;
        case NO_FSYNC_OF_FILES -> !directory;
        case NO_FSYNC_OF_DIRECTORIES -> directory;
        case NO_TOMBSTONES, RENAME_BEFORE_ALL_TOMBSTONES, NO_INODES -> false;
      };
    }

    private FileStat seen(FileStat s) {
      return mutation == NO_INODES
          ? new FileStat(
              s.kind(), 7, s.links(), s.uid(), s.gid(), s.mode(), s.size(), s.modifiedNanos())
          : s;
    }

    @Override
    public Optional<FileStat> stat(Path path) throws IOException {
      return real.stat(path).map(this::seen);
    }

    @Override
    public List<String> list(Path directory) throws IOException {
      return real.list(directory);
    }

    @Override
    public void createDirectory(Path directory, int mode) throws IOException {
      real.createDirectory(directory, mode);
    }

    @Override
    public void chown(Path path, int uid, int gid) throws IOException {
      real.chown(path, uid, gid);
    }

    @Override
    public FileHandle create(Path path, int mode) throws IOException {
      begun = true;
      return new Handle(real.create(path, mode), path);
    }

    @Override
    public FileHandle open(Path path) throws IOException {
      return new Handle(real.open(path), path);
    }

    @Override
    public FileHandle openToRead(Path path) throws IOException {
      return new Handle(real.openToRead(path), path);
    }

    @Override
    public void link(Path existing, Path name) throws IOException {
      begun = true;
      real.link(existing, name);
    }

    @Override
    public void rename(Path from, Path to) throws IOException {
      begun = true;
      var late = delayed.remove(to);
      if (late != null) {
        late.handle().write(late.tombstone(), 0);
        late.handle().fsync();
      }
      real.rename(from, to);
    }

    @Override
    public boolean unlink(Path path) throws IOException {
      begun = true;
      return real.unlink(path);
    }

    @Override
    public void fsyncDirectory(Path directory) throws IOException {
      if (!skipsSync(true)) {
        real.fsyncDirectory(directory);
      }
    }

    @Override
    public Optional<Closeable> tryLock(Path path, String holder) throws IOException {
      return real.tryLock(path, holder);
    }

    private final class Handle implements FileHandle {
      private final FileHandle handle;
      private final Path path;

      Handle(FileHandle handle, Path path) {
        this.handle = handle;
        this.path = path;
      }

      @Override
      public FileStat stat() throws IOException {
        return seen(handle.stat());
      }

      @Override
      public int read(byte[] into, long position) throws IOException {
        return handle.read(into, position);
      }

      @Override
      public void write(byte[] bytes, long position) throws IOException {
        begun = true;
        boolean tombstone = position == 0 && Header.isTombstone(bytes);
        if (tombstone && mutation == NO_TOMBSTONES) {
          return;
        }
        if (tombstone && mutation == RENAME_BEFORE_ALL_TOMBSTONES) {
          delayed.put(path, new Delayed(handle, bytes));
          return;
        }
        handle.write(bytes, position);
      }

      @Override
      public void copyFrom(FileHandle source) throws IOException {
        handle.copyFrom(((Handle) source).handle);
      }

      @Override
      public void adopt(FileHandle source) throws IOException {
        handle.adopt(((Handle) source).handle);
      }

      @Override
      public void fsync() throws IOException {
        if (!skipsSync(false)) {
          handle.fsync();
        }
      }

      @Override
      public void takeLease() throws IOException {
        begun = true;
        handle.takeLease();
      }

      @Override
      public boolean leaseIntact() throws IOException {
        return handle.leaseIntact();
      }

      @Override
      public void close() throws IOException {
        handle.close();
      }
    }
  }
}
