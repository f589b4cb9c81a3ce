/** The command line without a cluster: options in, the same steps as in a pod, text or JSON out. */
package dev.litehaven.runner.cli;
