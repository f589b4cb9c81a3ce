package dev.litehaven.operator.run;

import dev.litehaven.crd.CrdBounds;
import dev.litehaven.operator.job.JobState;
import dev.litehaven.operator.migration.Kstatus;
import dev.litehaven.operator.migration.MigrationObservation;
import dev.litehaven.operator.migration.MigrationPlan;
import dev.litehaven.operator.migration.MigrationPlanner;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiPredicate;
import java.util.function.IntConsumer;

/** Turns a world as the reconciler turns a cluster, and crashes where it is told to. */
final class Driver {
  private static final int MAX_TURNS = 5_000;
  private static final CrdBounds BOUNDS = CrdBounds.status("databasemigrations");

  private final World world;
  private final List<String> trail = new ArrayList<>();
  private int turns = 0;

  Driver(World world) {
    this.world = world;
  }

  /** How it ended, for comparison: what people see, and what is on the volume. */
  record End(String phase, String reason, Disk disk, World.Pods pods) {}

  List<String> trail() {
    return trail;
  }

  int turns() {
    return turns;
  }

  /**
   * @param between what happens from outside before a turn
   * @param crash whether to die in this turn before this effect; one past the last: before the
   *     status
   */
  End run(IntConsumer between, BiPredicate<Integer, Integer> crash) {
    boolean begun = false;
    while (turns < MAX_TURNS) {
      between.accept(turns);
      MigrationPlan plan = turn(crash);
      begun |= world.status.run() != null;
      turns++;
      boolean idle = begun && world.status.run() == null;
      boolean halted = world.status.phase() != null && world.status.phase().equals("Halted");
      if (!world.exists
          || (idle && !world.given.deleting)
          || (halted && plan.effects().isEmpty())) {
        return end();
      }
      boolean moves =
          !plan.effects().isEmpty() || plan.again().filter(Duration::isZero).isPresent();
      world.tick(moves ? Duration.ofMillis(200) : Duration.ofSeconds(3));
    }
    throw new AssertionError("never ends: " + tail());
  }

  private MigrationPlan turn(BiPredicate<Integer, Integer> crash) {
    MigrationObservation seen = world.observe();
    MigrationPlan plan = MigrationPlanner.plan(seen);
    try {
      return carryOut(plan, crash);
    } catch (World.NotTaken _) {
      MigrationPlan instead =
          MigrationPlanner.plan(seen.with(new JobState.Refused(false, "A quota is used up.")));
      return carryOut(instead, crash);
    }
  }

  private MigrationPlan carryOut(MigrationPlan plan, BiPredicate<Integer, Integer> crash) {
    int at = 0;
    for (Effect effect : plan.effects()) {
      if (crash.test(turns, at++)) {
        return plan;
      }
      world.apply(effect);
    }
    if (crash.test(turns, at)) {
      return plan;
    }
    if (world.exists) {
      if (world.status.run() != plan.status().run()) {
        trail.add(
            plan.status().run() == null
                ? "end"
                : plan.status().run().step() + "/" + plan.status().run().attempt());
      }
      BOUNDS.check(plan.status());
      Kstatus.check(world.given.seen(), plan.status());
      world.status = plan.status();
    }
    return plan;
  }

  private End end() {
    var last = world.status.runs().isEmpty() ? null : world.status.runs().getFirst();
    return new End(world.status.phase(), last == null ? "" : last.reason(), world.disk, world.pods);
  }

  String tail() {
    return String.join(" ", trail.subList(Math.max(0, trail.size() - 40), trail.size()))
        + " "
        + world.broken;
  }
}
