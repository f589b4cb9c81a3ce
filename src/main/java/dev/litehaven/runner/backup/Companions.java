package dev.litehaven.runner.backup;

import dev.litehaven.protocol.Reason;
import dev.litehaven.protocol.RefusedException;
import dev.litehaven.protocol.Sha256;
import dev.litehaven.runner.backup.Artifacts.Packed;
import dev.litehaven.runner.store.BackupStore;
import dev.litehaven.runner.store.BackupStore.Upload;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystems;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.PatternSyntaxException;

/**
 * Files beside the database that belong to the same state, found by globs. They are regular files
 * as they are when they are read: each is whole, but no instant is common to all of them.
 */
public final class Companions {
  /** Of the tar, and of the artifact before its suffixes. */
  public static final String NAME = "companions.tar";

  private static final int BUFFER_BYTES = 256 * 1024;
  private static final List<String> SIDECARS = List.of("", "-wal", "-shm", "-journal");

  private final Path root;
  private final List<Path> files;

  private Companions(Path root, List<Path> files) {
    this.root = root;
    this.files = files;
  }

  /**
   * @param root of the volume
   * @param globs relative to it, as {@link java.nio.file.FileSystem#getPathMatcher} knows them;
   *     {@code .litehaven} and links are never among what they find
   * @param databaseFiles relative to the root; they and their sidecars are no companions
   * @throws RefusedException {@link Reason#INVALID_REQUEST} for a glob that is none
   */
  public static Companions find(Path root, List<String> globs, List<String> databaseFiles)
      throws IOException {
    List<PathMatcher> matchers = new ArrayList<>();
    for (String glob : globs) {
      try {
        matchers.add(FileSystems.getDefault().getPathMatcher("glob:" + glob));
      } catch (PatternSyntaxException e) {
        throw new RefusedException(
            Reason.INVALID_REQUEST,
            "The pattern " + glob + " of companion files cannot be read: " + e.getDescription());
      }
    }
    Set<Path> no = new HashSet<>();
    for (String file : databaseFiles) {
      SIDECARS.forEach(sidecar -> no.add(Path.of(file + sidecar)));
    }
    List<Path> found = new ArrayList<>();
    Files.walkFileTree(
        root,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes) {
            return directory.equals(root.resolve(".litehaven"))
                ? FileVisitResult.SKIP_SUBTREE
                : FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
            Path relative = root.relativize(file);
            if (attributes.isRegularFile()
                && !no.contains(relative)
                && matchers.stream().anyMatch(matcher -> matcher.matches(relative))) {
              found.add(relative);
            }
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFileFailed(Path file, IOException e) throws IOException {
            if (e instanceof NoSuchFileException
                || matchers.stream().noneMatch(m -> m.matches(root.relativize(file)))) {
              return FileVisitResult.CONTINUE; // lost+found belongs to root, for one
            }
            throw e;
          }
        });
    Collections.sort(found);
    return new Companions(root, List.copyOf(found));
  }

  /**
   * Some files besides: those of them that are there, as regular files.
   *
   * @param more relative to the root
   */
  public Companions and(Collection<Path> more) {
    Set<Path> all = new TreeSet<>(files);
    more.stream()
        .filter(file -> Files.isRegularFile(root.resolve(file), LinkOption.NOFOLLOW_LINKS))
        .forEach(all::add);
    return new Companions(root, List.copyOf(all));
  }

  public boolean isEmpty() {
    return files.isEmpty();
  }

  /** The hash that the manifest of a backup of them would have, by reading them all. */
  public String contentHash() throws IOException {
    var contents = new Listing();
    for (Path file : files) {
      copy(file, null, OutputStream.nullOutputStream(), contents);
    }
    return contents.hash();
  }

  BackupManifest.Companions pack(BackupStore store, String directory, String artifact, Seal seal)
      throws IOException {
    var contents = new Listing();
    try (Upload upload = store.create(directory + artifact)) {
      Packed packed =
          Artifacts.pack(
              out -> {
                var tar = new TarWriter(out);
                for (Path file : files) {
                  copy(file, tar, out, contents);
                }
                tar.end();
              },
              upload,
              seal);
      upload.finish();
      return new BackupManifest.Companions(
          artifact,
          packed.packedBytes(),
          packed.packedSha256(),
          packed.plainBytes(),
          packed.plainSha256(),
          contents.count,
          contents.hash());
    }
  }

  /** A file that is gone by now is none; one that changes meanwhile fails the backup. */
  private void copy(Path relative, TarWriter tar, OutputStream out, Listing contents)
      throws IOException {
    Path file = root.resolve(relative);
    InputStream opened;
    try {
      opened = Files.newInputStream(file, LinkOption.NOFOLLOW_LINKS);
    } catch (NoSuchFileException e) {
      return;
    }
    try (InputStream in = opened) {
      Stamp before = Stamp.of(file);
      if (tar != null) {
        tar.begin(before.entry(relative));
      }
      MessageDigest digest = Sha256.digest();
      byte[] buffer = new byte[BUFFER_BYTES];
      long left = before.size();
      while (left > 0) {
        int read = in.read(buffer, 0, (int) Math.min(left, buffer.length));
        if (read < 0) {
          throw changed(file);
        }
        digest.update(buffer, 0, read);
        out.write(buffer, 0, read);
        left -= read;
      }
      if (in.read() >= 0 || !Stamp.of(file).equals(before)) {
        throw changed(file);
      }
      contents.add(relative.toString(), before.mode(), Sha256.hex(digest));
    } catch (NoSuchFileException e) {
      throw changed(file);
    }
  }

  private static RefusedException changed(Path file) {
    return new RefusedException(
        Reason.BACKUP_FAILED,
        "The companion file "
            + file
            + " was written to while it was read. Nothing was kept. It is tried again; if it is"
            + " written all the time, it is no companion: take it out of the patterns.");
  }

  private record Stamp(long size, FileTime modified, int mode, int uid, int gid) {
    static Stamp of(Path file) throws IOException {
      Map<String, Object> unix =
          Files.readAttributes(
              file, "unix:size,lastModifiedTime,mode,uid,gid", LinkOption.NOFOLLOW_LINKS);
      return new Stamp(
          (Long) unix.get("size"),
          (FileTime) unix.get("lastModifiedTime"),
          (Integer) unix.get("mode"),
          (Integer) unix.get("uid"),
          (Integer) unix.get("gid"));
    }

    TarWriter.Entry entry(Path relative) {
      return new TarWriter.Entry(
          relative.toString(), size, mode & 07777, uid, gid, modified.toMillis() / 1000);
    }
  }

  private static final class Listing {
    private final MessageDigest digest = Sha256.digest();
    private int count;

    void add(String path, int mode, String sha256) {
      String line = sha256 + " " + Integer.toOctalString(mode & 07777) + " " + path + "\0";
      digest.update(line.getBytes(StandardCharsets.UTF_8));
      count++;
    }

    String hash() {
      return Sha256.hex(digest);
    }
  }
}
