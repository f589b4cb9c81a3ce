/**
 * A run: what takes a volume and its workloads for itself, stops them, puts another database in
 * place by a Job and starts them again, or goes back. Each step is planned from what is seen and
 * may be repeated at any time. What a run is for is known by {@link
 * dev.litehaven.operator.run.Work} alone; who asks for one tells what came of it.
 */
package dev.litehaven.operator.run;
