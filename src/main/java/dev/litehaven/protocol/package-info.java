/**
 * What the operator and the runner say to each other: a {@link
 * dev.litehaven.protocol.RunnerRequest} goes in as a mounted file, a {@link
 * dev.litehaven.protocol.RunnerReport} comes back framed in the pod's log. Components are JDK types
 * only; this package knows neither side.
 */
package dev.litehaven.protocol;
