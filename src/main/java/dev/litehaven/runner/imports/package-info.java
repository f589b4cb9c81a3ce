/**
 * Backups that other tools have made, brought into scratch space as one whole database file each.
 * Sources are only ever read, and never opened by SQLite: it works on the copies.
 */
package dev.litehaven.runner.imports;
