/**
 * SQLite as the runner uses it: opening with safe settings, copying a database in use, reading
 * schemas, hashing and comparing content, splitting and guarding scripts. Nothing here knows about
 * migrations, backups or volumes. Low-level methods throw {@link java.sql.SQLException}; {@link
 * dev.litehaven.runner.sqlite.SqliteErrors} turns one into a refusal.
 */
package dev.litehaven.runner.sqlite;
