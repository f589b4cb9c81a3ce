package dev.litehaven.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The API server itself refuses what cannot be right. Each fixture begins with a comment that holds
 * a part of the message that a user gets to see.
 */
@Tag("cluster")
class InvalidResourcesClusterTest {
  private static final Path FIXTURES = Path.of("src/test/resources/invalid");

  @BeforeAll
  static void install() {
    new Commands(TestCluster.get())
        .kubectl("default", "apply", "--server-side", "--force-conflicts", "-f", "crds");
  }

  static Stream<String> fixtures() throws IOException {
    try (var files = Files.list(FIXTURES)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList().stream();
    }
  }

  @ParameterizedTest
  @MethodSource("fixtures")
  void isRefused(String fixture) throws IOException {
    String yaml = Files.readString(FIXTURES.resolve(fixture));
    String expected = yaml.lines().findFirst().orElseThrow().replaceFirst("^# *", "");
    assertThat(expected).as("the first line says what the API server must answer").isNotBlank();
    try (KubernetesClient client = TestCluster.get().client()) {
      // One document, or two: an object and what it may not become.
      var items =
          client.load(new ByteArrayInputStream(yaml.getBytes(StandardCharsets.UTF_8))).items();
      items.forEach(item -> item.getMetadata().setNamespace("default"));
      try {
        if (items.size() == 2) {
          client.resource(items.getFirst()).create();
          assertThatThrownBy(() -> client.resource(items.getLast()).update())
              .isInstanceOf(KubernetesClientException.class)
              .hasMessageContaining(expected);
        } else {
          assertThatThrownBy(() -> client.resource(items.getFirst()).dryRun().create())
              .isInstanceOf(KubernetesClientException.class)
              .hasMessageContaining(expected);
        }
      } finally {
        items.forEach(item -> client.resource(item).delete());
      }
    }
  }
}
