/** File backups: compressed, described by a manifest, and counted only once read back. */
package dev.litehaven.runner.backup;
