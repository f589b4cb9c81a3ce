package dev.litehaven.runner.restore;

import dev.litehaven.protocol.DatabaseFile;
import dev.litehaven.protocol.Reason;
import dev.litehaven.protocol.RefusedException;
import dev.litehaven.protocol.RunRef;
import dev.litehaven.protocol.Sha256;
import dev.litehaven.runner.backup.DurableFiles;
import dev.litehaven.runner.backup.DurableFiles.Owner;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Files beside the database that a backup has. They are unpacked on the volume before the swap and
 * get their names after it, each by a rename; what a name held before is kept until the run is
 * settled, so that a rollback can give it back. Each part may be interrupted and repeated.
 *
 * <p>No name leads out of the volume, into Litehaven's own directory or to a database, and no link
 * is followed on the way.
 */
public final class CompanionFiles {
  private static final int BUFFER_BYTES = 256 * 1024;
  private static final List<String> SIDECARS = List.of("", "-wal", "-shm", "-journal");
  private static final PosixFilePermission[] BITS = {
    PosixFilePermission.OTHERS_EXECUTE,
    PosixFilePermission.OTHERS_WRITE,
    PosixFilePermission.OTHERS_READ,
    PosixFilePermission.GROUP_EXECUTE,
    PosixFilePermission.GROUP_WRITE,
    PosixFilePermission.GROUP_READ,
    PosixFilePermission.OWNER_EXECUTE,
    PosixFilePermission.OWNER_WRITE,
    PosixFilePermission.OWNER_READ
  };

  private final Path root;
  private final Path staged;
  private final Path unpacked;
  private final Path replaced;
  private final Path added;
  private final Path made;

  /**
   * @param root of the volume, without a link in it
   */
  public CompanionFiles(Path root, RunRef run) {
    this(root, Staged.directory(root, run));
  }

  /** Of an earlier run. */
  public CompanionFiles(Path root, String runId) {
    this(root, root.resolve(".litehaven").resolve("restore").resolve(runId));
  }

  private CompanionFiles(Path root, Path staged) {
    this.root = root;
    this.staged = staged;
    this.unpacked = staged.resolve("companions");
    this.replaced = staged.resolve("replaced");
    this.added = staged.resolve("added");
    this.made = staged.resolve("made");
  }

  /**
   * Unpacks what was fetched, durably; nothing gets its name yet.
   *
   * @param files of the database; they and their sidecars are no companions
   * @return paths relative to the root; empty where the backup has none
   * @throws RefusedException {@link Reason#BACKUP_DAMAGED} the tar is not what was fetched, or has
   *     what no tar of companions has; {@link Reason#SYMBOLIC_LINK} a link is on the way to a name
   */
  public Set<Path> unpack(Staged record, List<DatabaseFile> files, Owner owner) throws IOException {
    DurableFiles.deleteTree(unpacked);
    Set<Path> paths = new TreeSet<>();
    if (record.companions() == null) {
      return paths;
    }
    DurableFiles.createDirectories(unpacked, owner);
    MessageDigest digest = Sha256.digest();
    try (FileChannel tar =
            FileChannel.open(
                staged.resolve(Staged.COMPANIONS),
                StandardOpenOption.READ,
                LinkOption.NOFOLLOW_LINKS);
        InputStream in = new DigestInputStream(Channels.newInputStream(tar), digest)) {
      var reader = new TarReader(in);
      Optional<TarReader.Entry> entry = next(reader);
      while (entry.isPresent()) {
        Path path = path(entry.get().path(), files);
        if (!paths.add(path)) {
          throw damaged("it has " + path + " twice");
        }
        requireWay(path);
        write(reader, entry.get(), unpacked.resolve(path), owner);
        entry = next(reader);
      }
      in.transferTo(OutputStream.nullOutputStream());
    }
    if (!Sha256.hex(digest).equals(record.companions().sha256())) {
      throw damaged("it does not have the SHA-256 that was recorded");
    }
    return paths;
  }

  private Optional<TarReader.Entry> next(TarReader reader) throws IOException {
    try {
      return reader.next();
    } catch (IOException e) {
      throw damaged(e.getMessage());
    }
  }

  private Path path(String name, List<DatabaseFile> files) {
    List<String> parts = List.of(name.split("/", -1));
    boolean inside =
        name.indexOf('\0') < 0
            && parts.stream().noneMatch(p -> p.isEmpty() || p.equals(".") || p.equals(".."))
            && !parts.getFirst().equals(".litehaven");
    boolean database =
        files.stream()
            .anyMatch(file -> SIDECARS.stream().anyMatch(s -> name.equals(file.path() + s)));
    if (!inside || database) {
      throw damaged("it has the name " + name + ", which no companion file has");
    }
    return Path.of(name);
  }

  /** Refuses a link, or anything else that is no directory, on the way to a name. */
  private void requireWay(Path path) {
    Path at = root;
    for (Path part : path) {
      at = at.resolve(part);
      boolean last = at.equals(root.resolve(path));
      boolean directory = Files.isDirectory(at, LinkOption.NOFOLLOW_LINKS);
      if (last ? directory : Files.exists(at, LinkOption.NOFOLLOW_LINKS) && !directory) {
        throw new RefusedException(
            Reason.SYMBOLIC_LINK,
            "The companion file %s cannot be restored: %s is %s. Move it away, or restore without companion files."
                .formatted(
                    path,
                    at,
                    last ? "a directory" : "a link or a file where a directory has to be"));
      }
    }
  }

  private void write(TarReader reader, TarReader.Entry entry, Path file, Owner owner)
      throws IOException {
    DurableFiles.createDirectories(file.getParent(), owner);
    try (FileChannel out =
        FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      OutputStream to = Channels.newOutputStream(out);
      byte[] buffer = new byte[BUFFER_BYTES];
      for (int read = reader.read(buffer); read >= 0; read = reader.read(buffer)) {
        to.write(buffer, 0, read);
      }
      Files.setPosixFilePermissions(file, permissions(entry.mode()));
      owner.giveTo(file);
      out.force(true);
    }
    DurableFiles.syncDirectory(file.getParent());
  }

  private static Set<PosixFilePermission> permissions(int mode) {
    Set<PosixFilePermission> permissions = EnumSet.noneOf(PosixFilePermission.class);
    for (int i = 0; i < BITS.length; i++) {
      if ((mode >> i & 1) != 0) {
        permissions.add(BITS[i]);
      }
    }
    return permissions;
  }

  /**
   * Gives what was unpacked its names. Nothing to do where nothing is unpacked.
   *
   * @param onlyAbsent leave what is there
   */
  public void putInPlace(Owner owner, boolean onlyAbsent) throws IOException {
    for (Path path : files(unpacked)) {
      requireWay(path);
      Path live = root.resolve(path);
      boolean there = Files.exists(live, LinkOption.NOFOLLOW_LINKS);
      if (there && onlyAbsent) {
        continue;
      }
      makeWay(path, owner);
      keep(path, live, there, owner);
      Files.move(unpacked.resolve(path), live, StandardCopyOption.ATOMIC_MOVE);
      DurableFiles.syncDirectory(live.getParent());
    }
    DurableFiles.deleteTree(unpacked);
  }

  /** Directories that are made are noted before, so that they can go again when they are empty. */
  private void makeWay(Path path, Owner owner) throws IOException {
    Set<Path> missing = new TreeSet<>();
    for (Path at = path.getParent();
        at != null && !Files.exists(root.resolve(at), LinkOption.NOFOLLOW_LINKS);
        at = at.getParent()) {
      missing.add(at);
    }
    if (!missing.isEmpty()) {
      Set<Path> noted = new TreeSet<>(made());
      if (noted.addAll(missing)) {
        String names = noted.stream().map(Path::toString).collect(Collectors.joining("\0"));
        DurableFiles.write(made, names.getBytes(StandardCharsets.UTF_8), owner);
      }
    }
    DurableFiles.createDirectories(root.resolve(path).getParent(), owner);
  }

  /** In alphabetical order: a directory before those in it. */
  private List<Path> made() throws IOException {
    return Files.exists(made, LinkOption.NOFOLLOW_LINKS)
        ? Stream.of(Files.readString(made).split("\0", -1)).map(Path::of).toList()
        : List.of();
  }

  /** So that it can be given back; what was kept by an interrupted attempt stays. */
  private void keep(Path path, Path live, boolean there, Owner owner) throws IOException {
    boolean kept =
        Files.exists(replaced.resolve(path), LinkOption.NOFOLLOW_LINKS)
            || Files.exists(added.resolve(path), LinkOption.NOFOLLOW_LINKS);
    if (kept) {
      return;
    }
    Path keeper = (there ? replaced : added).resolve(path);
    DurableFiles.createDirectories(keeper.getParent(), owner);
    if (there) {
      Files.createLink(keeper, live);
    } else {
      Files.createFile(keeper);
    }
    DurableFiles.syncDirectory(keeper.getParent());
  }

  /** Gives back what {@link #putInPlace} replaced, and removes what it added. */
  public void putBack() throws IOException {
    for (Path path : files(added)) {
      requireWay(path);
      if (Files.deleteIfExists(root.resolve(path))) {
        DurableFiles.syncDirectory(root.resolve(path).getParent());
      }
      Files.delete(added.resolve(path));
    }
    for (Path path : files(replaced)) {
      requireWay(path);
      Files.move(replaced.resolve(path), root.resolve(path), StandardCopyOption.ATOMIC_MOVE);
      DurableFiles.syncDirectory(root.resolve(path).getParent());
    }
    for (Path path : made().reversed()) {
      removeIfEmpty(root.resolve(path));
    }
    settle();
  }

  private static void removeIfEmpty(Path directory) throws IOException {
    boolean ours =
        Files.isDirectory(directory, LinkOption.NOFOLLOW_LINKS)
            && directory.toRealPath().equals(directory);
    try {
      if (ours && Files.deleteIfExists(directory)) {
        DurableFiles.syncDirectory(directory.getParent());
      }
    } catch (DirectoryNotEmptyException e) {
      // Somebody else has something in it by now.
    }
  }

  /** Removes what is kept, and all else of the run's restore. */
  public void settle() throws IOException {
    DurableFiles.deleteTree(staged);
  }

  /** Removes what was fetched; what a rollback would give back stays. */
  public void finish() throws IOException {
    if (files(replaced).isEmpty() && files(added).isEmpty()) {
      settle();
      return;
    }
    try (Stream<Path> entries = Files.list(staged)) {
      for (Path entry : entries.toList()) {
        if (!List.of(replaced, added, made).contains(entry)) {
          DurableFiles.deleteTree(entry);
        }
      }
    }
  }

  private static List<Path> files(Path directory) throws IOException {
    if (!Files.isDirectory(directory, LinkOption.NOFOLLOW_LINKS)) {
      return List.of();
    }
    try (Stream<Path> walk = Files.walk(directory)) {
      return walk.filter(file -> !Files.isDirectory(file, LinkOption.NOFOLLOW_LINKS))
          .map(directory::relativize)
          .sorted()
          .toList();
    }
  }

  private RefusedException damaged(String seen) {
    return Staged.damaged(staged, Staged.COMPANIONS + ": " + seen);
  }
}
