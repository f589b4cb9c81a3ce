package dev.litehaven.runner.swap;

import dev.litehaven.protocol.Sha256;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * A file system in memory that knows what is durable: changes of names wait for a sync of their
 * directory, writes for one of their file. {@link #crashes} lists everything a kill or a power loss
 * may leave: of each directory's waiting changes any beginning, of each file's waiting writes any
 * subset. Names are paths; directories themselves are taken as durable.
 */
final class SimFileSystem implements FileOps {
  /** A waiting change, kept or lost as a whole: a name gets an inode, another one goes; or null. */
  private record Change(String gained, Long inode, String lost) {}

  private record Write(byte[] bytes, int position) {}

  private static final class Inode {
    byte[] durable = new byte[0];
    List<Write> waiting = new ArrayList<>();

    Inode copy() {
      var out = new Inode();
      out.durable = durable;
      out.waiting = new ArrayList<>(waiting);
      return out;
    }

    byte[] content() {
      var out = durable;
      for (Write write : waiting) {
        out = applied(out, write);
      }
      return out;
    }

    private static byte[] applied(byte[] to, Write write) {
      var out = Arrays.copyOf(to, Math.max(to.length, write.position() + write.bytes().length));
      System.arraycopy(write.bytes(), 0, out, write.position(), write.bytes().length);
      return out;
    }
  }

  private static final String RECORDS = "/" + IntentStore.DIRECTORY + "/";

  private final Map<String, Long> names = new TreeMap<>();
  private final Map<String, Long> durableNames = new TreeMap<>();
  private final Map<String, List<Change>> waiting = new TreeMap<>();
  private final Set<String> directories = new TreeSet<>();
  private final Map<Long, Inode> inodes = new HashMap<>();
  private long nextInode = 1;

  synchronized SimFileSystem copy() {
    var out = withoutNames();
    out.names.putAll(names);
    out.durableNames.putAll(durableNames);
    waiting.forEach((d, changes) -> out.waiting.put(d, new ArrayList<>(changes)));
    inodes.forEach((i, inode) -> out.inodes.put(i, inode.copy()));
    return out;
  }

  private SimFileSystem withoutNames() {
    var out = new SimFileSystem();
    out.directories.addAll(directories);
    out.nextInode = nextInode;
    return out;
  }

  /** Everything that was waiting becomes durable. */
  void syncAll() {
    durableNames.clear();
    durableNames.putAll(names);
    waiting.clear();
    for (Inode inode : inodes.values()) {
      inode.durable = inode.content();
      inode.waiting.clear();
    }
  }

  /** The state after a kill, then every one after a power loss. */
  List<SimFileSystem> crashes() {
    var out = new ArrayList<SimFileSystem>();
    out.add(copy());
    var bases = new ArrayList<Map<String, Long>>();
    bases.add(new TreeMap<>(durableNames));
    for (List<Change> changes : waiting.values()) {
      var more = new ArrayList<Map<String, Long>>();
      for (Map<String, Long> base : bases) {
        for (int kept = 0; kept <= changes.size(); kept++) {
          var state = new TreeMap<>(base);
          changes.subList(0, kept).forEach(c -> apply(state, c));
          more.add(state);
        }
      }
      bases.clear();
      bases.addAll(more);
    }
    for (Map<String, Long> base : bases) {
      addContents(base, List.copyOf(new TreeSet<>(base.values())), 0, new HashMap<>(), out);
    }
    return out;
  }

  private void addContents(
      Map<String, Long> base,
      List<Long> used,
      int at,
      Map<Long, byte[]> chosen,
      List<SimFileSystem> out) {
    if (at == used.size()) {
      var state = withoutNames();
      state.names.putAll(base);
      state.durableNames.putAll(base);
      chosen.forEach(
          (i, bytes) -> {
            var inode = new Inode();
            inode.durable = bytes;
            state.inodes.put(i, inode);
          });
      out.add(state);
      return;
    }
    var inode = inodes.get(used.get(at));
    for (int subset = 0; subset < 1 << inode.waiting.size(); subset++) {
      var bytes = inode.durable;
      for (int i = 0; i < inode.waiting.size(); i++) {
        if ((subset & 1 << i) != 0) {
          bytes = Inode.applied(bytes, inode.waiting.get(i));
        }
      }
      chosen.put(used.get(at), bytes);
      addContents(base, used, at + 1, chosen, out);
    }
  }

  /** Equal for states that no later step can tell apart. Records are told by what is in them. */
  String key() {
    var out = new StringBuilder();
    describe(out, names);
    out.append('|');
    describe(out, durableNames);
    waiting.forEach(
        (directory, changes) -> {
          out.append('|').append(directory);
          for (Change c : changes) {
            out.append(',').append(c.lost()).append('>').append(c.gained());
            out.append('=').append(c.gained() == null ? "" : shown(c.gained(), c.inode()));
          }
        });
    return out.toString();
  }

  private void describe(StringBuilder out, Map<String, Long> of) {
    of.forEach((name, i) -> out.append(name).append('=').append(shown(name, i)).append(';'));
  }

  private String shown(String name, Long i) {
    if (i == null || !inodes.containsKey(i) || name.endsWith(".tmp")) {
      return "-"; // what is in a half-written record nobody ever reads
    }
    var inode = inodes.get(i);
    var id = name.contains(RECORDS) ? "" : i + ":";
    return id + Sha256.of(inode.content()) + "/" + Sha256.of(inode.durable);
  }

  /** For tests that set a scene or look at one. */
  byte[] bytes(Path path) {
    return inodes.get(names.get(path.toString())).content();
  }

  boolean has(Path path) {
    return names.containsKey(path.toString());
  }

  long inodeOf(Path path) {
    return names.get(path.toString());
  }

  byte[] bytesOf(long inode) {
    return inodes.get(inode).content();
  }

  Set<String> namesNow() {
    return Set.copyOf(names.keySet());
  }

  /** As an application writes: durable at once. */
  void overwrite(Path path, byte[] bytes) {
    var inode = inodes.get(names.get(path.toString()));
    inode.durable = bytes;
    inode.waiting.clear();
  }

  void directory(Path path) {
    directories.add(path.toString());
  }

  private static void apply(Map<String, Long> state, Change change) {
    if (change.lost() != null) {
      state.remove(change.lost());
    }
    if (change.gained() != null) {
      state.put(change.gained(), change.inode());
    }
  }

  private void change(Path directory, Change change) {
    apply(names, change);
    waiting.computeIfAbsent(directory.toString(), d -> new ArrayList<>()).add(change);
  }

  @Override
  public synchronized Optional<FileStat> stat(Path path) {
    if (directories.contains(path.toString())) {
      return Optional.of(new FileStat(FileStat.Kind.DIRECTORY, 0, 1, 0, 0, 0700, 0, 0));
    }
    return Optional.ofNullable(names.get(path.toString())).map(this::fileStat);
  }

  private FileStat fileStat(long i) {
    int links = (int) names.values().stream().filter(n -> n == i).count();
    var size = inodes.get(i).content().length;
    return new FileStat(FileStat.Kind.FILE, i, links, 0, 0, 0600, size, 0);
  }

  @Override
  public synchronized List<String> list(Path directory) {
    return names.keySet().stream()
        .map(Path::of)
        .filter(p -> p.getParent().equals(directory))
        .map(p -> p.getFileName().toString())
        .toList();
  }

  @Override
  public void createDirectory(Path directory, int mode) {
    directories.add(directory.toString());
  }

  @Override
  public void chown(Path path, int uid, int gid) {
    throw new UnsupportedOperationException();
  }

  @Override
  public synchronized FileHandle create(Path path, int mode) throws IOException {
    if (names.containsKey(path.toString())) {
      throw new ErrnoException("open", path, ErrnoException.EEXIST);
    }
    inodes.put(nextInode, new Inode());
    change(path.getParent(), new Change(path.toString(), nextInode, null));
    return new Handle(nextInode++);
  }

  @Override
  public synchronized FileHandle open(Path path) throws IOException {
    return new Handle(existing(path));
  }

  @Override
  public FileHandle openToRead(Path path) throws IOException {
    return open(path);
  }

  private long existing(Path path) throws IOException {
    var inode = names.get(path.toString());
    if (inode == null) {
      throw new ErrnoException("open", path, ErrnoException.ENOENT);
    }
    return inode;
  }

  @Override
  public synchronized void link(Path existing, Path name) throws IOException {
    if (names.containsKey(name.toString())) {
      throw new ErrnoException("link", name, ErrnoException.EEXIST);
    }
    change(name.getParent(), new Change(name.toString(), existing(existing), null));
  }

  @Override
  public synchronized void rename(Path from, Path to) throws IOException {
    long inode = existing(from);
    if (Long.valueOf(inode).equals(names.get(to.toString()))) {
      return; // as POSIX has it: both names stay
    }
    if (!from.getParent().equals(to.getParent())) {
      throw new ErrnoException("rename", from, ErrnoException.EXDEV);
    }
    change(from.getParent(), new Change(to.toString(), inode, from.toString()));
  }

  @Override
  public synchronized boolean unlink(Path path) {
    if (!names.containsKey(path.toString())) {
      return false;
    }
    change(path.getParent(), new Change(null, null, path.toString()));
    return true;
  }

  @Override
  public synchronized void fsyncDirectory(Path directory) {
    var changes = waiting.remove(directory.toString());
    if (changes != null) {
      changes.forEach(c -> apply(durableNames, c));
    }
  }

  @Override
  public Optional<Closeable> tryLock(Path path, String holder) {
    return Optional.of(() -> {});
  }

  private final class Handle implements FileHandle {
    private final long inode;

    Handle(long inode) {
      this.inode = inode;
    }

    @Override
    public FileStat stat() {
      synchronized (SimFileSystem.this) {
        return fileStat(inode);
      }
    }

    @Override
    public int read(byte[] into, long position) {
      synchronized (SimFileSystem.this) {
        var content = inodes.get(inode).content();
        int n = Math.clamp(content.length - position, 0, into.length);
        System.arraycopy(content, (int) position, into, 0, n);
        return n;
      }
    }

    @Override
    public void write(byte[] bytes, long position) {
      synchronized (SimFileSystem.this) {
        inodes.get(inode).waiting.add(new Write(bytes.clone(), (int) position));
      }
    }

    @Override
    public void copyFrom(FileHandle source) {
      synchronized (SimFileSystem.this) {
        write(inodes.get(((Handle) source).inode).content(), 0);
      }
    }

    @Override
    public void adopt(FileHandle source) {
      // Owners and modes are the same throughout.
    }

    @Override
    public void fsync() {
      synchronized (SimFileSystem.this) {
        var file = inodes.get(inode);
        file.durable = file.content();
        file.waiting.clear();
      }
    }

    @Override
    public void takeLease() {
      // Strangers come only while nobody runs: see SwapModelTest.
    }

    @Override
    public boolean leaseIntact() {
      return true;
    }

    @Override
    public void close() {}
  }
}
