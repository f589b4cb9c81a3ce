/**
 * Migrations: which of them are due ({@link dev.litehaven.runner.migrate.MigrationPlanner}),
 * applying them to a private copy and measuring what they did ({@link
 * dev.litehaven.runner.migrate.MigrationEngine}). Never touches a database in use other than to
 * read its history.
 */
package dev.litehaven.runner.migrate;
