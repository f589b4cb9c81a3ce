package dev.litehaven.protocol;

/** What happens to a migration that would lose something. From strictest to loosest. */
public enum Destructive {
  FORBID,
  REQUIRE_APPROVAL,
  ALLOW
}
