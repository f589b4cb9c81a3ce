package dev.litehaven.operator.schedule;

import java.util.List;
import java.util.Locale;

/**
 * The values that one field of a cron expression admits.
 *
 * @param bits one for each admitted value
 * @param star whether the field says nothing: {@code *}
 */
record CronField(long bits, boolean star) {
  enum Kind {
    MINUTE("minute", 0, 59),
    HOUR("hour", 0, 23),
    DAY_OF_MONTH("day of month", 1, 31),
    MONTH(
        "month", 1, 12, "JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV",
        "DEC"),
    /** Sunday is 0 and 7. */
    DAY_OF_WEEK("day of week", 0, 7, "SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT");

    private final String words;
    private final int min;
    private final int max;
    private final List<String> names;

    Kind(String words, int min, int max, String... names) {
      this.words = words;
      this.min = min;
      this.max = max;
      this.names = List.of(names);
    }

    String words() {
      return words;
    }

    private String allowed() {
      String numbers = "%d to %d".formatted(min, max);
      return names.isEmpty()
          ? numbers
          : "%s or %s to %s".formatted(numbers, names.getFirst(), names.getLast());
    }
  }

  boolean admits(int value) {
    return (bits >>> value & 1) == 1;
  }

  /** The first admitted value from this one on, or -1. */
  int from(int value) {
    long rest = value > 63 ? 0 : bits >>> value << value;
    return rest == 0 ? -1 : Long.numberOfTrailingZeros(rest);
  }

  static CronField parse(Kind kind, String text, String expression) {
    return new Parser(kind, text, expression).parse();
  }

  private record Parser(Kind kind, String text, String expression) {
    CronField parse() {
      long bits = 0;
      boolean star = false;
      for (String element : text.split(",", -1)) {
        if (element.isEmpty()) {
          throw wrong("has an empty element in \"%s\"".formatted(text));
        }
        bits |= element(element);
        star |= "*".equals(element) || "*/1".equals(element);
      }
      if (kind == Kind.DAY_OF_WEEK && (bits >>> 7 & 1) == 1) {
        bits = bits & ~(1L << 7) | 1;
      }
      return new CronField(bits, star);
    }

    private long element(String element) {
      int slash = element.indexOf('/');
      String range = slash < 0 ? element : element.substring(0, slash);
      int step = slash < 0 ? 1 : step(element.substring(slash + 1));
      int dash = range.indexOf('-');
      int first;
      int last;
      if ("*".equals(range)) {
        first = kind.min;
        last = kind == Kind.DAY_OF_WEEK ? 6 : kind.max;
      } else if (dash < 0) {
        first = value(range);
        // As Kubernetes reads it: 5/15 is 5-59/15.
        last = slash < 0 ? first : kind == Kind.DAY_OF_WEEK ? Math.max(6, first) : kind.max;
      } else {
        first = value(range.substring(0, dash));
        last = value(range.substring(dash + 1));
        if (kind == Kind.DAY_OF_WEEK && last == 0 && first > 0) {
          last = 7;
        }
        if (first > last) {
          throw wrong(
              "has the range \"%s\", which begins after its end: write it as two, \"%s-%d,%d-%s\""
                  .formatted(
                      range,
                      range.substring(0, dash),
                      kind == Kind.DAY_OF_WEEK ? 6 : kind.max,
                      kind.min,
                      range.substring(dash + 1)));
        }
      }
      long bits = 0;
      for (int value = first; value <= last; value += step) {
        bits |= 1L << value;
      }
      return bits;
    }

    private int step(String seen) {
      int step = number(seen);
      if (step < 1 || step > kind.max) {
        throw wrong("has the step \"/%s\"; a step is 1 to %d".formatted(seen, kind.max));
      }
      return step;
    }

    private int value(String seen) {
      int named = kind.names.indexOf(seen.toUpperCase(Locale.ROOT));
      int value = named < 0 ? number(seen) : kind == Kind.MONTH ? named + 1 : named;
      if (value < kind.min || value > kind.max) {
        throw wrong("\"%s\" is not one of %s".formatted(seen, kind.allowed()));
      }
      return value;
    }

    /** -1 where it is none. */
    private static int number(String seen) {
      return seen.matches("[0-9]{1,4}") ? Integer.parseInt(seen) : -1;
    }

    private InvalidScheduleException wrong(String what) {
      return new InvalidScheduleException(
          kind.words,
          "cron \"%s\": the %s %s; allowed are %s, lists (1,2), ranges (1-5), steps (*/2) and *."
              .formatted(expression, kind.words, what, kind.allowed()));
    }
  }
}
