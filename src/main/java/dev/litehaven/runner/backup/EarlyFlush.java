package dev.litehaven.runner.backup;

import dev.litehaven.runner.task.BackgroundTask;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;

/**
 * Writes a file and has the disk begin with it meanwhile, so that little is left to wait for when
 * it is forced at the end, which is still the caller's to do.
 */
final class EarlyFlush extends OutputStream {
  private static final long STRIDE_BYTES = 64L << 20;

  private final FileChannel file;
  private final OutputStream out;
  private BackgroundTask<Void> flushing;
  private long unflushed;

  EarlyFlush(FileChannel file) {
    this.file = file;
    this.out = Channels.newOutputStream(file);
  }

  @Override
  public void write(int b) throws IOException {
    write(new byte[] {(byte) b}, 0, 1);
  }

  @Override
  public void write(byte[] bytes, int offset, int length) throws IOException {
    out.write(bytes, offset, length);
    unflushed += length;
    if (unflushed >= STRIDE_BYTES && (flushing == null || flushing.isDone())) {
      settle();
      unflushed = 0;
      flushing =
          BackgroundTask.start(
              "flush",
              () -> {
                file.force(false);
                return null;
              });
    }
  }

  /** Does not force: that was the disk's head start only. */
  @Override
  public void close() throws IOException {
    settle();
  }

  /** A disk that failed is not asked again, since it might say then that all is well. */
  private void settle() throws IOException {
    if (flushing != null) {
      flushing.await();
    }
  }
}
