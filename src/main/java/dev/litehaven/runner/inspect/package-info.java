/** What is on a volume, found out without changing it or disturbing who uses it. */
package dev.litehaven.runner.inspect;
