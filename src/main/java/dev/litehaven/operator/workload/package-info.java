/**
 * Finds who uses a claim, and stops and starts it: by holding pods with a scheduling gate, or by
 * scaling where a workload has no gate.
 *
 * <p>{@link dev.litehaven.operator.workload.WorkloadObserver} reads, {@link
 * dev.litehaven.operator.workload.WorkloadPlanner} decides on values alone, {@link
 * dev.litehaven.operator.workload.WorkloadActor} acts with preconditions. What must be remembered
 * lies on the workload ({@link dev.litehaven.operator.workload.Quiesced}), so a plan can be made
 * again from nothing after a crash at any point.
 */
package dev.litehaven.operator.workload;
