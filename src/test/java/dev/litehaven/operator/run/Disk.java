package dev.litehaven.operator.run;

/** What is at the live name. HALF: an intent says that it will be one or the other. */
enum Disk {
  OLD,
  HALF,
  NEW
}
