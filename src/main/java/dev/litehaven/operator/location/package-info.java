/** Places where backups lie: what a pod is told of them and must mount, and whether they work. */
package dev.litehaven.operator.location;
