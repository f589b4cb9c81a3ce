/**
 * DatabaseRestores: where the backup comes from, whether it may go where it is asked to, and the
 * run that brings it there, which is a run like a migration's with other work.
 */
package dev.litehaven.operator.restore;
