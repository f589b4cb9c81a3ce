package dev.litehaven.operator.snapshot;

/** How far a VolumeSnapshot is. */
public sealed interface SnapshotState {
  record Absent() implements SnapshotState {}

  /**
   * @param error what the driver said last; empty when it said nothing
   */
  record Pending(String name, String error) implements SnapshotState {}

  record ReadyToUse(String name) implements SnapshotState {}

  /**
   * @param message what the snapshot controller said of the class
   */
  record NoClass(String message) implements SnapshotState {}

  /** The cluster knows no snapshots, or they may not be read. */
  record Impossible(String message) implements SnapshotState {}
}
