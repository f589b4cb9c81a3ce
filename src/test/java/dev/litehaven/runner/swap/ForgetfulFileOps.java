package dev.litehaven.runner.swap;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;

/**
 * A layer over real files that knows what was synced. {@link #losePower} takes the rest back: of
 * the changes of names and of the writes that were not synced, any may stay and any may go, each by
 * itself. What SQLite wrote to a file without this layer goes and stays by blocks. Inodes keep
 * their numbers. Directories themselves are taken as durable.
 */
final class ForgetfulFileOps implements FileOps {
  private static final int BLOCK = 512;

  /**
   * A change of names, kept or lost as a whole: a name gets an inode, another one goes; or null.
   */
  private record Change(String gained, long inode, String lost) {}

  private record Write(byte[] bytes, int position) {}

  private final FileOps real;
  private final Path root;
  private final Path attic;
  private final Map<Path, Map<String, Long>> durableNames = new HashMap<>();
  private final Map<Path, List<Change>> waiting = new HashMap<>();
  private final Map<Long, byte[]> durableBytes = new HashMap<>();
  private final Map<Long, List<Write>> writes = new HashMap<>();
  private final Set<Long> kept = new HashSet<>();

  /**
   * @param root everything below it is durable now
   * @param attic a directory of the same file system, elsewhere, for what lost its last name
   */
  ForgetfulFileOps(FileOps real, Path root, Path attic) throws IOException {
    this.real = real;
    this.root = root;
    this.attic = Files.createDirectories(attic);
    for (Path directory : directories()) {
      durableNames.put(directory, names(directory));
      for (String name : durableNames.get(directory).keySet()) {
        durableBytes.put(
            inode(directory.resolve(name)), Files.readAllBytes(directory.resolve(name)));
      }
    }
  }

  private List<Path> directories() throws IOException {
    try (var all = Files.walk(root)) {
      return all.filter(Files::isDirectory).sorted().toList(); // for the same seed the same order
    }
  }

  private static long inode(Path file) throws IOException {
    return (Long) Files.getAttribute(file, "unix:ino", LinkOption.NOFOLLOW_LINKS);
  }

  private static Map<String, Long> names(Path directory) throws IOException {
    var found = new TreeMap<String, Long>();
    try (var files = Files.list(directory)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        found.put(file.getFileName().toString(), inode(file));
      }
    }
    return found;
  }

  /**
   * Puts the directory into a state in which a power loss now may leave it. Nothing may be open.
   */
  void losePower(Random random) throws IOException {
    // All of it, nothing of it, or any part.
    double chance = List.of(0.0, 0.5, 1.0, 0.8, 0.2).get(random.nextInt(5));
    var after = new TreeMap<Path, Map<String, Long>>();
    for (Path directory : directories()) {
      after.put(directory, namesAfter(directory, chance, random));
      for (String name : names(directory).keySet()) {
        keep(directory.resolve(name));
        Files.delete(directory.resolve(name));
      }
    }
    var done = new HashSet<Long>();
    for (var directory : after.entrySet()) {
      for (var name : directory.getValue().entrySet()) {
        Path file = inAttic(name.getValue());
        if (done.add(name.getValue())) {
          byte[] bytes = bytesAfter(name.getValue(), Files.readAllBytes(file), chance, random);
          Files.write(file, bytes, StandardOpenOption.TRUNCATE_EXISTING);
        }
        Files.createLink(directory.getKey().resolve(name.getKey()), file);
      }
    }
    for (long inode : kept) {
      Files.delete(inAttic(inode));
    }
  }

  private Map<String, Long> namesAfter(Path directory, double chance, Random random)
      throws IOException {
    var state = new TreeMap<>(durableNames.getOrDefault(directory, Map.of()));
    var known = new HashSet<>(state.keySet());
    for (Change change : waiting.getOrDefault(directory, List.of())) {
      known.add(change.gained());
      if (random.nextDouble() < chance) {
        apply(state, change);
      }
    }
    for (var made : names(directory).entrySet()) {
      // SQLite's own, beside a copy.
      if (!known.contains(made.getKey()) && random.nextDouble() < chance) {
        state.put(made.getKey(), made.getValue());
      }
    }
    return state;
  }

  private static void apply(Map<String, Long> state, Change change) {
    if (change.lost() != null) {
      state.remove(change.lost());
    }
    if (change.gained() != null) {
      state.put(change.gained(), change.inode());
    }
  }

  private byte[] bytesAfter(long inode, byte[] now, double chance, Random random) {
    byte[] bytes = durableBytes.getOrDefault(inode, new byte[0]);
    if (writes.containsKey(inode)) {
      for (Write write : writes.get(inode)) {
        if (random.nextDouble() < chance) {
          bytes = applied(bytes, write);
        }
      }
      return bytes;
    }
    for (int at = 0; at < now.length; at += BLOCK) {
      byte[] block = Arrays.copyOfRange(now, at, Math.min(at + BLOCK, now.length));
      byte[] before =
          Arrays.copyOfRange(
              bytes, Math.min(at, bytes.length), Math.min(at + block.length, bytes.length));
      if (!Arrays.equals(block, before) && random.nextDouble() < chance) {
        bytes = applied(bytes, new Write(block, at));
      }
    }
    boolean shortened = bytes.length > now.length && random.nextDouble() < chance;
    return shortened ? Arrays.copyOf(bytes, now.length) : bytes;
  }

  private static byte[] applied(byte[] to, Write write) {
    var out = Arrays.copyOf(to, Math.max(to.length, write.position() + write.bytes().length));
    System.arraycopy(write.bytes(), 0, out, write.position(), write.bytes().length);
    return out;
  }

  /** Keeps what is at a name from going with it. */
  private void keep(Path name) throws IOException {
    long inode = inode(name);
    if (kept.add(inode)) {
      Files.createLink(inAttic(inode), name);
    }
  }

  private Path inAttic(long inode) {
    return attic.resolve(Long.toString(inode));
  }

  private synchronized void changed(Path directory, Change change) {
    waiting.computeIfAbsent(directory, d -> new ArrayList<>()).add(change);
  }

  /**
   * SQLite syncs a database before it takes a journal or log away, and does not sync that: after a
   * power loss it may be there again, as it was.
   */
  DatabaseQuiescer quiescer(DatabaseQuiescer sqlite) {
    return new DatabaseQuiescer() {
      @Override
      public String quiesce(Path database) throws IOException {
        Path directory = database.getParent();
        var before = names(directory);
        for (Path sidecar : Intent.sidecars(database)) {
          if (before.containsKey(sidecar.getFileName().toString())) {
            keep(sidecar);
          }
        }
        var mode = sqlite.quiesce(database);
        durableBytes.put(inode(database), Files.readAllBytes(database));
        before.keySet().removeAll(names(directory).keySet());
        before.forEach((name, inode) -> changed(directory, new Change(null, 0, name)));
        return mode;
      }

      @Override
      public void finish(Path copy, String journalMode) throws IOException {
        sqlite.finish(copy, journalMode);
      }
    };
  }

  /** Without the name in the attic, which no other process would see. */
  private FileStat seen(FileStat s) {
    return kept.contains(s.inode())
        ? new FileStat(
            s.kind(),
            s.inode(),
            s.links() - 1,
            s.uid(),
            s.gid(),
            s.mode(),
            s.size(),
            s.modifiedNanos())
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
    FileHandle handle = real.create(path, mode);
    changed(path.getParent(), new Change(path.getFileName().toString(), inode(path), null));
    durableBytes.put(inode(path), new byte[0]);
    return new Handle(handle);
  }

  @Override
  public FileHandle open(Path path) throws IOException {
    return new Handle(real.open(path));
  }

  @Override
  public FileHandle openToRead(Path path) throws IOException {
    return new Handle(real.openToRead(path));
  }

  @Override
  public void link(Path existing, Path name) throws IOException {
    real.link(existing, name);
    changed(name.getParent(), new Change(name.getFileName().toString(), inode(name), null));
  }

  @Override
  public void rename(Path from, Path to) throws IOException {
    long inode = inode(from);
    if (Files.exists(to)) {
      if (inode(to) == inode) {
        return; // as POSIX has it: both names stay
      }
      keep(to);
    }
    real.rename(from, to);
    changed(
        from.getParent(),
        new Change(to.getFileName().toString(), inode, from.getFileName().toString()));
  }

  @Override
  public boolean unlink(Path path) throws IOException {
    if (!Files.exists(path)) {
      return real.unlink(path);
    }
    keep(path);
    changed(path.getParent(), new Change(null, 0, path.getFileName().toString()));
    return real.unlink(path);
  }

  @Override
  public synchronized void fsyncDirectory(Path directory) throws IOException {
    real.fsyncDirectory(directory);
    waiting.remove(directory);
    durableNames.put(directory, names(directory));
  }

  @Override
  public Optional<Closeable> tryLock(Path path, String holder) throws IOException {
    return real.tryLock(path, holder);
  }

  private final class Handle implements FileHandle {
    private final FileHandle handle;

    Handle(FileHandle handle) {
      this.handle = handle;
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
      handle.write(bytes, position);
      writes
          .computeIfAbsent(handle.stat().inode(), i -> new ArrayList<>())
          .add(new Write(bytes.clone(), (int) position));
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
      handle.fsync();
      var stat = handle.stat();
      var bytes = new byte[(int) stat.size()];
      handle.read(bytes, 0);
      durableBytes.put(stat.inode(), bytes);
      writes.remove(stat.inode());
    }

    @Override
    public void takeLease() throws IOException {
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
