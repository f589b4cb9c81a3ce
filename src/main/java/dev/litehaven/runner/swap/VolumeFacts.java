package dev.litehaven.runner.swap;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** What the preflight asks the machine rather than the file system's names and bytes. */
interface VolumeFacts {
  /** What is mounted where the path is. */
  Mount mountOf(Path path) throws IOException;

  long freeBytes(Path directory) throws IOException;

  int effectiveUid();

  /** Processes that have the file open or mapped, as far as they can be seen, for messages. */
  List<String> holders(Path file) throws IOException;

  /**
   * @param point where it is mounted
   * @param type for example {@code ext4} or {@code nfs4}
   */
  record Mount(Path point, String type, boolean readOnly) {}
}
