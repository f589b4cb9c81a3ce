package dev.litehaven.runner.sqlite;

import java.util.List;

/** Line by line difference of two short texts by their longest common subsequence. */
final class LineDiff {
  // A generated CREATE TABLE can have thousands of lines; the table below is quadratic.
  private static final int MAX_LINES = 500;

  private LineDiff() {}

  static void append(StringBuilder out, List<String> before, List<String> after) {
    if (before.size() > MAX_LINES || after.size() > MAX_LINES) {
      before.forEach(line -> line(out, '-', line));
      after.forEach(line -> line(out, '+', line));
      return;
    }
    int[][] common = new int[before.size() + 1][after.size() + 1];
    for (int i = before.size() - 1; i >= 0; i--) {
      for (int j = after.size() - 1; j >= 0; j--) {
        common[i][j] =
            before.get(i).equals(after.get(j))
                ? common[i + 1][j + 1] + 1
                : Math.max(common[i + 1][j], common[i][j + 1]);
      }
    }
    int i = 0;
    int j = 0;
    while (i < before.size() || j < after.size()) {
      if (i < before.size() && j < after.size() && before.get(i).equals(after.get(j))) {
        line(out, ' ', before.get(i));
        i++;
        j++;
      } else if (i < before.size() && (j == after.size() || common[i + 1][j] >= common[i][j + 1])) {
        line(out, '-', before.get(i++));
      } else {
        line(out, '+', after.get(j++));
      }
    }
  }

  private static void line(StringBuilder out, char mark, String line) {
    out.append(mark).append(line).append('\n');
  }
}
