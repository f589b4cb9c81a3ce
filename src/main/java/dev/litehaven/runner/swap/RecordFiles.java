package dev.litehaven.runner.swap;

import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.Set;

/** How records are read. Names are never followed when they are symbolic links. */
interface RecordFiles {
  /**
   * Fails where that cannot be known: a record that cannot be seen is not one that is not there.
   */
  boolean exists(Path path) throws IOException;

  List<String> list(Path directory) throws IOException;

  byte[] read(Path path) throws IOException;

  /**
   * With the JDK's means alone. Who only looks at a volume needs no binding to the C library, which
   * takes a starting runner longer than the looking.
   */
  RecordFiles JDK =
      new RecordFiles() {
        @Override
        public boolean exists(Path path) throws IOException {
          try {
            Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
            return true;
          } catch (NoSuchFileException e) {
            return false;
          } catch (FileSystemException e) {
            if ("Not a directory".equals(e.getReason())) {
              return false;
            }
            throw e;
          }
        }

        @Override
        public List<String> list(Path directory) throws IOException {
          try (var entries = Files.list(directory)) {
            return entries.map(path -> path.getFileName().toString()).sorted().toList();
          }
        }

        @Override
        public byte[] read(Path path) throws IOException {
          try (var file =
              Files.newByteChannel(
                  path, Set.of(StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS))) {
            return Channels.newInputStream(file).readAllBytes();
          }
        }
      };
}
