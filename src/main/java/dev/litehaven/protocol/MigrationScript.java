package dev.litehaven.protocol;

/**
 * One migration as it was written.
 *
 * @param version as written; ordering and equality are by the version comparator
 * @param up SQL that moves the schema forward; may be empty when {@code ensure} says it all
 * @param down SQL that undoes {@code up}; null where there is no way down
 * @param when query whose first column of one row decides whether the migration runs; null: always
 * @param ensure structure to add where it is missing; null: none
 */
public record MigrationScript(
    String version, String description, String up, String down, String when, Ensure ensure) {}
