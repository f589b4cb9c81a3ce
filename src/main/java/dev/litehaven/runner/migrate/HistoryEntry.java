package dev.litehaven.runner.migrate;

import dev.litehaven.protocol.Version;

/**
 * One applied migration as the database remembers it.
 *
 * @param checksum of {@code up} as it was applied
 * @param down kept so that undoing does not depend on the source; null: no way down
 * @param action {@code up}, or {@code skip} where its {@code when} was false
 * @param appliedAt RFC 3339
 * @param scope the files that it ran on, going forward
 */
record HistoryEntry(
    Version version,
    String description,
    String checksum,
    String down,
    String action,
    String appliedAt,
    FileScope scope) {}
