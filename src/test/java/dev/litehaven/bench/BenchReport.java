package dev.litehaven.bench;

import java.util.List;
import java.util.Locale;

/**
 * What a measurement prints: ratios of things that were measured side by side, and beside each
 * requirement its limit. It never fails a build, since times say as much about the machine.
 */
public final class BenchReport {
  private BenchReport() {}

  public static void title(String format, Object... arguments) {
    System.out.printf(Locale.ROOT, "%n" + format + "%n", arguments);
  }

  public static void heads(String... names) {
    System.out.printf("  %-36s", "");
    for (String name : names) {
      System.out.printf(" %12s", name);
    }
    System.out.println();
  }

  /** Two things that do the same. */
  public static void pair(String name, double byHandMillis, double oursMillis) {
    System.out.printf(
        Locale.ROOT,
        "  %-36s %9.0f ms %9.0f ms %12.2f%n",
        name,
        byHandMillis,
        oursMillis,
        oursMillis / byHandMillis);
  }

  /** Something without a counterpart, as a part of the whole that it stands beside. */
  public static void alone(String name, double millis, double wholeMillis) {
    System.out.printf(
        Locale.ROOT, "  %-36s %12s %9.0f ms %12.2f%n", name, "", millis, millis / wholeMillis);
  }

  public static void ratio(String name, double ratio, double limit) {
    requirement(name, String.format(Locale.ROOT, "%.2f", ratio), limit, ratio <= limit);
  }

  public static void mebibytes(String name, double mebibytes, double limit) {
    requirement(name, String.format(Locale.ROOT, "%.0f MiB", mebibytes), limit, mebibytes < limit);
  }

  private static void requirement(String name, String measured, double limit, boolean within) {
    System.out.printf(
        Locale.ROOT,
        "REQUIREMENT  %-52s %10s  limit %6s  %s%n",
        name,
        measured,
        limit == Math.rint(limit) ? Long.toString((long) limit) : Double.toString(limit),
        within ? "within" : "OVER");
  }

  public static double median(List<? extends Number> values) {
    double[] sorted = values.stream().mapToDouble(Number::doubleValue).sorted().toArray();
    int middle = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }

  /** The round that was disturbed least: other load only ever adds. */
  public static double least(List<? extends Number> values) {
    return values.stream().mapToDouble(Number::doubleValue).min().orElseThrow();
  }
}
