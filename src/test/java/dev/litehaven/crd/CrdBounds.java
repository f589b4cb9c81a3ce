package dev.litehaven.crd;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * What the API server checks of a status or a spec before it takes it: types, required fields,
 * lengths, numbers of items, ranges, patterns, enums, and that nothing would be pruned.
 */
public final class CrdBounds {
  private static final ObjectMapper YAML = new YAMLMapper();

  private final JsonNode schema;

  private CrdBounds(JsonNode schema) {
    this.schema = schema;
  }

  public static CrdBounds status(String plural) {
    return of(plural, "status");
  }

  public static CrdBounds spec(String plural) {
    return of(plural, "spec");
  }

  private static CrdBounds of(String plural, String part) {
    try {
      JsonNode crd = YAML.readTree(Path.of("crds", "litehaven.dev_" + plural + ".yaml").toFile());
      JsonNode schema = crd.at("/spec/versions/0/schema/openAPIV3Schema/properties").path(part);
      if (schema.isMissingNode()) {
        throw new IllegalStateException(plural + " has no " + part);
      }
      return new CrdBounds(schema);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * @throws AssertionError naming everything that the API server would refuse or drop
   */
  public void check(Object value) {
    List<String> wrong = problems(value);
    if (!wrong.isEmpty()) {
      throw new AssertionError("the API server would not take: " + wrong);
    }
  }

  public List<String> problems(Object value) {
    var wrong = new ArrayList<String>();
    check(Serialization.jsonMapper().valueToTree(value), schema, "", wrong);
    return wrong;
  }

  private static void check(JsonNode value, JsonNode schema, String path, List<String> wrong) {
    if (value.isNull()) {
      return;
    }
    switch (schema.path("type").asText("")) {
      case "object" -> object(value, schema, path, wrong);
      case "array" -> array(value, schema, path, wrong);
      case "string" -> string(value, schema, path, wrong);
      case "integer" -> {
        if (!value.isIntegralNumber()) {
          wrong.add(path + " is not an integer: " + value);
        } else if (schema.has("minimum") && value.asLong() < schema.get("minimum").asLong()
            || schema.has("maximum") && value.asLong() > schema.get("maximum").asLong()) {
          wrong.add(path + " is out of range: " + value);
        }
      }
      case "boolean" -> {
        if (!value.isBoolean()) {
          wrong.add(path + " is not a boolean: " + value);
        }
      }
      default -> {}
    }
  }

  private static void object(JsonNode value, JsonNode schema, String path, List<String> wrong) {
    for (JsonNode required : schema.path("required")) {
      if (!value.hasNonNull(required.asText())) {
        wrong.add(path + "." + required.asText() + " is required");
      }
    }
    if (!schema.has("properties")) {
      return;
    }
    value
        .fields()
        .forEachRemaining(
            field -> {
              JsonNode known = schema.get("properties").path(field.getKey());
              if (known.isMissingNode()) {
                wrong.add(path + "." + field.getKey() + " is not in the CRD");
              } else {
                check(field.getValue(), known, path + "." + field.getKey(), wrong);
              }
            });
  }

  private static void array(JsonNode value, JsonNode schema, String path, List<String> wrong) {
    if (!value.isArray()) {
      wrong.add(path + " is not a list");
      return;
    }
    if (schema.has("maxItems") && value.size() > schema.get("maxItems").asInt()
        || schema.has("minItems") && value.size() < schema.get("minItems").asInt()) {
      wrong.add(path + " has " + value.size() + " items");
    }
    for (int i = 0; i < value.size(); i++) {
      check(value.get(i), schema.path("items"), path + "[" + i + "]", wrong);
    }
  }

  private static void string(JsonNode value, JsonNode schema, String path, List<String> wrong) {
    if (!value.isTextual()) {
      wrong.add(path + " is not a string: " + value);
      return;
    }
    String text = value.asText();
    int length = text.codePointCount(0, text.length());
    if (schema.has("maxLength") && length > schema.get("maxLength").asInt()
        || schema.has("minLength") && length < schema.get("minLength").asInt()) {
      wrong.add(path + " has " + length + " characters");
    }
    if (schema.has("pattern")
        && !Pattern.compile(schema.get("pattern").asText()).matcher(text).find()) {
      wrong.add(path + " does not match its pattern: " + text);
    }
    if (schema.has("enum")) {
      boolean known = false;
      for (JsonNode one : schema.get("enum")) {
        known |= one.asText().equals(text);
      }
      if (!known) {
        wrong.add(path + " is none of its values: " + text);
      }
    }
  }
}
