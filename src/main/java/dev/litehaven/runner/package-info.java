/**
 * The runner: one request in, one report out, on a mounted volume or a local file. The parts are in
 * their own packages: {@code sqlite} and {@code migrate} work on copies, {@code swap} replaces
 * files, {@code backup} keeps states, {@code imports} reads those that others have kept, {@code
 * inspect} looks, {@code steps} puts them together, and {@code cli} is the command line. Nothing
 * here knows the operator or a cluster.
 */
package dev.litehaven.runner;
