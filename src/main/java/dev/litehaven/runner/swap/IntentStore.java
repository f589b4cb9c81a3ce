package dev.litehaven.runner.swap;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.litehaven.protocol.Reason;
import dev.litehaven.protocol.RefusedException;
import dev.litehaven.protocol.Sha256;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Random;

/**
 * The records in {@code .litehaven} on the volume: one intent per run, the highest epoch seen, and
 * a ballast file whose blocks are given up when a full disk would keep an intent from being
 * written. Every record is replaced as a whole and durable when {@code write} returns.
 */
final class IntentStore {
  static final String DIRECTORY = ".litehaven";
  private static final String PREFIX = "intent-";
  private static final String SUFFIX = ".json";
  private static final int BALLAST_BYTES = 64 << 10;
  private static final int FINISHED_KEPT = 50;
  private static final int MODE = 0600;

  private static final ObjectMapper JSON =
      new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

  private final FileOps ops;
  private final Path directory;

  IntentStore(FileOps ops, Path root) {
    this.ops = ops;
    this.directory = root.resolve(DIRECTORY);
  }

  Optional<Intent> read(String runId) throws IOException {
    var path = path(runId);
    return ops.stat(path).isPresent() ? Optional.of(decode(path, bytes(path))) : Optional.empty();
  }

  /** Oldest attempt first. */
  List<Intent> all() throws IOException {
    var out = new ArrayList<Intent>();
    if (ops.stat(directory).isPresent()) {
      for (String name : ops.list(directory)) {
        if (name.startsWith(PREFIX) && name.endsWith(SUFFIX)) {
          out.add(decode(directory.resolve(name), bytes(directory.resolve(name))));
        }
      }
    }
    out.sort(Comparator.comparingLong(Intent::epoch).thenComparing(Intent::runId));
    return out;
  }

  /** At most one: whoever holds the volume finishes it before beginning another. */
  Optional<Intent> unfinished() throws IOException {
    return all().stream().filter(i -> !i.state().finished()).findFirst();
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

  long highestEpoch() throws IOException {
    var path = directory.resolve("epoch");
    if (ops.stat(path).isEmpty()) {
      return 0;
    }
    var text = new String(bytes(path), StandardCharsets.UTF_8).strip();
    try {
      return Long.parseLong(text);
    } catch (NumberFormatException e) {
      throw damaged(path, "it is no number: " + text, e);
    }
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

  private byte[] bytes(Path path) throws IOException {
    try (var file = ops.openToRead(path)) {
      var bytes = new byte[(int) file.stat().size()];
      return Arrays.copyOf(bytes, file.read(bytes, 0));
    }
  }

  private static byte[] encode(Intent intent) throws IOException {
    ObjectNode tree = JSON.valueToTree(intent);
    tree.put("checksum", checksum(tree));
    // Outside the checksum: explanation, not record.
    tree.put("meaning", intent.state().meaning());
    return JSON.writeValueAsBytes(tree);
  }

  private static Intent decode(Path path, byte[] bytes) throws IOException {
    try {
      if (!(JSON.readTree(bytes) instanceof ObjectNode tree)) {
        throw damaged(path, "it is no JSON object", null);
      }
      tree.remove("meaning");
      var sum = tree.remove("checksum");
      if (sum == null || !sum.asText().equals(checksum(tree))) {
        throw damaged(path, "its checksum does not match", null);
      }
      if (tree.path("formatVersion").asInt() != Intent.FORMAT_VERSION) {
        throw damaged(path, "its formatVersion is unknown to this version", null);
      }
      return JSON.treeToValue(tree, Intent.class);
    } catch (JsonProcessingException e) {
      throw damaged(path, e.getOriginalMessage(), e);
    }
  }

  private static String checksum(ObjectNode tree) {
    return "sha256:" + Sha256.of(tree.toString());
  }

  private static RefusedException damaged(Path path, String seen, Throwable cause) {
    return new RefusedException(
        Reason.DIVERGED,
        "The record "
            + path
            + " cannot be trusted: "
            + seen
            + ". Nothing was touched. Compare the files it names with the backups, put the right"
            + " ones in place with the application stopped, then remove the record",
        cause);
  }

  private Path path(String runId) {
    return directory.resolve(PREFIX + runId + SUFFIX);
  }

  private Path ballast() {
    return directory.resolve("ballast");
  }
}
