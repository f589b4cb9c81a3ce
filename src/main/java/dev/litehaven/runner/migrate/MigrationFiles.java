package dev.litehaven.runner.migrate;

import dev.litehaven.protocol.MigrationScript;
import dev.litehaven.protocol.Reason;
import dev.litehaven.protocol.RefusedException;
import dev.litehaven.protocol.Version;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads migrations from files named as other tools name them. Pure.
 *
 * <ul>
 *   <li>Flyway: {@code V2__add_risk.sql}, {@code U2__add_risk.sql}; {@code V2_1} is 2.1
 *   <li>golang-migrate and sqlx: {@code 2_add_risk.up.sql}, {@code 2_add_risk.down.sql}
 *   <li>goose: {@code 2_add_risk.sql} with {@code -- +goose Up} and {@code -- +goose Down}
 *   <li>dbmate: {@code 2_add_risk.sql} with {@code -- migrate:up} and {@code -- migrate:down}
 *   <li>sqlx without a way down: {@code 2_add_risk.sql} without any mark
 * </ul>
 *
 * <p>In a database of several files, comment lines before the first statement say which of them a
 * migration is about: {@code -- litehaven:file guides}, {@code -- litehaven:attach main} and {@code
 * -- litehaven:moves guides.sessions -> main.guide_sessions}. They count for both directions.
 */
public final class MigrationFiles {
  private static final Pattern FLYWAY = Pattern.compile("([VU])([0-9][0-9._]*?)__(.+)\\.sql");
  private static final Pattern FLYWAY_OTHER = Pattern.compile("(R__|B[0-9]).*\\.sql");
  private static final Pattern DIRECTED = Pattern.compile("([0-9]+)_(.+)\\.(up|down)\\.sql");
  private static final Pattern PLAIN = Pattern.compile("([0-9]+)[_-](.+)\\.sql");

  private MigrationFiles() {}

  private record Way(
      Version version, String file, String description, String sql, FileScope scope) {}

  /**
   * Reads all migrations that the files hold.
   *
   * @param files name to content; what stands before the last slash of a name does not count, names
   *     that do not end in {@code .sql} are left out
   * @return ordered by version; two files of one version give two scripts
   * @throws RefusedException {@link Reason#SOURCE_INVALID} naming the file, or {@link
   *     Reason#INVALID_VERSION}
   */
  public static List<MigrationScript> parse(Map<String, String> files) {
    List<Way> ups = new ArrayList<>();
    TreeMap<Version, Way> downs = new TreeMap<>();
    new TreeMap<>(files)
        .forEach(
            (path, content) -> {
              String name = path.substring(path.lastIndexOf('/') + 1);
              if (name.endsWith(".sql")) {
                file(name, content, ups, downs);
              } else if (name.endsWith(".go")) {
                throw invalid(name, "it is a program; only SQL migrations can be run");
              }
            });
    List<MigrationScript> scripts = new ArrayList<>();
    ups.sort(java.util.Comparator.comparing(Way::version));
    for (Way up : ups) {
      Way down = downs.get(up.version());
      scripts.add(
          new MigrationScript(
              up.version().text(),
              up.description(),
              up.sql(),
              down == null ? null : down.sql(),
              null,
              null,
              up.scope().file(),
              up.scope().attach(),
              up.scope().moves()));
    }
    for (Way down : downs.values()) {
      if (ups.stream().noneMatch(up -> up.version().equals(down.version()))) {
        throw invalid(down.file(), "there is a way down but no way up for this version");
      }
    }
    return scripts;
  }

  private static void file(String name, String content, List<Way> ups, Map<Version, Way> downs) {
    Matcher flyway = FLYWAY.matcher(name);
    if (flyway.matches()) {
      Way way = way(name, flyway.group(2).replace('_', '.'), flyway.group(3), content, content);
      add(way, flyway.group(1).equals("V"), ups, downs);
      return;
    }
    if (FLYWAY_OTHER.matcher(name).matches()) {
      throw invalid(
          name, "repeatable and baseline migrations have no place in the order of versions");
    }
    Matcher directed = DIRECTED.matcher(name);
    if (directed.matches()) {
      Way way = way(name, directed.group(1), directed.group(2), content, content);
      add(way, directed.group(3).equals("up"), ups, downs);
      return;
    }
    Matcher plain = PLAIN.matcher(name);
    if (plain.matches()) {
      Sections sections = Sections.of(name, content);
      add(way(name, plain.group(1), plain.group(2), sections.up(), content), true, ups, downs);
      if (sections.down() != null) {
        add(way(name, plain.group(1), plain.group(2), sections.down(), ""), false, ups, downs);
      }
      return;
    }
    throw invalid(
        name,
        "its name has no version; name it as Flyway (V2__text.sql), golang-migrate (2_text.up.sql),"
            + " goose, dbmate or sqlx (2_text.sql) would");
  }

  private static Way way(
      String file, String version, String description, String sql, String directives) {
    try {
      return new Way(
          Version.of(version),
          file,
          description.replace('_', ' '),
          sql,
          FileScope.parse(directives));
    } catch (IllegalArgumentException e) {
      throw invalid(file, e.getMessage());
    }
  }

  private static void add(Way way, boolean up, List<Way> ups, Map<Version, Way> downs) {
    if (up) {
      ups.add(way);
    } else {
      if (!way.scope().equals(FileScope.FIRST)) {
        throw invalid(way.file(), "which files a migration is about is said where it goes forward");
      }
      Way other = downs.putIfAbsent(way.version(), way);
      if (other != null) {
        throw invalid(
            way.file(), "version " + way.version() + " has another way down in " + other.file());
      }
    }
  }

  /**
   * The marked parts of a file.
   *
   * @param down null: none
   */
  private record Sections(String up, String down) {
    private static final Pattern MARK =
        Pattern.compile("\\s*--\\s*(?:\\+goose\\s+|migrate:)(\\w+)(.*)", Pattern.CASE_INSENSITIVE);

    static Sections of(String file, String content) {
      StringBuilder up = null;
      StringBuilder down = null;
      StringBuilder current = null;
      for (String line : Checksum.withLineFeeds(content).split("\n", -1)) {
        Matcher mark = MARK.matcher(line);
        if (!mark.matches()) {
          if (current != null) {
            current.append(line).append('\n');
          }
          continue;
        }
        String rest = mark.group(2).toLowerCase(Locale.ROOT);
        switch (mark.group(1).toLowerCase(Locale.ROOT)) {
          case "up" -> {
            up = once(file, up, "up");
            current = up;
          }
          case "down" -> {
            down = once(file, down, "down");
            current = down;
          }
          case "statementbegin", "statementend" -> {
            // Statements are cut by SQL's own rules; the marks are not needed.
          }
          case "no" -> throw invalid(file, "NO TRANSACTION: migrations run in one transaction");
          case "envsub" ->
              throw invalid(file, "ENVSUB: there is no environment to substitute from");
          default -> throw invalid(file, "the mark \"" + line.strip() + "\" is not known");
        }
        if (rest.replace(" ", "").contains("transaction:false")) {
          throw invalid(file, "transaction:false: migrations run in one transaction");
        }
      }
      if (up == null) {
        if (down != null) {
          throw invalid(file, "it has a part for the way down but none for the way up");
        }
        return new Sections(content, null);
      }
      boolean wayDown = down != null && !down.toString().isBlank();
      return new Sections(up.toString(), wayDown ? down.toString() : null);
    }

    private static StringBuilder once(String file, StringBuilder earlier, String which) {
      if (earlier != null) {
        throw invalid(file, "it has two parts marked " + which);
      }
      return new StringBuilder();
    }
  }

  private static RefusedException invalid(String file, String why) {
    return new RefusedException(
        Reason.SOURCE_INVALID, "The migration file " + file + " cannot be used: " + why + ".");
  }
}
