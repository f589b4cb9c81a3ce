package dev.litehaven.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import dev.litehaven.protocol.Reason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Whoever looks a reason up finds it, and whoever follows a link arrives. */
class RunbookTest {
  private static final Path RUNBOOK = Path.of("docs/runbook.md");

  @ParameterizedTest
  @EnumSource
  void everyReasonIsExplained(Reason reason) throws IOException {
    assertThat(Files.readString(RUNBOOK)).containsPattern("\\b" + reason.text() + "\\b");
  }

  @Test
  void everyLinkIntoTheRunbookHasItsSection() throws IOException {
    String runbook = Files.readString(RUNBOOK);
    for (Path page : new Path[] {RUNBOOK, Path.of("README.md")}) {
      var links = Pattern.compile("\\((?:docs/runbook\\.md)?#([a-z-]+)\\)");
      var found = links.matcher(Files.readString(page)).results().toList();
      assertThat(found).as("links in %s", page).isNotEmpty();
      assertThat(found)
          .allSatisfy(
              link ->
                  assertThat(runbook)
                      .containsPattern("(?mi)^#+ " + link.group(1).replace('-', ' ') + "$"));
    }
  }
}
