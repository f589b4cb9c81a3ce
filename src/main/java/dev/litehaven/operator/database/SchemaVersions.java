package dev.litehaven.operator.database;

import java.math.BigInteger;
import java.util.Arrays;
import java.util.List;

/** Compares schema versions as migrations are ordered: part by part, as numbers. */
final class SchemaVersions {
  private SchemaVersions() {}

  /**
   * @param have null: none applied yet
   * @return whether the schema is at the wanted version or newer; false where one cannot be read
   */
  static boolean atLeast(String have, String wanted) {
    if (have == null) {
      return false;
    }
    try {
      List<BigInteger> left = parts(have);
      List<BigInteger> right = parts(wanted);
      for (int at = 0; at < Math.max(left.size(), right.size()); at++) {
        int order = part(left, at).compareTo(part(right, at));
        if (order != 0) {
          return order > 0;
        }
      }
      return true;
    } catch (NumberFormatException _) {
      return have.equals(wanted);
    }
  }

  private static List<BigInteger> parts(String version) {
    return Arrays.stream(version.split("[._-]", -1)).map(BigInteger::new).toList();
  }

  private static BigInteger part(List<BigInteger> parts, int at) {
    return at < parts.size() ? parts.get(at) : BigInteger.ZERO;
  }
}
