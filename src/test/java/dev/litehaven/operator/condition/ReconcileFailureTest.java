package dev.litehaven.operator.condition;

import static org.assertj.core.api.Assertions.assertThat;

import dev.litehaven.protocol.Reason;
import io.fabric8.kubernetes.api.model.StatusBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ReconcileFailureTest {
  private static KubernetesClientException answer(int code, String message) {
    return new KubernetesClientException(
        message, code, new StatusBuilder().withCode(code).withMessage(message).build());
  }

  @Test
  void aMissingRightIsToldAtOnceInTheServersWords() {
    assertThat(ReconcileFailure.of(answer(403, "pods is forbidden"), 0))
        .hasValueSatisfying(
            failure -> {
              assertThat(failure.reason()).isEqualTo(Reason.API_REFUSED);
              assertThat(failure.message()).contains("pods is forbidden").contains("Role");
            });
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 404, 409, 429, 500, 503})
  void whatPassesByItselfIsToldOnlyWhenItDoesNot(int code) {
    assertThat(ReconcileFailure.of(answer(code, "later"), 2)).isEmpty();
    assertThat(ReconcileFailure.of(answer(code, "later"), 3)).isPresent();
  }

  @Test
  void anErrorOfOurOwnIsToldToo() {
    var bug = new IllegalStateException("no such step");
    assertThat(ReconcileFailure.of(bug, 0)).isEmpty();
    assertThat(ReconcileFailure.of(bug, 3))
        .hasValueSatisfying(
            failure -> {
              assertThat(failure.reason()).isEqualTo(Reason.INTERNAL_ERROR);
              assertThat(failure.message()).contains("no such step");
            });
  }
}
