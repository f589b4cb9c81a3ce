package dev.litehaven.runner.steps;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/** Wall time by phase, in the order in which the phases first ended. */
public final class Timings {
  private final LongSupplier nanos;
  private final Map<String, Long> millis = new LinkedHashMap<>();

  /**
   * @param nanos a clock that only goes forward
   */
  public Timings(LongSupplier nanos) {
    this.nanos = nanos;
  }

  /** Work that may throw anything a step may throw. */
  public interface Work<T> {
    T run() throws Exception;
  }

  /** The same without a result. */
  public interface Action {
    void run() throws Exception;
  }

  public <T> T measure(String phase, Work<T> work) throws Exception {
    long start = nanos.getAsLong();
    try {
      return work.run();
    } finally {
      add(phase, TimeUnit.NANOSECONDS.toMillis(nanos.getAsLong() - start));
    }
  }

  /** Adds to what the phase has taken so far. */
  void add(String phase, long durationMillis) {
    millis.merge(phase, durationMillis, Long::sum);
  }

  public Map<String, Long> toMillis() {
    return Collections.unmodifiableMap(new LinkedHashMap<>(millis));
  }
}
