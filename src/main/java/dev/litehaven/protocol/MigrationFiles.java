package dev.litehaven.protocol;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Migrations out of files, named the way the widespread tools name them:
 *
 * <ul>
 *   <li>Flyway: {@code V1.2__add_risk.sql} with its undo {@code U1.2__add_risk.sql};
 *   <li>golang-migrate, sqlx: {@code 002_add_risk.up.sql} and {@code 002_add_risk.down.sql};
 *   <li>goose: {@code 002_add_risk.sql} with {@code -- +goose Up} and {@code -- +goose Down};
 *   <li>dbmate: {@code 002_add_risk.sql} with {@code -- migrate:up} and {@code -- migrate:down};
 *   <li>sqlx and anything plain: {@code 002_add_risk.sql}, all of it up.
 * </ul>
 *
 * A file that is no SQL is passed over; a {@code .sql} file whose name fits none of these is
 * refused, since leaving it out silently would be leaving out a migration.
 */
public final class MigrationFiles {
  private static final Pattern FLYWAY =
      Pattern.compile("([VU])([0-9]+(?:[._][0-9]+)*)__(.+)\\.sql", Pattern.CASE_INSENSITIVE);
  private static final Pattern NUMBERED =
      Pattern.compile("([0-9]+(?:\\.[0-9]+)*)(?:[_-](.+?))?(?:\\.(up|down))?\\.sql");
  private static final Pattern MARK =
      Pattern.compile(
          "^[ \\t]*--[ \\t]*(?:\\+goose[ \\t]+(up|down)|migrate:(up|down))\\b.*$",
          Pattern.CASE_INSENSITIVE | Pattern.MULTILINE);

  private MigrationFiles() {}

  /**
   * @param files text by file name, without directories
   * @throws RefusedException {@link Reason#SOURCE_INVALID} for a name that fits no convention, a
   *     down without its up, or two files for one part of one version
   */
  public static List<MigrationScript> parse(Map<String, String> files) {
    Map<String, Parts> byVersion = new LinkedHashMap<>();
    for (var file : new TreeMap<>(files).entrySet()) {
      if (file.getKey().toLowerCase(Locale.ROOT).endsWith(".sql")) {
        add(byVersion, file.getKey(), file.getValue());
      }
    }
    List<MigrationScript> scripts = new ArrayList<>();
    byVersion.forEach((version, parts) -> scripts.add(parts.script(version)));
    return List.copyOf(scripts);
  }

  private static void add(Map<String, Parts> byVersion, String file, String text) {
    Matcher flyway = FLYWAY.matcher(file);
    if (flyway.matches()) {
      // Flyway writes 1_2 for 1.2 where a dot is unwanted in a file name.
      Parts parts = parts(byVersion, flyway.group(2).replace('_', '.'), flyway.group(3));
      parts.put(file, flyway.group(1).equalsIgnoreCase("V"), text);
      return;
    }
    Matcher numbered = NUMBERED.matcher(file);
    if (!numbered.matches()) {
      throw new RefusedException(
          Reason.SOURCE_INVALID,
          "The file name "
              + file
              + " fits none of V1__name.sql, U1__name.sql, 1_name.up.sql, 1_name.down.sql and"
              + " 1_name.sql. Rename it, or take it out of the source.");
    }
    Parts parts = parts(byVersion, numbered.group(1), numbered.group(2));
    if (numbered.group(3) != null) {
      parts.put(file, numbered.group(3).equals("up"), text);
    } else {
      addMarked(parts, file, text);
    }
  }

  private static void addMarked(Parts parts, String file, String text) {
    Matcher mark = MARK.matcher(text);
    if (!mark.find()) {
      parts.put(file, true, text);
      return;
    }
    boolean more = true;
    while (more) {
      boolean up = "up".equalsIgnoreCase(mark.group(1) == null ? mark.group(2) : mark.group(1));
      int from = Math.min(text.length(), mark.end() + 1);
      more = mark.find();
      parts.put(file, up, text.substring(from, more ? mark.start() : text.length()));
    }
  }

  private static Parts parts(Map<String, Parts> byVersion, String version, String name) {
    String description = name == null ? "" : name.replace('_', ' ').replace('-', ' ').strip();
    return byVersion.computeIfAbsent(version, v -> new Parts(description));
  }

  private static final class Parts {
    private final String description;
    private String up;
    private String down;
    private String file;

    Parts(String description) {
      this.description = description;
    }

    void put(String from, boolean isUp, String text) {
      if ((isUp ? up : down) != null) {
        throw new RefusedException(
            Reason.SOURCE_INVALID,
            "The file "
                + from
                + " gives the "
                + (isUp ? "up" : "down")
                + " of a version that already has one from "
                + file
                + ". Keep one of them.");
      }
      if (isUp) {
        up = text;
      } else {
        down = text;
      }
      file = from;
    }

    MigrationScript script(String version) {
      if (up == null) {
        throw new RefusedException(
            Reason.SOURCE_INVALID,
            "The file " + file + " undoes a version for which there is no way up. Add its up.");
      }
      return new MigrationScript(version, description, up, down, null, null);
    }
  }
}
