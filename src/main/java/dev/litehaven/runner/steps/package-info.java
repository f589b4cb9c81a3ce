/** One class per step a runner can be asked for, each to be read as a table of contents. */
package dev.litehaven.runner.steps;
