package dev.litehaven.runner.swap;

import dev.litehaven.protocol.DatabaseFile;
import dev.litehaven.protocol.Reason;
import dev.litehaven.protocol.RefusedException;
import dev.litehaven.runner.sqlite.SqliteHeader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** Everything that can be known to go wrong before anything is touched. */
final class Preflight {
  // File systems shared between kernels: neither WAL nor leases nor locks reach the other side.
  private static final Set<String> NETWORK =
      Set.of(
          "nfs",
          "nfs4",
          "cifs",
          "smb3",
          "smbfs",
          "9p",
          "virtiofs",
          "ceph",
          "glusterfs",
          "lustre",
          "gpfs",
          "beegfs",
          "ocfs2",
          "gfs2",
          "afs",
          "ncpfs",
          "vboxsf",
          "vmhgfs",
          "orangefs");

  // Linux allows 255 bytes; a run's longest addition is ".", ".lh-<32>.failed-journal".
  private static final int LONGEST_NAME = 200;

  private static final long MARGIN = 1 << 20;
  private static final int DIRECTORY_MODE = 0770;

  private Preflight() {}

  /** Refuses a volume that cannot be swapped on at all. */
  static void volume(Path root, FileOps ops, VolumeFacts facts) throws IOException {
    if (ops.stat(root).isEmpty()) {
      throw new RefusedException(
          Reason.FILE_NOT_FOUND, "The volume's root " + root + " does not exist; check the mount");
    }
    mount(root, facts);
  }

  /** Refuses what the volume's root is mounted as. */
  static void mount(Path root, VolumeFacts facts) throws IOException {
    var mount = facts.mountOf(root);
    if (NETWORK.contains(mount.type()) || isForeignFuse(mount.type())) {
      throw new RefusedException(
          Reason.NETWORK_FILESYSTEM,
          root
              + " is on "
              + mount.type()
              + ", which other machines may share: SQLite's locks and the leases that find forgotten"
              + " writers do not work there. Move the database to a block or local volume");
    }
    if (mount.readOnly()) {
      throw new RefusedException(
          Reason.READ_ONLY_VOLUME,
          root + " is mounted read-only (" + mount.type() + "); mount it read-write");
    }
  }

  private static boolean isForeignFuse(String type) {
    return type.toLowerCase(Locale.ROOT).startsWith("fuse") && !type.equals("fuseblk");
  }

  /** Refuses files that are not what a swap can work with; changes nothing. */
  static void files(SwapVolume volume, List<DatabaseFile> files) throws IOException {
    var names = new HashSet<String>();
    var paths = new HashSet<Path>();
    long needed = MARGIN;
    for (DatabaseFile file : files) {
      var live = locate(volume, file.path());
      if (!names.add(file.name()) || !paths.add(live)) {
        throw new RefusedException(
            Reason.INVALID_REQUEST, "The file " + file + " is named twice; name it once");
      }
      var stat = inspect(volume, live);
      needed += stat.size() + stat.size() / 10;
    }
    if (files.isEmpty()) {
      throw new RefusedException(Reason.INVALID_REQUEST, "No file is named; name at least one");
    }
    long free = volume.facts().freeBytes(volume.root());
    if (free < needed) {
      throw new RefusedException(
          Reason.NO_SPACE,
          "The copies need "
              + needed
              + " bytes on "
              + volume.root()
              + ", "
              + free
              + " are free. Grow the volume or free space, then try again");
    }
  }

  /** The file's absolute path, when it is a plain file of this volume and of nowhere else. */
  private static Path locate(SwapVolume volume, String path) throws IOException {
    var root = volume.root();
    var parts = parts(path);
    var at = root;
    FileStat stat = null;
    for (String part : parts) {
      at = at.resolve(part);
      var here = at;
      stat =
          volume
              .ops()
              .stat(at)
              .orElseThrow(
                  () ->
                      new RefusedException(
                          Reason.FILE_NOT_FOUND,
                          here + " does not exist; check the path \"" + path + "\""));
      if (stat.kind() == FileStat.Kind.SYMBOLIC_LINK) {
        throw new RefusedException(
            Reason.SYMBOLIC_LINK,
            at + " is a symbolic link: a rename would replace the link. Name the real file");
      }
    }
    if (stat.kind() != FileStat.Kind.FILE) {
      throw new RefusedException(
          Reason.NOT_A_DATABASE, at + " is not a regular file; check the path \"" + path + "\"");
    }
    requireShort(at);
    ofVolume(root, at, volume.facts());
    return at;
  }

  private static List<String> parts(String path) {
    var parts = List.of(path.split("/", -1));
    if (parts.stream().anyMatch(p -> p.isEmpty() || p.equals(".") || p.equals(".."))) {
      throw new RefusedException(
          Reason.PATH_OUTSIDE_VOLUME,
          "The path \""
              + path
              + "\" is not one inside the volume; write it relative to the volume's root, without"
              + " \"..\"");
    }
    return parts;
  }

  private static void requireShort(Path at) {
    if (at.getFileName().toString().length() > LONGEST_NAME) {
      throw new RefusedException(
          Reason.INVALID_REQUEST,
          at + " has too long a name for the copies beside it; shorten it to " + LONGEST_NAME);
    }
  }

  /**
   * Where a file is to be that is not there yet. Directories on the way to it are made.
   *
   * @throws RefusedException PATH_OUTSIDE_VOLUME, SYMBOLIC_LINK, INVALID_REQUEST
   */
  static Path location(SwapVolume volume, String path) throws IOException {
    var parts = parts(path);
    var directory = volume.root();
    for (String part : parts.subList(0, parts.size() - 1)) {
      var parent = directory;
      directory = parent.resolve(part);
      var stat = volume.ops().stat(directory);
      if (stat.isEmpty()) {
        makeDirectory(volume, parent, directory);
      } else if (stat.get().kind() != FileStat.Kind.DIRECTORY) {
        throw new RefusedException(
            Reason.SYMBOLIC_LINK,
            directory + " is not a directory of its own; check the path \"" + path + "\"");
      }
    }
    var at = directory.resolve(parts.getLast());
    requireShort(at);
    var mount = volume.facts().mountOf(directory);
    if (!mount.point().equals(volume.facts().mountOf(volume.root()).point())) {
      throw new RefusedException(
          Reason.PATH_OUTSIDE_VOLUME,
          at + " is on another volume, mounted at " + mount.point() + "; name that one instead");
    }
    return at;
  }

  private static void makeDirectory(SwapVolume volume, Path parent, Path directory)
      throws IOException {
    var owner = volume.ops().stat(parent).orElseThrow();
    volume.ops().createDirectory(directory, DIRECTORY_MODE);
    if (volume.ops().stat(directory).orElseThrow().uid() != owner.uid()) {
      volume.ops().chown(directory, owner.uid(), owner.gid());
    }
    volume.ops().fsyncDirectory(parent);
  }

  /** Refuses a file that another mount shows, so that a rename beside it would miss it. */
  static void ofVolume(Path root, Path at, VolumeFacts facts) throws IOException {
    var mount = facts.mountOf(at);
    if (mount.point().equals(at)) {
      throw new RefusedException(
          Reason.SUB_PATH_FILE,
          at
              + " is mounted by itself (subPath): it cannot be replaced, and its -wal lies outside"
              + " the volume, where acknowledged rows vanish. Mount its directory instead");
    }
    if (!mount.point().equals(facts.mountOf(root).point())) {
      throw new RefusedException(
          Reason.PATH_OUTSIDE_VOLUME,
          at + " is on another volume, mounted at " + mount.point() + "; name that one instead");
    }
  }

  private static FileStat inspect(SwapVolume volume, Path live) throws IOException {
    var stat = volume.ops().stat(live).orElseThrow();
    if (stat.links() != 1) {
      throw new RefusedException(
          Reason.HARD_LINKED,
          live
              + " has "
              + stat.links()
              + " names (hard links): the others would go on with the old file. Remove them (find"
              + " -inum "
              + stat.inode()
              + ")");
    }
    int uid = volume.facts().effectiveUid();
    if (uid != 0 && uid != stat.uid()) {
      throw new RefusedException(
          Reason.WRONG_OWNER,
          live
              + " belongs to uid "
              + stat.uid()
              + ", this process is uid "
              + uid
              + ": only the owner may replace it. "
              + (stat.uid() == 0
                  ? "Give it to the user of its app (chown), or run as root"
                  : "Run as " + stat.uid()));
    }
    byte[] start;
    try (var file = volume.ops().openToRead(live)) {
      var sample = new byte[SqliteHeader.SAMPLE];
      start = Arrays.copyOf(sample, file.read(sample, 0));
    }
    var header = SqliteHeader.parse(start, live.toString()).requirePlainPages(live.toString());
    boolean sidecars = false;
    for (Path sidecar : Intent.sidecars(live)) {
      sidecars |= volume.ops().stat(sidecar).isPresent();
    }
    if (!sidecars) {
      header.requireWhole(stat.size(), live.toString());
    }
    return stat;
  }
}
