package dev.litehaven.operator.backup;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Quantity;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PlacesTest {
  @ParameterizedTest
  @CsvSource(
      nullValues = "none",
      value = {
        "1Gi, 2Gi, 2Gi",
        "3Gi, 2Gi, 3Gi",
        "2147483648, 1Gi, 2147483648",
        "0, 2Gi, 2Gi",
        "none, 2Gi, 2Gi",
        "5Gi, none, 5Gi",
        "none, none, 1Gi"
      })
  void aVolumeForASnapshotIsLargeEnoughForIt(String snapshot, String claim, String size) {
    assertThat(
            Places.size(
                snapshot == null ? null : new Quantity(snapshot),
                claim == null ? null : new Quantity(claim)))
        .isEqualTo(size);
  }
}
