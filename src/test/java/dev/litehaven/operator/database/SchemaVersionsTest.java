package dev.litehaven.operator.database;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SchemaVersionsTest {
  @ParameterizedTest
  @CsvSource(
      nullValues = "null",
      value = {
        "2, 2, true",
        "2, 002, true",
        "10, 9, true",
        "9, 10, false",
        "1.2, 1.10, false",
        "1.10, 1.2, true",
        "1, 1.0, true",
        "1.0.1, 1, true",
        "1_2, 1.2, true",
        "20260301120000, 20260301115959, true",
        "99999999999999999999, 99999999999999999998, true",
        "null, 1, false",
        "ae1027a6acf, ae1027a6acf, true",
        "ae1027a6acf, 2, false",
        "3, head, false"
      })
  void versionsAreComparedPartByPartAsNumbers(String have, String wanted, boolean enough) {
    assertThat(SchemaVersions.atLeast(have, wanted)).isEqualTo(enough);
  }
}
