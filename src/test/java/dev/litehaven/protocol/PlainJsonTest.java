package dev.litehaven.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.math.BigInteger;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The library's parser is the judge of what is JSON and of what it says. */
class PlainJsonTest {
  private static final JsonMapper LIBRARY =
      JsonMapper.builder()
          .enable(DeserializationFeature.USE_LONG_FOR_INTS)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private static final String DOCUMENT =
      """
      {"a": "plain", "b" :"\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\uD83D\\ude00 é😀\u2028", "": [],
       "c": [1, -0, 0, -7, 9223372036854775807, -9223372036854775808],\t"d": [1.5, -0.25, 2e3, 1E-2, 7.0e+1],
       "e": [true, false, null, {}, [[[{"x": {"y": [""]}}]]]], "a": "again"}
      """;

  private static Object library(String text) throws JsonProcessingException {
    return LIBRARY.readValue(text, Object.class);
  }

  @Test
  void readsWhatTheLibraryReads() throws Exception {
    for (String text :
        List.of(DOCUMENT, "1", " null ", "\"\"", "[]", "\r\n{}\t", "true", "-1.0e-1")) {
      assertThat(PlainJson.read(text)).as(text).isEqualTo(library(text));
    }
    assertThat(((Map<?, ?>) PlainJson.read(DOCUMENT)).get("a")).isEqualTo("again");
  }

  @Test
  void refusesWhatTheLibraryRefuses() {
    for (String text :
        List.of(
            "{",
            "}",
            "[1,]",
            "{\"a\":1,}",
            "{a:1}",
            "{'a':1}",
            "[1 2]",
            "01",
            "-",
            "1.",
            ".5",
            "1e",
            "+1",
            "\"\\x\"",
            "\"\\u12g4\"",
            "\"\\u12",
            "\"a",
            "\"a\nb\"",
            "\"\\u\uff11111\"",
            "tru",
            "nullx",
            "NaN",
            "{} {}",
            "[1]]",
            "// a\n1",
            "\ufeff{}",
            "{\"a\" 1}",
            "{\"a\":}",
            "[,1]")) {
      assertThatThrownBy(() -> library(text)).as(text).isInstanceOf(JsonProcessingException.class);
      assertThatThrownBy(() -> PlainJson.read(text))
          .as(text)
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("at character");
    }
  }

  /** What is broken at one place is read the same, or refused by both. */
  @Test
  void agreesWithTheLibraryOnWhateverIsBroken() {
    var random = new Random(7);
    String characters = "{}[]\",:\\ue01-+.9tfn é\n";
    int read = 0;
    for (int i = 0; i < 20_000; i++) {
      var broken = new StringBuilder(DOCUMENT);
      int at = random.nextInt(DOCUMENT.length());
      char other = characters.charAt(random.nextInt(characters.length()));
      switch (random.nextInt(3)) {
        case 0 -> broken.deleteCharAt(at);
        case 1 -> broken.setCharAt(at, other);
        default -> broken.insert(at, other);
      }
      String text = broken.toString();
      Object expected = outcome(() -> library(text));
      Object actual = outcome(() -> PlainJson.read(text));
      // The library has a type for whole numbers that no long holds.
      assertThat(actual).as(text).isEqualTo(holdsBigInteger(expected) ? "refused" : expected);
      read += "refused".equals(expected) ? 0 : 1;
    }
    assertThat(read).as("documents that were JSON all the same").isBetween(2_000, 18_000);
  }

  private static boolean holdsBigInteger(Object value) {
    return switch (value) {
      case Map<?, ?> fields -> fields.values().stream().anyMatch(PlainJsonTest::holdsBigInteger);
      case List<?> elements -> elements.stream().anyMatch(PlainJsonTest::holdsBigInteger);
      case null, default -> value instanceof BigInteger;
    };
  }

  private interface Reading {
    Object read() throws Exception;
  }

  private static Object outcome(Reading reading) {
    try {
      return reading.read();
    } catch (Exception e) {
      return "refused";
    }
  }

  @Test
  void aNumberThatNoLongHoldsIsRefused() {
    assertThatThrownBy(() -> PlainJson.read(BigInteger.TWO.pow(63).toString()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("the number 9223372036854775808 is too large");
  }

  @Test
  void aTextThatNestsWithoutEndIsRefusedBeforeTheStackIsFull() {
    assertThat(PlainJson.read("[".repeat(60) + "]".repeat(60))).isInstanceOf(List.class);
    assertThatThrownBy(() -> PlainJson.read("[".repeat(100_000)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("deeper than");
  }
}
