package dev.litehaven.runner.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import dev.litehaven.protocol.Destructive;
import dev.litehaven.protocol.Ensure;
import dev.litehaven.protocol.MigrationScript;
import dev.litehaven.protocol.MigrationWork;
import dev.litehaven.protocol.Reason;
import dev.litehaven.protocol.RefusedException;
import dev.litehaven.protocol.VerifyRules;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MigrationManifestTest {
  private static final String HEAD =
      "apiVersion: litehaven.dev/v1alpha1\nkind: DatabaseMigration\nmetadata: {name: risk}\n";
  private static final String ONE = HEAD + "spec:\n  source: {inline: [{version: '1', up: 'X'}]}\n";

  @TempDir Path dir;

  private MigrationManifest read(String text) throws IOException {
    return MigrationManifest.read(write(text), null, null);
  }

  private Path write(String text) throws IOException {
    return Files.writeString(dir.resolve("migration.yaml"), text);
  }

  private void refused(String text, Reason reason, String named) {
    assertThatThrownBy(() -> read(text))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining(named)
        .extracting(e -> ((RefusedException) e).reason())
        .isEqualTo(reason);
  }

  @Test
  void everythingThatMattersIsTaken() throws IOException {
    MigrationManifest manifest =
        read(
            """
            ---
            kind: ConfigMap
            ---
            apiVersion: litehaven.dev/v1alpha1
            kind: DatabaseMigration
            metadata: {name: risk, namespace: team}
            spec:
              databaseRef: {name: portfolio}
              source:
                inline:
                  - version: "002"
                    description: add risk
                    up: |
                      ALTER TABLE a ADD COLUMN risk TEXT;
                    down: ALTER TABLE a DROP COLUMN risk;
                    when: SELECT 1
                    ensure:
                      tables: [{name: t, definition: "(id INTEGER)"}]
                      columns: [{table: a, name: c, definition: TEXT}]
                      indexes: [{name: i, table: a, columns: [c], unique: true, where: c > 1}]
              policy: {destructive: RequireApproval, changes: [a.b]}
              targetVersion: "002"
              verify:
                integrity: Full
                requiredTables: [a]
                requiredColumns: [a.risk]
                assertions: [{name: some, sql: SELECT count(*) FROM a}]
              history: {stream: app}
              activeDeadlineSeconds: 60
            """);
    assertThat(manifest.name()).isEqualTo("risk");
    assertThat(manifest.work())
        .isEqualTo(
            new MigrationWork(
                "app",
                List.of(
                    new MigrationScript(
                        "002",
                        "add risk",
                        "ALTER TABLE a ADD COLUMN risk TEXT;\n",
                        "ALTER TABLE a DROP COLUMN risk;",
                        "SELECT 1",
                        new Ensure(
                            List.of(new Ensure.Table("t", "(id INTEGER)")),
                            List.of(new Ensure.Column("a", "c", "TEXT")),
                            List.of(new Ensure.Index("i", "a", List.of("c"), true, "c > 1"))))),
                "002",
                Destructive.REQUIRE_APPROVAL,
                List.of("a.b"),
                new VerifyRules(
                    true,
                    List.of("a"),
                    List.of("a.risk"),
                    List.of(new VerifyRules.Assertion("some", "SELECT count(*) FROM a"))),
                null));
  }

  @Test
  void whatIsLeftOutIsTheStrictest() throws IOException {
    MigrationWork work = read(ONE).work();
    assertThat(work.destructive()).isEqualTo(Destructive.FORBID);
    assertThat(work.stream()).isEqualTo("default");
    assertThat(work.verify()).isEqualTo(VerifyRules.DEFAULT);
  }

  @Test
  void aDirectoryTakesThePlaceOfTheSource() throws IOException {
    Path migrations = Files.createDirectory(dir.resolve("migrations"));
    Files.writeString(migrations.resolve("1_a.up.sql"), "UP");
    MigrationManifest manifest =
        MigrationManifest.read(
            write(HEAD + "spec: {source: {configMapRef: {name: x}}}"), migrations, null);
    assertThat(manifest.work().files()).isEqualTo(Map.of("1_a.up.sql", "UP"));
    assertThat(manifest.work().scripts()).isEmpty();
  }

  @Test
  void aMisspelledPolicyIsNotALaxOne() {
    refused(ONE + "  polcy: {destructive: Allow}\n", Reason.SOURCE_INVALID, "polcy");
    refused(ONE + "  policy: {destructive: allow}\n", Reason.SOURCE_INVALID, "allow");
    refused(ONE.replace("'1'", "001"), Reason.SOURCE_INVALID, "String");
    refused(ONE + "  verify: {integrity: None}\n", Reason.SOURCE_INVALID, "None");
  }

  @Test
  void whatIsNoSingleMigrationIsRefused() {
    refused("", Reason.SOURCE_INVALID, "kind DatabaseMigration");
    refused("kind: ConfigMap", Reason.SOURCE_INVALID, "kind DatabaseMigration");
    refused(HEAD, Reason.SOURCE_INVALID, "no spec");
    refused(HEAD + "spec: {}", Reason.SOURCE_INVALID, "--migrations");
    refused(ONE + "---\n" + ONE, Reason.SOURCE_INVALID, "more than one");
    refused("a: [", Reason.SOURCE_INVALID, "line");
  }

  @Test
  void aMissingFileOrDirectoryIsNamed() throws IOException {
    assertThatThrownBy(() -> MigrationManifest.read(dir.resolve("gone.yaml"), null, null))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("gone.yaml");
    Path manifest = write(ONE);
    assertThatThrownBy(() -> MigrationManifest.read(manifest, dir.resolve("gone"), null))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("gone");
  }

  /** The resource's own schema is walked, so that a field added there cannot be forgotten here. */
  @Test
  void everyFieldOfTheResourceIsKnown() throws IOException {
    ObjectMapper yaml = new ObjectMapper(new YAMLFactory());
    JsonNode crd = yaml.readTree(Path.of("crds/litehaven.dev_databasemigrations.yaml").toFile());
    JsonNode schema = crd.at("/spec/versions/0/schema/openAPIV3Schema/properties/spec");
    assertThat(schema.path("properties").size()).isGreaterThan(5);
    ObjectNode document = JsonNodeFactory.instance.objectNode();
    document.put("kind", "DatabaseMigration");
    document.set("spec", sample(schema));
    MigrationManifest manifest = read(yaml.writeValueAsString(document));
    assertThat(manifest.work().scripts()).hasSize(1);
  }

  private static JsonNode sample(JsonNode schema) {
    JsonNodeFactory json = JsonNodeFactory.instance;
    if (schema.has("enum")) {
      return schema.get("enum").get(0);
    }
    return switch (schema.path("type").asText()) {
      case "object" -> {
        ObjectNode object = json.objectNode();
        schema
            .path("properties")
            .properties()
            .forEach(p -> object.set(p.getKey(), sample(p.getValue())));
        yield object;
      }
      case "array" -> {
        ArrayNode array = json.arrayNode();
        yield array.add(sample(schema.get("items")));
      }
      case "boolean" -> json.booleanNode(true);
      case "integer" -> json.numberNode(1);
      case "string" -> json.textNode("1");
      default -> throw new AssertionError("no sample for " + schema);
    };
  }
}
