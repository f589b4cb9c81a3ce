package dev.litehaven.operator.snapshot;

/** How far a VolumeSnapshot is. */
public sealed interface SnapshotState {
  record Absent() implements SnapshotState {}

  /**
   * @param error what the driver said last; empty when it said nothing
   */
  record Pending(String name, String error) implements SnapshotState {}

  record ReadyToUse(String name) implements SnapshotState {}

  /** The class does not exist, or the cluster knows no snapshots. */
  record Impossible(String message) implements SnapshotState {}
}
