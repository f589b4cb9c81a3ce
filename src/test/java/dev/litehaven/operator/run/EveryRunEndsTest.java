package dev.litehaven.operator.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.litehaven.api.v1alpha1.DatabaseMigrationSpec;
import dev.litehaven.operator.migration.Ended;
import dev.litehaven.operator.migration.Given;
import dev.litehaven.protocol.RunnerStep;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.IntConsumer;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/**
 * From any step, with any sequence of reports and losses, refusals, deletions and crashes, a run
 * comes to its end: workload let in, lock and claim let go, finalizer gone. Only HALTED waits, with
 * everything held, and says so.
 */
class EveryRunEndsTest {
  private static final int RANDOM_WORLDS = 10_000;

  @Test
  void whateverHappensTheRunEndsAndWhatWasStoppedIsStarted() {
    var ends = new TreeMap<String, Integer>();
    long turns = 0;
    for (int seed = 0; seed < RANDOM_WORLDS; seed++) {
      var random = new Random(seed);
      World world = random(random);
      var driver = new Driver(world);
      double crashes = random.nextInt(3) * 0.15;
      Driver.End end;
      try {
        end =
            driver.run(
                outside(world, random), (turn, _) -> turn > 0 && random.nextDouble() < crashes);
      } catch (RuntimeException | AssertionError e) {
        throw new AssertionError("seed " + seed + ": " + driver.tail(), e);
      }
      assertEnded(world, driver, "seed " + seed);
      ends.merge(end.phase() + "/" + end.reason(), 1, Integer::sum);
      turns += driver.turns();
    }
    System.out.printf("%d worlds, %d turns, ends: %s%n", RANDOM_WORLDS, turns, ends);
    assertThat(ends.keySet().stream().map(end -> end.substring(0, end.indexOf('/'))))
        .as("the worlds reach every kind of end")
        .contains("Succeeded", "Failed", "RolledBack", "Halted");
  }

  @Test
  void aCrashBeforeAnyEffectOrStatusChangesNothingAboutTheEnd() {
    int crashes = 0;
    for (Supplier<World> scenario : scenarios()) {
      World calm = scenario.get();
      var without = new Driver(calm);
      Driver.End expected = without.run(_ -> {}, (_, _) -> false);
      assertEnded(calm, without, "no crash");
      for (int turn = 0; turn < without.turns(); turn++) {
        for (int effect = 0; effect < 5; effect++) {
          int atTurn = turn;
          int atEffect = effect;
          World world = scenario.get();
          var driver = new Driver(world);
          boolean[] crashed = {false};
          Driver.End end =
              driver.run(
                  _ -> {},
                  (now, at) -> {
                    boolean here = !crashed[0] && now == atTurn && at == atEffect;
                    crashed[0] |= here;
                    return here;
                  });
          if (!crashed[0]) {
            break;
          }
          crashes++;
          String where = "crash in turn " + turn + " before effect " + effect;
          assertEnded(world, driver, where);
          assertThat(end).as(where + ": " + driver.tail()).isEqualTo(expected);
        }
      }
    }
    System.out.printf("%d scenarios, %d crash points%n", scenarios().size(), crashes);
    assertThat(crashes).isGreaterThan(500);
  }

  @Test
  void aRunThatIsDeletedInAnyTurnEndsAndIsGone() {
    int deletions = 0;
    for (Supplier<World> scenario : scenarios()) {
      var calm = new Driver(scenario.get());
      calm.run(_ -> {}, (_, _) -> false);
      for (int turn = 1; turn < calm.turns(); turn++) {
        int at = turn;
        World world = scenario.get();
        var driver = new Driver(world);
        driver.run(now -> world.given.deleting |= now == at && world.exists, (_, _) -> false);
        assertEnded(world, driver, "deleted in turn " + turn);
        deletions++;
      }
    }
    System.out.printf("%d deletions%n", deletions);
  }

  @Test
  void aDatabaseOrSourceThatGoesInAnyTurnDoesNotKeepTheWorkloadDown() {
    int losses = 0;
    for (Supplier<World> scenario : scenarios()) {
      var calm = new Driver(scenario.get());
      calm.run(_ -> {}, (_, _) -> false);
      for (int turn = 1; turn < calm.turns(); turn++) {
        for (boolean database : List.of(true, false)) {
          int at = turn;
          World world = scenario.get();
          var driver = new Driver(world);
          driver.run(
              now -> {
                if (now == at && database) {
                  world.given.databaseGone();
                  world.recoveryImpossible = true;
                } else if (now == at) {
                  world.given.sourceGone();
                }
              },
              (_, _) -> false);
          assertEnded(world, driver, (database ? "database" : "source") + " gone in turn " + turn);
          losses++;
        }
      }
    }
    System.out.printf("%d losses of database or source%n", losses);
  }

  private static void assertEnded(World world, Driver driver, String where) {
    String as = where + ": " + driver.tail();
    assertThat(world.broken).as(as).isEmpty();
    if ("Halted".equals(world.status.phase())) {
      assertThat(world.lockHolder).as(as).isNotNull();
      assertThat(world.status.nextAction()).as(as).isNotBlank();
      return;
    }
    assertThat(world.heldBy).as("held, " + as).isNull();
    assertThat(world.lockHolder).as("locked, " + as).isNull();
    assertThat(world.claimProtected).as("claim protected, " + as).isFalse();
    if (world.given.deleting) {
      assertThat(world.exists).as("finalizer, " + as).isFalse();
    }
    if (!world.startIsRefused) {
      assertThat(world.pods).as("let in, " + as).isNotEqualTo(World.Pods.NONE);
    }
  }

  /** What happens from outside: deletion, lost resources, impatient humans. */
  private static IntConsumer outside(World world, Random random) {
    int deletedAt = random.nextInt(4) == 0 ? random.nextInt(120) : -1;
    int databaseGoneAt = random.nextInt(6) == 0 ? random.nextInt(120) : -1;
    int sourceGoneAt = random.nextInt(6) == 0 ? random.nextInt(120) : -1;
    int changedAt = random.nextInt(8) == 0 ? random.nextInt(60) : -1;
    int leaseRemovedAt = random.nextInt(10) == 0 ? random.nextInt(80) : -1;
    int askedAt = random.nextInt(3) == 0 ? 60 + random.nextInt(60) : -1;
    return turn -> {
      if (turn > 0 && turn == deletedAt) {
        world.given.deleting = true;
      }
      if (turn > 0 && turn == databaseGoneAt) {
        world.given.databaseGone();
        world.recoveryImpossible = true;
      }
      if (turn > 0 && turn == sourceGoneAt) {
        world.given.sourceGone();
      }
      if (turn > 0 && turn == changedAt) {
        world.given.source = Given.source("d2");
        world.given.generation++;
      }
      if (turn == leaseRemovedAt) {
        world.lockHolder = null;
      }
      if (turn == askedAt) {
        world.given.requestedAt = Optional.of("now please");
      }
    };
  }

  private static World random(Random random) {
    var world = new World();
    world.given.work = random.nextInt(3) == 0 ? Work.RESTORE : Work.MIGRATION;
    world.given.onlyCompares = world.given.work == Work.RESTORE && random.nextInt(6) == 0;
    world.newTemplateWorks = random.nextInt(3) > 0;
    world.startIsRefused = random.nextInt(25) == 0;
    world.stopAgainIsRefused = random.nextInt(25) == 0;
    world.snapshotNeverReady = random.nextInt(4) == 0;
    world.given.singlePod = random.nextInt(5) == 0;
    world.given.snapshotClass = random.nextInt(4) == 0 ? "fast" : null;
    world.given.onNotReady =
        random.nextInt(4) == 0
            ? DatabaseMigrationSpec.OnNotReady.KEEP
            : DatabaseMigrationSpec.OnNotReady.ROLLBACK;
    for (RunnerStep step : RunnerStep.values()) {
      var fates = new ArrayList<Fate>();
      for (int i = random.nextInt(5); i > 0; i--) {
        fates.add(Fate.values()[random.nextInt(Fate.values().length)]);
      }
      if (random.nextInt(4) > 0) {
        fates.add(Fate.SUCCEEDS);
      }
      world.script.put(step, List.copyOf(possible(step, fates)));
    }
    world.recoveryImpossible = alwaysLost(world.script.get(RunnerStep.RECOVER));
    return world;
  }

  /** A step can only do what it does. */
  private static List<Fate> possible(RunnerStep step, List<Fate> fates) {
    return fates.stream()
        .filter(
            fate ->
                fate != Fate.UP_TO_DATE
                    || step == RunnerStep.PLAN
                    || step == RunnerStep.MIGRATE
                    || step == RunnerStep.FETCH
                    || step == RunnerStep.RESTORE)
        .filter(fate -> fate != Fate.NEVER_STARTS || step != RunnerStep.ROLLBACK)
        .toList();
  }

  private static boolean alwaysLost(List<Fate> fates) {
    return !fates.isEmpty() && fates.getLast() != Fate.SUCCEEDS;
  }

  private static List<Supplier<World>> scenarios() {
    var all = new ArrayList<Supplier<World>>();
    all.add(() -> world(Map.of()));
    all.add(() -> world(Map.of(RunnerStep.PLAN, "UP_TO_DATE")));
    all.add(() -> world(Map.of(RunnerStep.PLAN, "LOST_BEFORE INTERRUPTED SUCCEEDS")));
    all.add(() -> world(Map.of(RunnerStep.PLAN, "REFUSES")));
    all.add(() -> world(Map.of(RunnerStep.MIGRATE, "REFUSES")));
    all.add(() -> world(Map.of(RunnerStep.MIGRATE, "LOST_BEFORE SUCCEEDS")));
    all.add(() -> world(Map.of(RunnerStep.MIGRATE, "LOST_AFTER SUCCEEDS")));
    all.add(() -> world(Map.of(RunnerStep.MIGRATE, "LOST_HALF_WAY")));
    all.add(() -> world(Map.of(RunnerStep.MIGRATE, "LOST_AFTER")));
    all.add(() -> world(Map.of(RunnerStep.MIGRATE, "NEVER_STARTS")));
    all.add(() -> world(Map.of(RunnerStep.MIGRATE, "NOT_TAKEN")));
    all.add(() -> world(Map.of(RunnerStep.MIGRATE, "NEEDS_DECISION")));
    all.add(() -> world(Map.of(RunnerStep.SETTLE, "NEVER_STARTS")));
    all.add(() -> world(Map.of(RunnerStep.SETTLE, "LOST_BEFORE")));
    all.add(() -> bad(Map.of()));
    all.add(() -> bad(Map.of(RunnerStep.ROLLBACK, "LOST_HALF_WAY SUCCEEDS")));
    all.add(() -> bad(Map.of(RunnerStep.ROLLBACK, "FAILS LOST_AFTER SUCCEEDS")));
    all.add(() -> bad(Map.of(RunnerStep.ROLLBACK, "NEEDS_DECISION")));
    all.add(() -> bad(Map.of(RunnerStep.ROLLBACK, "LOST_BEFORE")));
    all.add(
        () -> {
          World world = world(Map.of());
          world.given.snapshotClass = "fast";
          return world;
        });
    all.add(
        () -> {
          World world = bad(Map.of());
          world.given.singlePod = true;
          return world;
        });
    all.add(() -> restore(world(Map.of())));
    all.add(() -> restore(world(Map.of(RunnerStep.FETCH, "LOST_BEFORE INTERRUPTED SUCCEEDS"))));
    all.add(() -> restore(world(Map.of(RunnerStep.FETCH, "REFUSES"))));
    all.add(() -> restore(world(Map.of(RunnerStep.FETCH, "UP_TO_DATE"))));
    all.add(() -> restore(world(Map.of(RunnerStep.RESTORE, "REFUSES"))));
    all.add(() -> restore(world(Map.of(RunnerStep.RESTORE, "UP_TO_DATE"))));
    all.add(() -> restore(world(Map.of(RunnerStep.RESTORE, "LOST_HALF_WAY"))));
    all.add(() -> restore(world(Map.of(RunnerStep.RESTORE, "LOST_AFTER SUCCEEDS"))));
    all.add(() -> restore(world(Map.of(RunnerStep.RESTORE, "NEVER_STARTS"))));
    all.add(() -> restore(bad(Map.of())));
    all.add(() -> restore(bad(Map.of(RunnerStep.ROLLBACK, "LOST_HALF_WAY SUCCEEDS"))));
    all.add(() -> restore(bad(Map.of(RunnerStep.ROLLBACK, "NEEDS_DECISION"))));
    all.add(
        () -> {
          World world = restore(world(Map.of(RunnerStep.FETCH, "LOST_BEFORE SUCCEEDS")));
          world.given.singlePod = true;
          return world;
        });
    all.add(
        () -> {
          World world = restore(world(Map.of(RunnerStep.RESTORE, "LOST_BEFORE SUCCEEDS")));
          world.given.onlyCompares = true;
          return world;
        });
    all.add(() -> undoing(Map.of()));
    all.add(() -> undoing(Map.of(RunnerStep.ROLLBACK, "REFUSES")));
    all.add(() -> undoing(Map.of(RunnerStep.ROLLBACK, "NEEDS_DECISION")));
    all.add(() -> undoing(Map.of(RunnerStep.ROLLBACK, "LOST_HALF_WAY FAILS SUCCEEDS")));
    all.add(() -> undoing(Map.of(RunnerStep.ROLLBACK, "LOST_AFTER SUCCEEDS")));
    all.add(() -> undoing(Map.of(RunnerStep.ROLLBACK, "NOT_TAKEN")));
    return all;
  }

  /** The new code runs on the new database, and somebody asks for the old ones. */
  private static World undoing(Map<RunnerStep, String> script) {
    World world = world(script);
    world.disk = Disk.NEW;
    world.pods = World.Pods.NEW;
    world.status = Ended.afterSuccess("m-1");
    world.given.rollbackOf = Optional.of("m-1");
    return world;
  }

  private static World restore(World world) {
    world.given.work = Work.RESTORE;
    return world;
  }

  private static World bad(Map<RunnerStep, String> script) {
    World world = world(script);
    world.newTemplateWorks = false;
    return world;
  }

  private static World world(Map<RunnerStep, String> script) {
    var world = new World();
    var fates = new EnumMap<RunnerStep, List<Fate>>(RunnerStep.class);
    script.forEach(
        (step, text) ->
            fates.put(
                step,
                Arrays.stream(text.split(" ", -1))
                    .map(Fate::valueOf)
                    .collect(Collectors.toList())));
    world.script.putAll(fates);
    return world;
  }
}
