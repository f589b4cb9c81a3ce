/**
 * Restoring what was fetched: whole files, selected tables, or what either would change. Works on
 * copies; putting them in place is the swap's.
 */
package dev.litehaven.runner.restore;
