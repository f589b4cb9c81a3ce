/** What is known of a claim: whether it is there, who mounts it, where and as whom. */
package dev.litehaven.operator.volume;
