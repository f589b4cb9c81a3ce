package dev.litehaven.operator.workload;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.datatype.jdk8.Jdk8Module;
import dev.litehaven.api.v1alpha1.Api;

/** The annotation {@link Api#QUIESCED} as JSON. */
final class QuiescedFormat {
  /** Fields of a later version are left unread, a missing field is an error. */
  private static final ObjectMapper JSON =
      JsonMapper.builder()
          .addModule(new Jdk8Module())
          .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
          .build();

  private QuiescedFormat() {}

  static String write(Quiesced record) {
    return json(record);
  }

  /** Nulls in maps are kept: in a merge patch they remove. */
  static String json(Object value) {
    try {
      return JSON.writeValueAsString(value);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("maps, strings and numbers are always JSON", e);
    }
  }

  /**
   * @throws IllegalArgumentException with a message for a human when the text is not such a record
   */
  static Quiesced read(String text) {
    try {
      return JSON.readValue(text, Quiesced.class);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(e.getOriginalMessage(), e);
    }
  }
}
