package dev.litehaven.runner.swap;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/**
 * The records in {@code .litehaven} on the volume: one intent per run, the highest epoch seen, and
 * a ballast file whose blocks are given up when a full disk would keep an intent from being
 * written. Every record is replaced as a whole and durable when {@code write} returns.
 */
final class IntentStore extends IntentReader {
  private static final int BALLAST_BYTES = 64 << 10;
  private static final int FINISHED_KEPT = 50;
  private static final int MODE = 0600;

  private final FileOps ops;
  private final Path directory;

  IntentStore(FileOps ops, Path root) {
    super(files(ops), root);
    this.ops = ops;
    this.directory = root.resolve(DIRECTORY);
  }

  private static RecordFiles files(FileOps ops) {
    return new RecordFiles() {
      @Override
      public boolean exists(Path path) throws IOException {
        return ops.stat(path).isPresent();
      }

      @Override
      public List<String> list(Path directory) throws IOException {
        return ops.list(directory);
      }

      @Override
      public byte[] read(Path path) throws IOException {
        try (var file = ops.openToRead(path)) {
          var bytes = new byte[(int) file.stat().size()];
          return Arrays.copyOf(bytes, file.read(bytes, 0));
        }
      }
    };
  }

  Intent write(Intent intent) throws IOException {
    replace(path(intent.runId()), encode(intent));
    return intent;
  }

  /** What a killed process wrote may be readable and yet not durable. */
  void resync(Intent intent) throws IOException {
    try (var file = ops.open(path(intent.runId()))) {
      file.fsync();
    }
    ops.fsyncDirectory(directory);
  }

  void raiseEpoch(long epoch) throws IOException {
    replace(directory.resolve("epoch"), (epoch + "\n").getBytes(StandardCharsets.UTF_8));
  }

  /** Random, so that no file system stores it in less space than it takes. */
  void fillBallast() throws IOException {
    var path = ballast();
    if (ops.stat(path).isPresent()) {
      return;
    }
    var bytes = new byte[BALLAST_BYTES];
    new Random(BALLAST_BYTES).nextBytes(bytes);
    try {
      replaceOnce(path, bytes);
    } catch (ErrnoException e) {
      if (!e.outOfSpace()) {
        throw e;
      }
      ops.unlink(path.resolveSibling("ballast.tmp"));
    }
  }

  /** Forgets the oldest runs that nothing on the volume depends on any more. */
  void prune() throws IOException {
    var spent =
        all().stream()
            .filter(i -> i.state() == Intent.State.UNDONE || (i.state().finished() && i.settled()))
            .toList();
    for (Intent old : spent.subList(0, Math.max(0, spent.size() - FINISHED_KEPT))) {
      ops.unlink(path(old.runId()));
    }
  }

  private void replace(Path path, byte[] content) throws IOException {
    try {
      replaceOnce(path, content);
    } catch (ErrnoException e) {
      if (!e.outOfSpace() || !ops.unlink(ballast())) {
        throw e;
      }
      replaceOnce(path, content);
    }
  }

  private void replaceOnce(Path path, byte[] content) throws IOException {
    var temporary = path.resolveSibling(path.getFileName() + ".tmp");
    if (ops.stat(temporary).isPresent()) {
      ops.unlink(temporary);
    }
    try (var file = ops.create(temporary, MODE)) {
      var owner = ops.stat(directory).orElseThrow();
      if (file.stat().uid() != owner.uid()) {
        ops.chown(temporary, owner.uid(), owner.gid());
      }
      file.write(content, 0);
      file.fsync();
    }
    ops.rename(temporary, path);
    ops.fsyncDirectory(directory);
  }

  private Path ballast() {
    return directory.resolve("ballast");
  }
}
