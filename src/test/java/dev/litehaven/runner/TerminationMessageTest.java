package dev.litehaven.runner;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TerminationMessageTest {
  @TempDir Path dir;

  @Test
  void fitsWhateverIsSaidAndKeepsTheBeginning() throws Exception {
    Path log = Files.createFile(dir.resolve("log"));
    for (String unit : new String[] {"x", "é", "€", "😀"}) {
      for (int count : new int[] {0, 1, 1_021, 1_022, 1_023, 1_024, 2_047, 4_095, 4_097, 20_000}) {
        String sentence = "a" + unit.repeat(count);
        TerminationMessage.write(log, sentence);
        String kept = Files.readString(log);
        long size = Files.size(log);
        assertThat(size).isLessThanOrEqualTo(TerminationMessage.MAX_BYTES);
        if (kept.endsWith(" ...")) {
          // Nothing is cut that would have fitted, and no character is split.
          assertThat(size).isGreaterThan(TerminationMessage.MAX_BYTES - 4);
          assertThat(sentence).startsWith(kept.substring(0, kept.length() - 4));
        } else {
          assertThat(kept).isEqualTo(sentence);
        }
      }
    }
  }

  @Test
  void aFileThatIsNotThereIsNotMade() throws Exception {
    TerminationMessage.write(dir.resolve("none"), "a");
    assertThat(dir).isEmptyDirectory();
  }
}
