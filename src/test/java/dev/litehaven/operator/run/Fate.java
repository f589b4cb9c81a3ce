package dev.litehaven.operator.run;

/** What becomes of the pod of a step. */
enum Fate {
  SUCCEEDS,
  UP_TO_DATE,
  REFUSES,
  FAILS,
  INTERRUPTED,
  NEEDS_DECISION,
  LOST_BEFORE,
  LOST_AFTER,
  LOST_HALF_WAY,
  NEVER_STARTS,
  NOT_TAKEN
}
