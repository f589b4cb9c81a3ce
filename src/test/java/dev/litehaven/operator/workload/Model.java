package dev.litehaven.operator.workload;

import java.util.List;
import java.util.Optional;

/** A small cluster as a value, for trying every order of events. */
interface Model<S extends Model<S>> {
  WorkloadObservation observe();

  /** What an action makes of it; empty when its precondition does not hold any more. */
  Optional<S> apply(WorkloadAction action);

  /** What controllers, kubelet and other people can make of it in one step. */
  List<S> others();

  ModelPods pods();

  /** Pods past the gate that have not gone: each may write. */
  default List<ModelPod> running() {
    return pods().running();
  }
}
