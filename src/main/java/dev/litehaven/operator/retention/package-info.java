/**
 * Which backups of one database go, and why each of the others stays. {@link
 * dev.litehaven.operator.retention.RetentionPlanner} decides on values alone and says the rules.
 */
package dev.litehaven.operator.retention;
