package dev.litehaven.protocol;

/**
 * One database file on the volume.
 *
 * @param name how migrations and statuses call it, for example {@code main}
 * @param path relative to the volume's root, {@code /} as separator
 */
public record DatabaseFile(String name, String path) {}
