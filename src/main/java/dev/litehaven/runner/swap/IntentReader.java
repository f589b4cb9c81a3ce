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
import java.util.List;
import java.util.Optional;

/** Reads the records of runs on a volume. */
class IntentReader {
  static final String DIRECTORY = ".litehaven";
  private static final String PREFIX = "intent-";
  private static final String SUFFIX = ".json";

  /** Apart, since most volumes that are only looked at have no record. */
  private static final class Json {
    static final ObjectMapper MAPPER =
        new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);
  }

  private final RecordFiles files;
  private final Path directory;

  IntentReader(RecordFiles files, Path root) {
    this.files = files;
    this.directory = root.resolve(DIRECTORY);
  }

  Optional<Intent> read(String runId) throws IOException {
    var path = path(runId);
    return files.exists(path) ? Optional.of(decode(path, files.read(path))) : Optional.empty();
  }

  /** Oldest attempt first. */
  List<Intent> all() throws IOException {
    var out = new ArrayList<Intent>();
    if (files.exists(directory)) {
      for (String name : files.list(directory)) {
        if (name.startsWith(PREFIX) && name.endsWith(SUFFIX)) {
          out.add(decode(directory.resolve(name), files.read(directory.resolve(name))));
        }
      }
    }
    out.sort(IntentReader::byEpoch);
    return out;
  }

  /** At most one: whoever holds the volume finishes it before beginning another. */
  Optional<Intent> unfinished() throws IOException {
    return all().stream().filter(i -> !i.state().finished()).findFirst();
  }

  long highestEpoch() throws IOException {
    var path = directory.resolve("epoch");
    if (!files.exists(path)) {
      return 0;
    }
    var text = new String(files.read(path), StandardCharsets.UTF_8).strip();
    try {
      return Long.parseLong(text);
    } catch (NumberFormatException e) {
      throw damaged(path, "it is no number: " + text, e);
    }
  }

  static byte[] encode(Intent intent) throws IOException {
    ObjectNode tree = Json.MAPPER.valueToTree(intent);
    tree.put("checksum", checksum(tree));
    // Outside the checksum: explanation, not record.
    tree.put("meaning", intent.state().meaning());
    return Json.MAPPER.writeValueAsBytes(tree);
  }

  private static Intent decode(Path path, byte[] bytes) throws IOException {
    try {
      if (!(Json.MAPPER.readTree(bytes) instanceof ObjectNode tree)) {
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
      return Json.MAPPER.treeToValue(tree, Intent.class);
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

  final Path path(String runId) {
    return directory.resolve(PREFIX + runId + SUFFIX);
  }

  /** By hand: what {@link java.util.Comparator} composes is in no AOT cache. */
  private static int byEpoch(Intent one, Intent other) {
    int order = Long.compare(one.epoch(), other.epoch());
    return order != 0 ? order : one.runId().compareTo(other.runId());
  }
}
