package dev.litehaven.operator.retention;

import java.util.OptionalInt;

/**
 * How many backups are kept.
 *
 * <p>{@code keepLast} to {@code yearly} and {@code maxAgeDays} are for scheduled backups. Each of
 * the first six keeps by itself, and what any of them keeps stays: {@code daily: 7} keeps the
 * newest verified backup of each of the last seven days <em>that have one</em>. Days, ISO weeks,
 * months and years are those of the schedule's time zone. Days without a backup take no place, so a
 * pause costs nothing. This is how restic counts; borg and Kopia keep the newest of a period, too,
 * and Kopia also counts the periods that have none. What restic and borg do on top, keeping the
 * oldest one until a rule has all its places, is left out: {@code daily: 7} never keeps two of a
 * day.
 *
 * <p>{@code maxAgeDays} takes away from that, or where none of the six is set, is the only rule.
 * Age is counted back from the newest verified backup, as in restic's {@code keep-within}: while
 * nothing new is verified, nothing gets too old, and a clock that is ahead costs nothing.
 *
 * <p>Where none of the seven is set, scheduled backups stay for ever.
 *
 * @param keepLast the newest, whenever they were taken; 0: the rule is not set
 * @param maxAgeDays of 24 hours; empty: no limit
 * @param minVerified so many verified ones stay whatever the other rules say; at least 1
 * @param keepManual the newest manual ones; empty: all of them stay
 * @param keepOperation the newest of each kind of operation; at least 1
 */
public record RetentionPolicy(
    int keepLast,
    int hourly,
    int daily,
    int weekly,
    int monthly,
    int yearly,
    OptionalInt maxAgeDays,
    int minVerified,
    OptionalInt keepManual,
    int keepOperation) {
  private static final int OPERATION_DEFAULT = 5;

  public RetentionPolicy {
    atLeast("keepLast", keepLast, 0);
    atLeast("hourly", hourly, 0);
    atLeast("daily", daily, 0);
    atLeast("weekly", weekly, 0);
    atLeast("monthly", monthly, 0);
    atLeast("yearly", yearly, 0);
    maxAgeDays.ifPresent(days -> atLeast("maxAgeDays", days, 1));
    atLeast("minVerified", minVerified, 1);
    keepManual.ifPresent(count -> atLeast("keepManual", count, 1));
    atLeast("keepOperation", keepOperation, 1);
  }

  /** Keeps all scheduled and manual backups, and five of each kind of operation. */
  public static RetentionPolicy keepAll() {
    return new RetentionPolicy(
        0, 0, 0, 0, 0, 0, OptionalInt.empty(), 1, OptionalInt.empty(), OPERATION_DEFAULT);
  }

  /** Whether one of the rules that count is set. */
  boolean counts() {
    return keepLast + hourly + daily + weekly + monthly + yearly > 0;
  }

  private static void atLeast(String field, int value, int least) {
    if (value < least) {
      throw new IllegalArgumentException(
          "%s is %d; it is at least %d".formatted(field, value, least));
    }
  }
}
