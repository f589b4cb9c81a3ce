/**
 * Replaces SQLite database files without losing a byte: an intent record on the volume, write
 * leases on the live files, private copies, atomic renames, and recovery from a crash at any step.
 */
package dev.litehaven.runner.swap;
