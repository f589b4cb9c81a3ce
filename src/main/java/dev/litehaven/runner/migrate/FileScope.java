package dev.litehaven.runner.migrate;

import dev.litehaven.protocol.MigrationScript;
import dev.litehaven.protocol.MigrationScript.Move;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Which files of a database a migration is about. Written as comment lines, {@code --
 * litehaven:file guides}, both by those who write migrations as files and by the history.
 *
 * @param file which its SQL sees as {@code main}; null: the first
 * @param attach further files, which its SQL sees under their names
 * @param moves tables whose rows it moves elsewhere
 */
record FileScope(String file, List<String> attach, List<Move> moves) {
  /** Of nearly every migration: the first file and nothing else. */
  static final FileScope FIRST = new FileScope(null, List.of(), List.of());

  private static final String MARK = "-- litehaven:";
  private static final Pattern DIRECTIVE =
      Pattern.compile("\\s*--\\s*litehaven:(\\w*)\\s*(.*?)\\s*");
  private static final Pattern ARROW = Pattern.compile("(\\S+)\\s*->\\s*(\\S+)");

  FileScope {
    attach = List.copyOf(attach);
    moves = List.copyOf(moves);
  }

  static FileScope of(MigrationScript script) {
    return new FileScope(script.file(), script.attach(), script.moves());
  }

  /** What leads back: the same files, and rows that go the other way. */
  FileScope reversed() {
    return new FileScope(
        file, attach, moves.stream().map(move -> new Move(move.to(), move.from())).toList());
  }

  /** Whether its SQL runs with the same files as the other's. */
  boolean seesAs(FileScope other) {
    return java.util.Objects.equals(file, other.file) && attach.equals(other.attach);
  }

  /** As directives, a line each; empty for {@link #FIRST}. */
  String text() {
    List<String> lines = new ArrayList<>();
    if (file != null) {
      lines.add(MARK + "file " + file);
    }
    if (!attach.isEmpty()) {
      lines.add(MARK + "attach " + String.join(", ", attach));
    }
    moves.forEach(move -> lines.add(MARK + "moves " + move.from() + " -> " + move.to()));
    return String.join("\n", lines);
  }

  /**
   * Reads the directives of a text. They stand before its first statement, so that nothing within
   * one is taken for a directive.
   *
   * @throws IllegalArgumentException with what is wrong, as a clause
   */
  static FileScope parse(String text) {
    String file = null;
    List<String> attach = new ArrayList<>();
    List<Move> moves = new ArrayList<>();
    boolean statements = false;
    for (String line : text.split("\\R", -1)) {
      Matcher directive = DIRECTIVE.matcher(line);
      if (!directive.matches()) {
        statements |= !line.isBlank() && !line.stripLeading().startsWith("--");
        continue;
      }
      String name = directive.group(1).toLowerCase(Locale.ROOT);
      String value = directive.group(2);
      require(!statements, "\"%s\" must stand before the first statement", line.strip());
      require(!value.isEmpty(), "\"%s\" names nothing", line.strip());
      switch (name) {
        case "file" -> {
          require(file == null, "it has two directives that name its file", "");
          file = value;
        }
        case "attach" -> attach.addAll(Arrays.asList(value.split("[,\\s]+", -1)));
        case "moves" -> {
          Matcher arrow = ARROW.matcher(value);
          require(arrow.matches(), "\"%s\" is not of the form FROM -> TO", line.strip());
          moves.add(new Move(arrow.group(1), arrow.group(2)));
        }
        default ->
            require(
                false,
                "the directive \"%s\" is none of litehaven:file, litehaven:attach and"
                    + " litehaven:moves",
                line.strip());
      }
    }
    return new FileScope(file, attach, moves);
  }

  private static void require(boolean condition, String problem, String line) {
    if (!condition) {
      throw new IllegalArgumentException(problem.formatted(line));
    }
  }
}
