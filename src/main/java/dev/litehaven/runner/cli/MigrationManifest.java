package dev.litehaven.runner.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.databind.cfg.CoercionAction;
import com.fasterxml.jackson.databind.cfg.CoercionInputShape;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.type.LogicalType;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import dev.litehaven.protocol.Destructive;
import dev.litehaven.protocol.Ensure;
import dev.litehaven.protocol.MigrationScript;
import dev.litehaven.protocol.MigrationWork;
import dev.litehaven.protocol.Reason;
import dev.litehaven.protocol.RefusedException;
import dev.litehaven.protocol.VerifyRules;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * A DatabaseMigration manifest read from a file, as far as it matters without a cluster. What only
 * a cluster can do (workloads, windows, deadlines) is accepted and left aside; a field that no
 * release of the resource has is refused, since it is most likely a policy with a spelling mistake.
 *
 * @param name of the resource
 */
record MigrationManifest(String name, MigrationWork work) {
  private static final JsonMapper YAML =
      JsonMapper.builder(new YAMLFactory())
          .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          // An unquoted 002 is the number 2 to YAML; the API server refuses it too.
          .withCoercionConfig(
              LogicalType.Textual,
              text ->
                  text.setCoercion(CoercionInputShape.Integer, CoercionAction.Fail)
                      .setCoercion(CoercionInputShape.Float, CoercionAction.Fail)
                      .setCoercion(CoercionInputShape.Boolean, CoercionAction.Fail))
          .build();

  /**
   * @param migrations directory of migration files instead of {@code spec.source}; null: none
   * @param approvedPlan hash of a plan that a human has looked at; null: none
   * @throws RefusedException {@link Reason#SOURCE_INVALID} or {@link Reason#SOURCE_NOT_FOUND}
   */
  static MigrationManifest read(Path file, Path migrations, String approvedPlan) {
    Document document = parse(file);
    Spec spec = document.spec();
    if (spec == null) {
      throw invalid(file, "it has no spec");
    }
    Policy policy = spec.policy() == null ? new Policy(null, null) : spec.policy();
    String stream = spec.history() == null ? null : spec.history().stream();
    return new MigrationManifest(
        document.name(file),
        new MigrationWork(
            stream,
            migrations == null ? inline(file, spec.source()) : List.of(),
            migrations == null ? Map.of() : directory(migrations),
            spec.targetVersion(),
            destructive(file, policy.destructive()),
            policy.changes(),
            verify(file, spec.verify()),
            approvedPlan));
  }

  private static Document parse(Path file) {
    Document found = null;
    try (MappingIterator<JsonNode> documents =
        YAML.readerFor(JsonNode.class).readValues(file.toFile())) {
      while (documents.hasNextValue()) {
        JsonNode node = documents.nextValue();
        if (node == null || !node.path("kind").asText("").equals("DatabaseMigration")) {
          continue;
        }
        if (found != null) {
          throw invalid(file, "it has more than one DatabaseMigration; keep one per file");
        }
        found = YAML.treeToValue(node, Document.class);
      }
    } catch (JsonProcessingException e) {
      throw new RefusedException(
          Reason.SOURCE_INVALID,
          file + " cannot be understood: " + e.getOriginalMessage() + place(e),
          e);
    } catch (IOException e) {
      throw new RefusedException(
          Reason.SOURCE_NOT_FOUND, file + " cannot be read: " + e.getMessage(), e);
    }
    if (found == null) {
      throw invalid(file, "it has no document of kind DatabaseMigration");
    }
    return found;
  }

  private static String place(JsonProcessingException e) {
    return e.getLocation() == null || e.getLocation().getLineNr() <= 0
        ? ""
        : " (line " + e.getLocation().getLineNr() + ")";
  }

  private static List<MigrationScript> inline(Path file, Source source) {
    if (source == null || source.inline() == null) {
      throw invalid(
          file,
          "spec.source.inline is missing; a ConfigMap is not at hand here, so name its files with"
              + " --migrations");
    }
    return source.inline().stream()
        .map(
            m ->
                new MigrationScript(
                    m.version,
                    m.description,
                    m.up,
                    m.down,
                    m.when,
                    m.ensure,
                    m.file,
                    m.attach,
                    m.moves))
        .toList();
  }

  private static Map<String, String> directory(Path directory) {
    Map<String, String> files = new TreeMap<>();
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory, "*.sql")) {
      for (Path entry : entries) {
        files.put(entry.getFileName().toString(), Files.readString(entry));
      }
    } catch (IOException e) {
      throw new RefusedException(
          Reason.SOURCE_NOT_FOUND,
          "The migrations in " + directory + " cannot be read: " + e.getMessage(),
          e);
    }
    if (files.isEmpty()) {
      throw new RefusedException(
          Reason.SOURCE_NOT_FOUND, "There is no .sql file in " + directory + ".");
    }
    return files;
  }

  private static Destructive destructive(Path file, String text) {
    return switch (text) {
      case null -> Destructive.FORBID;
      case "Forbid" -> Destructive.FORBID;
      case "RequireApproval" -> Destructive.REQUIRE_APPROVAL;
      case "Allow" -> Destructive.ALLOW;
      default ->
          throw invalid(
              file,
              "spec.policy.destructive is "
                  + text
                  + ", which is none of Forbid, RequireApproval and Allow");
    };
  }

  private static VerifyRules verify(Path file, Verify verify) {
    if (verify == null) {
      return VerifyRules.DEFAULT;
    }
    boolean full =
        switch (verify.integrity()) {
          case null -> false;
          case "Quick" -> false;
          case "Full" -> true;
          default ->
              throw invalid(
                  file,
                  "spec.verify.integrity is "
                      + verify.integrity()
                      + ", which is neither Quick nor Full");
        };
    return new VerifyRules(
        full, verify.requiredTables(), verify.requiredColumns(), verify.assertions());
  }

  private static RefusedException invalid(Path file, String why) {
    return new RefusedException(
        Reason.SOURCE_INVALID, String.format(Locale.ROOT, "%s cannot be used: %s.", file, why));
  }

  private record Document(
      String apiVersion, String kind, JsonNode metadata, Spec spec, JsonNode status) {
    String name(Path file) {
      String name = metadata == null ? "" : metadata.path("name").asText("");
      return name.isEmpty() ? file.getFileName().toString() : name;
    }
  }

  private record Spec(
      JsonNode databaseRef,
      Source source,
      Policy policy,
      String targetVersion,
      JsonNode strategy,
      Verify verify,
      JsonNode rollback,
      History history,
      JsonNode activeDeadlineSeconds,
      JsonNode suspend) {}

  private record Source(List<Migration> inline, JsonNode configMapRef) {}

  private record Migration(
      String version,
      String description,
      String up,
      String down,
      String when,
      Ensure ensure,
      String file,
      List<String> attach,
      List<MigrationScript.Move> moves) {}

  private record Policy(String destructive, List<String> changes) {}

  private record Verify(
      String integrity,
      List<String> requiredTables,
      List<String> requiredColumns,
      List<VerifyRules.Assertion> assertions) {}

  private record History(String stream) {}
}
