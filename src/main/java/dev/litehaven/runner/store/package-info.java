/**
 * Places where backups lie: a directory, or a prefix of a bucket. What they mean is not known here.
 */
package dev.litehaven.runner.store;
