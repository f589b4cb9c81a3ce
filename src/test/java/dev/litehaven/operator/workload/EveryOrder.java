package dev.litehaven.operator.workload;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import dev.litehaven.operator.workload.WorkloadPlan.Act;
import dev.litehaven.operator.workload.WorkloadPlan.Reached;
import dev.litehaven.operator.workload.WorkloadPlan.Refuse;
import dev.litehaven.operator.workload.WorkloadPlan.Wait;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Runs a program of goals against a model in every order that operator, controllers, kubelet and
 * other people can act in. The operator may die between any two actions, and may act on what it saw
 * long ago. Checked in every state: never two pods that may write, none while the data is changed,
 * and the wanted end can still be reached.
 */
final class EveryOrder<S extends Model<S>> {
  /** One line of a program. */
  sealed interface Step {
    /**
     * Bring the workload there, then go on; {@code onFailure} is where to go when it never does.
     */
    record Reach(WorkloadGoal goal, Optional<Integer> onFailure) implements Step {}

    /** Nothing may run: the data is changed. */
    record ChangeData() implements Step {}
  }

  /** A model, the step the program is at, and actions planned earlier and not carried out yet. */
  private record State<S>(S model, int step, List<WorkloadAction> planned, boolean aborted) {}

  private final List<Step> program;
  private final Optional<Integer> abortTo;
  private final Map<State<S>, Set<State<S>>> cameFrom = new LinkedHashMap<>();
  private final Map<State<S>, String> how = new HashMap<>();
  private final Gatekeeper.Circumstances afterwards;
  private boolean watchForTwo = true;

  /**
   * A search to run.
   *
   * @param abortTo where the program goes on when the user gives up at any time before that step
   * @param afterwards what the gatekeeper knows when the program has ended
   */
  EveryOrder(List<Step> program, Optional<Integer> abortTo, Gatekeeper.Circumstances afterwards) {
    this.program = program;
    this.abortTo = abortTo;
    this.afterwards = afterwards;
  }

  /** For ways of stopping under which a controller may run two pods of its own accord. */
  EveryOrder<S> twoMayRunOutsideTheWindow() {
    watchForTwo = false;
    return this;
  }

  /** Tries everything; returns how many states there were. */
  int run(S start, Predicate<S> end) {
    var first = new State<>(start, 0, List.<WorkloadAction>of(), false);
    var open = new ArrayDeque<State<S>>();
    cameFrom.put(first, new HashSet<>());
    open.add(first);
    while (!open.isEmpty()) {
      State<S> state = open.poll();
      check(state);
      for (var next : successors(state).entrySet()) {
        if (!cameFrom.containsKey(next.getKey())) {
          cameFrom.put(next.getKey(), new HashSet<>());
          how.put(next.getKey(), next.getValue());
          open.add(next.getKey());
        }
        cameFrom.get(next.getKey()).add(state);
      }
      assertThat(cameFrom.size())
          .as("states; the model does not come to an end")
          .isLessThan(3_000_000);
    }
    everyStateReaches(end);
    return cameFrom.size();
  }

  private void check(State<S> state) {
    if (watchForTwo && state.model.running().size() > 1) {
      fail("two pods may write:\n" + story(state));
    }
    if (state.step < program.size()
        && program.get(state.step) instanceof Step.ChangeData
        && !state.model.running().isEmpty()) {
      fail("a pod runs while the data is changed:\n" + story(state));
    }
  }

  private Map<State<S>, String> successors(State<S> state) {
    var next = new LinkedHashMap<State<S>, String>();
    for (S other : state.model.others()) {
      next.put(new State<>(other, state.step, state.planned, state.aborted), "the cluster moves");
    }
    if (!state.planned.isEmpty()) {
      WorkloadAction action = state.planned.getFirst();
      Optional<S> after = state.model.apply(action);
      List<WorkloadAction> rest =
          after.isPresent() ? state.planned.subList(1, state.planned.size()) : List.of();
      next.put(
          new State<>(after.orElse(state.model), state.step, List.copyOf(rest), state.aborted),
          (after.isPresent() ? "done: " : "stale: ") + action);
      next.put(new State<>(state.model, state.step, List.of(), state.aborted), "operator dies");
      return next;
    }
    if (state.step < program.size()) {
      abortTo
          .filter(to -> !state.aborted && state.step < to)
          .ifPresent(to -> next.put(new State<>(state.model, to, List.of(), true), "aborted"));
      switch (program.get(state.step)) {
        case Step.ChangeData() -> next.put(at(state, state.step + 1), "data changed");
        case Step.Reach(WorkloadGoal goal, Optional<Integer> onFailure) ->
            plan(state, goal, onFailure, next);
      }
    } else {
      var verdict = Gatekeeper.decide(state.model.observe(), afterwards);
      if (!verdict.actions().isEmpty()) {
        next.put(
            new State<>(state.model, state.step, verdict.actions(), state.aborted), "gatekeeper");
      }
    }
    return next;
  }

  private void plan(
      State<S> state, WorkloadGoal goal, Optional<Integer> onFailure, Map<State<S>, String> next) {
    switch (WorkloadPlanner.plan(state.model.observe(), goal)) {
      case Act act ->
          next.put(
              new State<>(state.model, state.step, act.actions(), state.aborted), act.message());
      case Reached reached -> next.put(at(state, state.step + 1), reached.message());
      case Wait wait ->
          onFailure.ifPresent(to -> next.put(at(state, to), "given up: " + wait.message()));
      case Refuse refuse ->
          onFailure.ifPresent(to -> next.put(at(state, to), "refused: " + refuse.message()));
    }
  }

  private State<S> at(State<S> state, int step) {
    return new State<>(state.model, step, List.of(), state.aborted);
  }

  private void everyStateReaches(Predicate<S> end) {
    var reaches = new HashSet<State<S>>();
    var open = new ArrayDeque<State<S>>();
    for (State<S> state : cameFrom.keySet()) {
      if (state.step == program.size() && end.test(state.model)) {
        reaches.add(state);
        open.add(state);
      }
    }
    assertThat(reaches).as("states at the wanted end").isNotEmpty();
    while (!open.isEmpty()) {
      for (State<S> before : cameFrom.get(open.poll())) {
        if (reaches.add(before)) {
          open.add(before);
        }
      }
    }
    for (State<S> state : cameFrom.keySet()) {
      if (!reaches.contains(state)) {
        fail("the wanted end cannot be reached any more:\n" + story(state));
      }
    }
  }

  /** How the search came to a state. */
  private String story(State<S> state) {
    var lines = new ArrayList<String>();
    State<S> at = state;
    while (at != null) {
      lines.addFirst(
          "step %d %s\n    %s".formatted(at.step, how.getOrDefault(at, "start"), at.model));
      State<S> here = at;
      // The first one that was recorded is the one the search came from.
      at = cameFrom.get(here).isEmpty() ? null : firstSeen(here, lines.size());
    }
    return String.join("\n", lines);
  }

  private State<S> firstSeen(State<S> state, int depth) {
    if (depth > 200) {
      return null;
    }
    for (State<S> candidate : cameFrom.keySet()) {
      if (candidate.equals(state)) {
        return null;
      }
      if (cameFrom.get(state).contains(candidate)) {
        return candidate;
      }
    }
    return null;
  }
}
