package dev.litehaven.protocol;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * A migration's version: numbers separated by dots, such as {@code 7}, {@code 002}, {@code 1.10.3}
 * or {@code 20260102150405}. Compared number by number; leading zeros and trailing zero parts do
 * not count, so {@code 2}, {@code 002} and {@code 2.0} are one version.
 */
public final class Version implements Comparable<Version> {
  private static final Pattern FORM = Pattern.compile("[0-9]+(\\.[0-9]+)*");
  private static final int MAX_LENGTH = 64;

  private final String text;
  private final List<BigInteger> parts;

  private Version(String text, List<BigInteger> parts) {
    this.text = text;
    this.parts = parts;
  }

  /**
   * Reads a version.
   *
   * @throws RefusedException {@link Reason#INVALID_VERSION}
   */
  public static Version of(String text) {
    if (text == null || text.length() > MAX_LENGTH || !FORM.matcher(text).matches()) {
      throw new RefusedException(
          Reason.INVALID_VERSION,
          "The version "
              + (text == null ? "is missing" : "\"" + text + "\" is not one")
              + ": write numbers separated by dots, at most 64 characters, for example 003 or 1.2.");
    }
    return parsed(text);
  }

  /**
   * Whether a schema is at the wanted version or newer. Other tools' versions count too: their
   * parts may be separated by underscores or hyphens, and one that is no numbers is only ever at
   * itself.
   *
   * @param have null: none applied yet
   */
  public static boolean atLeast(String have, String wanted) {
    if (have == null) {
      return false;
    }
    try {
      return parsed(have).compareTo(parsed(wanted)) >= 0;
    } catch (NumberFormatException _) {
      return have.equals(wanted);
    }
  }

  private static Version parsed(String text) {
    List<BigInteger> parts = new ArrayList<>();
    for (String part : text.split("[._-]", -1)) {
      parts.add(new BigInteger(part));
    }
    while (parts.size() > 1 && parts.getLast().signum() == 0) {
      parts.removeLast();
    }
    return new Version(text, List.copyOf(parts));
  }

  /** As it was written. */
  public String text() {
    return text;
  }

  /** Before every version that a migration would have: the target for undoing all of them. */
  public boolean isZero() {
    return parts.size() == 1 && parts.getFirst().signum() == 0;
  }

  @Override
  public int compareTo(Version other) {
    for (int i = 0; i < Math.min(parts.size(), other.parts.size()); i++) {
      int byPart = parts.get(i).compareTo(other.parts.get(i));
      if (byPart != 0) {
        return byPart;
      }
    }
    return Integer.compare(parts.size(), other.parts.size());
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Version version && parts.equals(version.parts);
  }

  @Override
  public int hashCode() {
    return parts.hashCode();
  }

  @Override
  public String toString() {
    return text;
  }
}
