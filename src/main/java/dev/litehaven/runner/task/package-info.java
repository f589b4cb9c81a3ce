/** Work beside work, within one step of the runner. */
package dev.litehaven.runner.task;
