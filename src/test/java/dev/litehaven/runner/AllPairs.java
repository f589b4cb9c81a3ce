package dev.litehaven.runner;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;

/** Few rows in which each value of each dimension meets each value of every other one. */
final class AllPairs {
  /** Of so many greedy tries for a row, the one that covers most is taken. */
  private static final int TRIES = 40;

  private final List<? extends List<?>> dimensions;
  private final Random random;
  private final Set<Pair> open;

  private AllPairs(List<? extends List<?>> dimensions, long seed) {
    this.dimensions = dimensions;
    this.random = new Random(seed);
    this.open = pairs(dimensions);
  }

  /** Value {@code a} of dimension {@code one} beside value {@code b} of a later one. */
  record Pair(int one, Object a, int other, Object b) {}

  static List<List<Object>> rows(List<? extends List<?>> dimensions, long seed) {
    return new AllPairs(dimensions, seed).rows();
  }

  /** All that there are to cover. */
  static Set<Pair> pairs(List<? extends List<?>> dimensions) {
    var found = new LinkedHashSet<Pair>();
    for (int one = 0; one < dimensions.size(); one++) {
      for (int other = one + 1; other < dimensions.size(); other++) {
        for (Object a : dimensions.get(one)) {
          for (Object b : dimensions.get(other)) {
            found.add(new Pair(one, a, other, b));
          }
        }
      }
    }
    return found;
  }

  /** Those that a row has; null stands for a value that is not chosen yet. */
  static Set<Pair> pairsOf(List<?> row) {
    var found = new LinkedHashSet<Pair>();
    for (int one = 0; one < row.size(); one++) {
      for (int other = one + 1; other < row.size(); other++) {
        if (row.get(one) != null && row.get(other) != null) {
          found.add(new Pair(one, row.get(one), other, row.get(other)));
        }
      }
    }
    return found;
  }

  private List<List<Object>> rows() {
    var rows = new ArrayList<List<Object>>();
    while (!open.isEmpty()) {
      List<Object> best = null;
      long covered = 0;
      for (int i = 0; i < TRIES; i++) {
        List<Object> row = row();
        long now = gain(row);
        if (now > covered) {
          best = row;
          covered = now;
        }
      }
      open.removeAll(pairsOf(best));
      rows.add(best);
    }
    return rows;
  }

  /** Begins with a pair that is still open, then takes for each dimension what covers most. */
  private List<Object> row() {
    var row = new ArrayList<Object>(Collections.nCopies(dimensions.size(), null));
    Pair first = open.stream().skip(random.nextInt(open.size())).findFirst().orElseThrow();
    row.set(first.one(), first.a());
    row.set(first.other(), first.b());
    var order = new ArrayList<>(IntStream.range(0, dimensions.size()).boxed().toList());
    Collections.shuffle(order, random);
    for (int dimension : order) {
      if (row.get(dimension) == null) {
        row.set(dimension, best(row, dimension));
      }
    }
    return row;
  }

  private Object best(List<Object> row, int dimension) {
    var values = new ArrayList<Object>(dimensions.get(dimension));
    Collections.shuffle(values, random);
    Object best = null;
    long covered = -1;
    for (Object value : values) {
      var tried = new ArrayList<>(row);
      tried.set(dimension, value);
      long now = gain(tried);
      if (now > covered) {
        best = value;
        covered = now;
      }
    }
    return best;
  }

  private long gain(List<Object> row) {
    return pairsOf(row).stream().filter(open::contains).count();
  }
}
