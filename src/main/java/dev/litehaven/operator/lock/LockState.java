package dev.litehaven.operator.lock;

/** Who may work on a volume. */
public sealed interface LockState {
  /** Nobody holds it. */
  record Free() implements LockState {}

  /**
   * @param epoch fencing token of this holder
   */
  record Held(long epoch) implements LockState {}

  /**
   * @param holder as {@code kind/name}, for a message
   */
  record HeldByOther(String holder, String since) implements LockState {}
}
