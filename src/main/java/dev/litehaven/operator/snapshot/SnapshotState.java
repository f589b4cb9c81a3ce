package dev.litehaven.operator.snapshot;

/** How far a VolumeSnapshot is. */
public sealed interface SnapshotState {
  record Absent() implements SnapshotState {}

  /**
   * @param error what the driver said last; empty when it said nothing
   */
  record Pending(String name, String error) implements SnapshotState {}

  /**
   * @param goesWithNamespace whether its content is deleted with it, and so with its namespace;
   *     false also where that may not be read
   */
  record ReadyToUse(String name, boolean goesWithNamespace) implements SnapshotState {
    public ReadyToUse(String name) {
      this(name, false);
    }
  }

  /**
   * @param message what the snapshot controller said of the class
   */
  record NoClass(String message) implements SnapshotState {}

  /** The cluster knows no snapshots, or they may not be read. */
  record Impossible(String message) implements SnapshotState {}
}
