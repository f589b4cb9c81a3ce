package dev.litehaven.runner.backup;

import dev.litehaven.runner.store.DirectoryStore;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * What a fetch does before it verifies: one artifact of a place that is a directory, read,
 * decompressed, hashed, written and forced to disk. Prints how many milliseconds it took.
 */
public final class UnpackMain {
  private UnpackMain() {}

  /**
   * @param args the artifact, and the plain file that is made
   */
  public static void main(String[] args) throws Exception {
    Path artifact = Path.of(args[0]);
    long start = System.nanoTime();
    try (var store = new DirectoryStore(artifact.getParent(), null);
        InputStream in = store.open(artifact.getFileName().toString());
        FileChannel out =
            FileChannel.open(
                Path.of(args[1]), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        OutputStream plain = new EarlyFlush(out)) {
      Artifacts.unpack(in, plain, false, Seal.NONE, false);
      plain.close();
      out.force(true);
    }
    System.out.println((System.nanoTime() - start) / 1_000_000);
  }
}
