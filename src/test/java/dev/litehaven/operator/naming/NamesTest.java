package dev.litehaven.operator.naming;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class NamesTest {
  @Test
  void aJobIsNamedByRunStepAndToken() {
    assertThat(Names.job("m-0123456789", "ROLLBACK", 9_999_999_999L))
        .isEqualTo("lh-m-0123456789-rollback-9999999999")
        .hasSizeLessThan(64);
    assertThat(Names.job("m-1", "PLAN", 7)).isNotEqualTo(Names.job("m-1", "PLAN", 8));
  }

  @Test
  void leasesOfClaimsAndWorkloadsNeverMeet() {
    String uid = "0b9c6f0e-5d2f-4d1c-9a59-9d5d3c1d7a11";
    assertThat(Names.claimLease(uid)).isNotEqualTo(Names.workloadLease(uid));
    assertThat(Names.workloadLease(uid)).hasSizeLessThan(64);
  }

  @Test
  void partsOfAHashDoNotRunIntoEachOther() {
    assertThat(Names.shortHash("ab", "c")).isNotEqualTo(Names.shortHash("a", "bc")).hasSize(10);
    assertThat(Names.shortHash("a", "b")).isEqualTo(Names.shortHash("a", "b"));
  }

  @Test
  void whatIsNoDnsLabelFailsAtOnce() {
    for (String bad : new String[] {"", "A", "a_b", "-a", "a-", "a".repeat(64), "a.b"}) {
      assertThatThrownBy(() -> Names.label(bad)).isInstanceOf(IllegalArgumentException.class);
    }
  }
}
