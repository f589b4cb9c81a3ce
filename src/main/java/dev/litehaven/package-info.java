/** Litehaven: safe migrations and verified backups for SQLite databases on PersistentVolumes. */
package dev.litehaven;
