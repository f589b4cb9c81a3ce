package dev.litehaven.crd;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The committed CRDs are what the API types say. {@code ./dev crds} writes them anew. */
class CrdsAreCurrentTest {
  private static final Path CRDS = Path.of("crds");
  private static final Path CHART = Path.of("helm/litehaven/templates/crds");

  @BeforeAll
  static void writeWhereAsked() throws IOException {
    if (Boolean.getBoolean("litehaven.crds.write")) {
      write(CrdFiles.generate());
    }
  }

  @Test
  void committedCrdsEqualTheGeneratedOnes() throws IOException {
    assertThat(read(CRDS))
        .as("run ./dev crds after changing the API")
        .isEqualTo(CrdFiles.generate());
  }

  @Test
  void theChartCarriesTheSameCrds() throws IOException {
    SortedMap<String, String> expected = new TreeMap<>();
    CrdFiles.generate().forEach((name, yaml) -> expected.put(name, templated(yaml)));
    assertThat(read(CHART)).as("run ./dev crds after changing the API").isEqualTo(expected);
  }

  private static void write(SortedMap<String, String> generated) throws IOException {
    Files.createDirectories(CRDS);
    Files.createDirectories(CHART);
    for (var entry : generated.entrySet()) {
      Files.writeString(CRDS.resolve(entry.getKey()), entry.getValue());
      Files.writeString(CHART.resolve(entry.getKey()), templated(entry.getValue()));
    }
  }

  /** Installed with the chart unless switched off, and kept when it goes: data hangs on them. */
  private static String templated(String yaml) {
    String kept =
        yaml.replaceFirst(
            "\nmetadata:\n",
            "\nmetadata:\n{{- if .Values.crds.keep }}\n  annotations:\n    helm.sh/resource-policy: keep\n{{- end }}\n");
    return "{{- if .Values.crds.enabled }}\n" + kept + "{{- end }}\n";
  }

  private static SortedMap<String, String> read(Path directory) throws IOException {
    var files = new TreeMap<String, String>();
    try (var list = Files.list(directory)) {
      for (Path file : list.toList()) {
        files.put(file.getFileName().toString(), Files.readString(file));
      }
    }
    return files;
  }
}
