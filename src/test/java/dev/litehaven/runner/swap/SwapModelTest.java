package dev.litehaven.runner.swap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.litehaven.runner.swap.SwapModel.Phase;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Old or new, whole, none mixed and no write displaced, whatever crashes and whoever writes. */
class SwapModelTest {
  @ParameterizedTest
  @CsvSource({
    "1, false, FORWARD, 2", "1, false, ROLLBACK, 2", "2, false, FORWARD, 1",
    "2, false, ROLLBACK, 1", "2, true, FORWARD, 1", "2, true, ROLLBACK, 1",
    "3, false, FORWARD, 0", "3, true, ROLLBACK, 1"
  })
  void everyCrashEndsInTheOldOrTheNewDatabase(
      int files, boolean ownDirectories, Phase phase, int strangers) throws Exception {
    var model =
        new SwapModel(files, ownDirectories, phase, strangers, UnaryOperator.identity()).explore();
    System.out.println("SwapModelTest " + model);
    assertThat(model.crashPoints).isGreaterThan(15);
    assertThat(model.states()).isGreaterThan(50);
    assertThat(model.ends).isGreaterThan(model.states() / 2);
  }

  @Tag("soak")
  @ParameterizedTest
  @CsvSource({
    "2, true, FORWARD, 2",
    "2, true, ROLLBACK, 2",
    "3, true, FORWARD, 1",
    "3, true, ROLLBACK, 1",
    "3, false, FORWARD, 2",
    "3, false, ROLLBACK, 2"
  })
  void moreFilesAndMoreStrangers(int files, boolean ownDirectories, Phase phase, int strangers)
      throws Exception {
    everyCrashEndsInTheOldOrTheNewDatabase(files, ownDirectories, phase, strangers);
  }

  /** Each protection taken out: the model must notice, or it proves nothing. */
  @ParameterizedTest
  @CsvSource({
    "NO_TOMBSTONES, FORWARD, mixed",
    "NO_TOMBSTONES, ROLLBACK, mixed",
    "NO_RESYNC, FORWARD, ''",
    "RENAME_BEFORE_ALL_TOMBSTONES, FORWARD, mixed",
    "RENAME_BEFORE_ALL_TOMBSTONES, ROLLBACK, mixed",
    "NO_INODES, FORWARD, ''",
    "NO_FSYNC_OF_FILES, FORWARD, ''",
    "NO_FSYNC_OF_DIRECTORIES, FORWARD, ''"
  })
  void withoutAProtectionTheModelTurnsRed(Mutation mutation, Phase phase, String says) {
    var model = new SwapModel(2, true, phase, 1, mutation::apply);
    assertThatThrownBy(model::explore)
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining(says);
    System.out.println("SwapModelTest without " + mutation + " red after " + model);
  }
}
