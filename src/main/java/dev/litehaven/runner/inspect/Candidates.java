package dev.litehaven.runner.inspect;

import dev.litehaven.protocol.Reason;
import dev.litehaven.protocol.RefusedException;
import dev.litehaven.runner.sqlite.SqliteHeader;
import dev.litehaven.runner.swap.SwapVolume;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystems;
import java.nio.file.FileVisitOption;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.PatternSyntaxException;

/**
 * Finds what may be a database on a volume: every file that begins like one, and every file that is
 * named like one though it does not. Symbolic links are seen, never followed.
 */
final class Candidates {
  static final int MAX_DEPTH = 16;
  static final int MAX_ENTRIES = 200_000;
  static final int MAX_FOUND = 256;

  private static final Set<String> DATABASE_SUFFIXES =
      Set.of(".db", ".db3", ".sqlite", ".sqlite3", ".s3db");
  private static final List<String> SIDECAR_SUFFIXES = List.of("-wal", "-shm", "-journal");

  private Candidates() {}

  /**
   * @param paths in alphabetical order
   * @param closed what this user may not look into, in alphabetical order
   * @param complete whether the whole volume was seen within the bounds
   */
  record Found(List<Path> paths, List<Path> closed, boolean complete) {}

  /**
   * @param swapUnderWay whether a run may hold a write lease on a file: such a file is listed
   *     without being opened, since any open would break the lease
   */
  static Found find(Path root, List<String> excludePatterns, boolean swapUnderWay)
      throws IOException {
    var visitor = new Visitor(root, matchers(excludePatterns), swapUnderWay);
    Files.walkFileTree(root, Set.<FileVisitOption>of(), MAX_DEPTH, visitor);
    return new Found(
        visitor.found.stream().sorted().toList(),
        visitor.closed.stream().sorted().toList(),
        visitor.complete);
  }

  private static List<PathMatcher> matchers(List<String> patterns) {
    List<PathMatcher> matchers = new ArrayList<>();
    for (String pattern : patterns) {
      try {
        matchers.add(FileSystems.getDefault().getPathMatcher("glob:" + pattern));
      } catch (PatternSyntaxException e) {
        throw new RefusedException(
            Reason.INVALID_REQUEST,
            "The exclude pattern " + pattern + " is no glob: " + e.getDescription(),
            e);
      }
    }
    return matchers;
  }

  static boolean namedLikeDatabase(Path file) {
    String name = file.getFileName().toString().toLowerCase(Locale.ROOT);
    return DATABASE_SUFFIXES.stream().anyMatch(name::endsWith);
  }

  private static boolean ours(Path path) {
    String name = path.getFileName().toString();
    return SwapVolume.isOwnName(name) || SIDECAR_SUFFIXES.stream().anyMatch(name::endsWith);
  }

  private static final class Visitor extends SimpleFileVisitor<Path> {
    private final Path root;
    private final List<PathMatcher> excluded;
    private final List<Path> found = new ArrayList<>();
    private final List<Path> closed = new ArrayList<>();
    private final boolean swapUnderWay;
    private int entries;
    private boolean complete = true;

    Visitor(Path root, List<PathMatcher> excluded, boolean swapUnderWay) {
      this.root = root;
      this.excluded = excluded;
      this.swapUnderWay = swapUnderWay;
    }

    @Override
    public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes) {
      if (directory.equals(root)) {
        return FileVisitResult.CONTINUE;
      }
      return ours(directory) || isExcluded(directory)
          ? FileVisitResult.SKIP_SUBTREE
          : count(FileVisitResult.CONTINUE);
    }

    @Override
    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
      if (attributes.isDirectory()) {
        complete = false; // deeper than the walk goes
        return FileVisitResult.CONTINUE;
      }
      if (!ours(file) && !isExcluded(file) && mayBeDatabase(file, attributes)) {
        found.add(file);
      }
      return count(FileVisitResult.CONTINUE);
    }

    @Override
    public FileVisitResult visitFileFailed(Path file, IOException e) {
      boolean ofTheFileSystem = file.equals(root.resolve("lost+found"));
      if (e instanceof AccessDeniedException
          && closed.size() < MAX_FOUND
          && !ofTheFileSystem
          && !ours(file)
          && !isExcluded(file)) {
        closed.add(file);
      }
      return FileVisitResult.CONTINUE;
    }

    private boolean mayBeDatabase(Path file, BasicFileAttributes attributes) throws IOException {
      if (swapUnderWay && beingReplaced(file)) {
        return true;
      }
      if (attributes.isSymbolicLink() || attributes.size() == 0 || !Files.isReadable(file)) {
        return (attributes.isSymbolicLink() || attributes.isRegularFile())
            && namedLikeDatabase(file);
      }
      return attributes.isRegularFile() && (namedLikeDatabase(file) || beginsLikeDatabase(file));
    }

    private static boolean beginsLikeDatabase(Path file) {
      try {
        return SqliteHeader.looksLikeDatabase(HeaderSample.read(file, 16));
      } catch (IOException e) {
        return false; // gone or replaced since it was listed
      }
    }

    private boolean isExcluded(Path path) {
      Path relative = root.relativize(path);
      return excluded.stream().anyMatch(matcher -> matcher.matches(relative));
    }

    private FileVisitResult count(FileVisitResult next) {
      entries++;
      if (entries >= MAX_ENTRIES || found.size() >= MAX_FOUND) {
        complete = false;
        return FileVisitResult.TERMINATE;
      }
      return next;
    }
  }

  /** The path below the root, or a refusal: it must not leave the volume, also not by a link. */
  static Path resolve(Path root, String path) {
    Path resolved = root.resolve(path).normalize();
    if (path.isEmpty() || !resolved.startsWith(root) || resolved.equals(root)) {
      throw outside(path);
    }
    for (Path at = resolved.getParent(); !at.equals(root); at = at.getParent()) {
      if (Files.isSymbolicLink(at)) {
        throw new RefusedException(
            Reason.SYMBOLIC_LINK,
            path
                + " goes through the symbolic link "
                + root.relativize(at)
                + ". Name the real path, relative to the volume.");
      }
    }
    return resolved;
  }

  private static RefusedException outside(String path) {
    return new RefusedException(
        Reason.PATH_OUTSIDE_VOLUME,
        "The path \"" + path + "\" leaves the volume. Give it relative to the volume's root.");
  }

  /** Whether an unfinished run has a copy beside the file. */
  static boolean beingReplaced(Path file) throws IOException {
    String prefix = "." + file.getFileName() + ".lh-";
    try (DirectoryStream<Path> copies =
        Files.newDirectoryStream(
            file.getParent(),
            sibling -> {
              String name = sibling.getFileName().toString();
              return name.startsWith(prefix) && name.endsWith(".new");
            })) {
      return copies.iterator().hasNext();
    }
  }

  static boolean isRegular(Path file) {
    return Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS);
  }
}
