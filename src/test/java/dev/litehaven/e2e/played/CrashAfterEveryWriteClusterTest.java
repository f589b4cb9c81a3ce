package dev.litehaven.e2e.played;

import static org.assertj.core.api.Assertions.assertThat;

import dev.litehaven.e2e.TestCluster;
import dev.litehaven.protocol.Reason;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.IntPredicate;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/**
 * The operator dies right after a write to the API, before it learns of the answer, and another one
 * goes on: what is there in the end, and what was made on the way, is the same as if nobody had
 * died. The API server, its controllers and the runner are the real ones; kubelet and app are
 * played.
 */
@Tag("cluster")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class CrashAfterEveryWriteClusterTest {
  /** So that several processes can share the lives. */
  private static final int FIRST = Integer.getInteger("litehaven.crash.first", 1);

  private static final int STEP = Integer.getInteger("litehaven.crash.step", 1);

  @TempDir static Path temp;

  private Life calm;

  @BeforeAll
  void undisturbed() throws Exception {
    calm = live(_ -> false, 1);
  }

  @Test
  void oneAfterTheOtherInOneLife() throws Exception {
    // The first write of each new operator is its last as well.
    Life everyWrite = live(_ -> true, 2);

    System.out.printf("undisturbed: %d writes: %s%n", calm.writes().size(), counted(calm.writes()));
    System.out.printf("operators that died after their first write: %d%n", everyWrite.restarts());
    assertThat(everyWrite.digest()).isEqualTo(calm.digest());
    assertThat(everyWrite.restarts()).isEqualTo(everyWrite.writes().size());
    assertThat(counted(everyWrite.writes()).keySet())
        .as("no kind of write was left out")
        .isEqualTo(counted(calm.writes()).keySet());
  }

  @Test
  @Tag("soak")
  void eachByItself() throws Exception {
    for (int write = FIRST; write <= calm.writes().size(); write += STEP) {
      int last = write;
      Life disturbed = live(number -> number == last, write);
      assertThat(disturbed.digest())
          .as("died after write %d, %s", write, calm.writes().get(write - 1))
          .isEqualTo(calm.digest());
      assertThat(disturbed.restarts()).isEqualTo(1);
    }
    System.out.printf(
        "died after each of %d writes by itself, from %d in steps of %d%n",
        calm.writes().size(), FIRST, STEP);
  }

  @Test
  void lateAndRepeatedWatchEventsChangeNothing() throws Exception {
    // Another seed is another order of events, with other old ones among them.
    Life other = live(_ -> false, 12);
    assertThat(other.digest()).isEqualTo(calm.digest());
    assertThat(counted(other.writes())).containsKeys("POST jobs", "PUT databasemigrations/status");
  }

  private record Life(String digest, List<String> writes, int restarts) {}

  /** A database gets ready, is migrated with a new version, and a bad version is rolled back. */
  private Life live(IntPredicate crashAfter, long seed) throws Exception {
    Path volume = Files.createTempDirectory(temp, "volume");
    try (var world = new World(TestCluster.get(), volume, seed)) {
      world.proxy().crashAfter(crashAfter);
      world.apply(Manifests.claim(world.namespace()));
      world.apply(Manifests.app("v1"));
      world.apply(Manifests.DATABASE);
      world.untilReady();

      world.apply(Manifests.migration("risk"));
      world.apply(Manifests.app("v2"));
      assertThat(world.untilEnded("shop").runs().getFirst().reason())
          .isEqualTo(Reason.SUCCEEDED.text());

      world.apply(Manifests.migration("risk", "sector"));
      world.apply(Manifests.app("bad"));
      assertThat(world.untilEnded("shop").runs().getFirst().reason())
          .isEqualTo(Reason.ROLLED_BACK.text());

      assertThat(world.everyRowIsThere()).as("no acknowledged row is missing").isTrue();
      return new Life(world.digest(), world.proxy().writes(), world.restarts());
    }
  }

  private static Map<String, Long> counted(List<String> writes) {
    return writes.stream()
        .collect(Collectors.groupingBy(write -> write, TreeMap::new, Collectors.counting()));
  }
}
