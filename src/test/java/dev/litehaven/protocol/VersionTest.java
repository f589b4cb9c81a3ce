package dev.litehaven.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;

class VersionTest {
  @ParameterizedTest
  @CsvSource({
    "2, 10",
    "002, 3",
    "1, 1.1",
    "1.2, 1.10",
    "1.9.9, 2",
    "20251231235959, 20260101000000",
    "99999999999999999999, 100000000000000000000",
  })
  void comparesByNumbers(String lower, String higher) {
    assertThat(Version.of(lower)).isLessThan(Version.of(higher));
    assertThat(Version.of(higher)).isGreaterThan(Version.of(lower));
    assertThat(Version.of(lower)).isNotEqualTo(Version.of(higher));
  }

  @ParameterizedTest
  @CsvSource({"2, 002", "1.2, 1.02", "2, 2.0", "1.0.0, 1", "0, 000"})
  void oneVersionHasManyForms(String one, String other) {
    assertThat(Version.of(one)).isEqualTo(Version.of(other));
    assertThat(Version.of(one)).hasSameHashCodeAs(Version.of(other));
    assertThat(Version.of(one)).isEqualByComparingTo(Version.of(other));
  }

  @ParameterizedTest
  @NullSource
  @ValueSource(strings = {"", " ", "a", "v2", "1.", ".1", "1..2", "-1", "1_2", "1 ", "٣", "1e3"})
  void refusesWhatIsNone(String text) {
    assertThatThrownBy(() -> Version.of(text))
        .isInstanceOfSatisfying(
            RefusedException.class, e -> assertThat(e.reason()).isEqualTo(Reason.INVALID_VERSION))
        .hasMessageContaining(text == null ? "missing" : text);
  }

  @Test
  void keepsItsText() {
    assertThat(Version.of("002").text()).isEqualTo("002");
  }

  @Test
  void refusesEndlessOnes() {
    assertThatThrownBy(() -> Version.of("1".repeat(65))).isInstanceOf(RefusedException.class);
  }

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
  void aSchemaIsComparedWithAnyToolsVersion(String have, String wanted, boolean enough) {
    assertThat(Version.atLeast(have, wanted)).isEqualTo(enough);
  }
}
