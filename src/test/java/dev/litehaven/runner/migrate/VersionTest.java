package dev.litehaven.runner.migrate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.litehaven.protocol.Reason;
import dev.litehaven.protocol.RefusedException;
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
}
