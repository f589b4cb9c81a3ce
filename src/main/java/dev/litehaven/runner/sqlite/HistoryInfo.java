package dev.litehaven.runner.sqlite;

/**
 * Whose history table a database has, and what it says.
 *
 * @param tool for example {@code Litehaven} or {@code Flyway}; {@code Unknown} for a table of that
 *     name that no known tool makes
 * @param table the history table's name
 * @param version newest applied version; null: none yet
 * @param applied how many versions are applied
 * @param clean whether no run is under way or was cut off
 * @param problem what is not clean, in a sentence; null where clean
 */
public record HistoryInfo(
    String tool, String table, String version, long applied, boolean clean, String problem) {}
