package dev.litehaven.operator.database;

import static org.assertj.core.api.Assertions.assertThat;

import dev.litehaven.api.v1alpha1.Condition;
import dev.litehaven.api.v1alpha1.SQLiteDatabaseSpec;
import dev.litehaven.operator.database.DatabasePlan.Effect;
import dev.litehaven.operator.lock.LockState;
import dev.litehaven.protocol.InspectReport;
import dev.litehaven.protocol.Reason;
import dev.litehaven.protocol.RunnerReport.Outcome;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What is said of what was found. */
class DatabasePlannerFindingsTest extends DatabasePlannerFixture {
  @Test
  void whatWasFoundIsSaidAndTheLockLetGo() {
    found(file("app.db", null));
    expect(Condition.READY, Reason.HEALTHY);
    assertThat(plan.effects()).containsExactly(new Effect.ReleaseLock());
    assertThat(plan.status().files())
        .singleElement()
        .satisfies(file -> assertThat(file.ownerUid()).isEqualTo(1000));
    assertThat(plan.status().highestEpoch()).isEqualTo(9);
    assertThat(plan.status().identity()).isEqualTo("shop/shop-db");
  }

  @Test
  void severalFilesStallWithTheirNames() {
    found(file("a.db", null), file("b.db", null));
    expect(Condition.STALLED, Reason.SEVERAL_FILES);
    assertThat(plan.status().nextAction()).contains("a.db").contains("b.db").contains("exclude");
    assertThat(plan.notes()).singleElement().satisfies(note -> assertThat(note.warning()).isTrue());
  }

  @Test
  void hundredsOfFilesFitTheStatus() {
    found(
        IntStream.range(0, 300)
            .mapToObj(i -> file("d/" + i + ".db", null))
            .toArray(InspectReport.FileInfo[]::new));
    expect(Condition.STALLED, Reason.SEVERAL_FILES);
    assertThat(plan.status().files()).hasSize(32);
  }

  @Test
  void aBrokenFileStallsWithItsReason() {
    found(file("app.db", Reason.ENCRYPTED));
    expect(Condition.STALLED, Reason.ENCRYPTED);
    assertThat(plan.status().files())
        .singleElement()
        .satisfies(file -> assertThat(file.problem()).isEqualTo("Encrypted"));
  }

  @Test
  void aBrokenFileBesideAGoodOneIsNotTheDatabase() {
    found(file("cache.db", Reason.TRUNCATED), file("app.db", null));
    expect(Condition.READY, Reason.HEALTHY);
    assertThat(plan.status().files()).extracting("path").containsExactly("app.db");
  }

  @Test
  void allNamedFilesAreTheDatabaseAndAreNamed() {
    files =
        List.of(
            new SQLiteDatabaseSpec.File("main", "app.db"),
            new SQLiteDatabaseSpec.File("guides", "data/guides.db"));
    found(file("data/guides.db", null), file("app.db", null));
    expect(Condition.READY, Reason.HEALTHY);
    assertThat(plan.status().files()).extracting("name").containsExactly("main", "guides");
    assertThat(message()).contains("main app.db: ").contains("guides data/guides.db: ");
  }

  @Test
  void aNamedFileThatIsNotThereStalls() {
    files = List.of(new SQLiteDatabaseSpec.File("main", "app.db"));
    found(file("other.db", null));
    expect(Condition.STALLED, Reason.FILE_NOT_FOUND);
  }

  @Test
  void aRefusedLookStallsWithTheRunnersWords() {
    lock = new LockState.Held(4);
    inspection = report(Outcome.REFUSED, Reason.NETWORK_FILESYSTEM, null);
    expect(Condition.STALLED, Reason.NETWORK_FILESYSTEM);
    assertThat(plan.effects()).containsExactly(new Effect.ReleaseLock());
  }

  @Test
  void observedIsReadyAndNeverTouched() {
    mode = SQLiteDatabaseSpec.Mode.OBSERVE;
    pods = List.of(pod("shop-1", "v1", true, START.minusSeconds(60), null));
    found(file("app.db", null));
    expect(Condition.READY, Reason.OBSERVED);
    assertThat(opened()).isEmpty();
    assertThat(message()).contains("Observe").contains("Deployment shop");
  }
}
