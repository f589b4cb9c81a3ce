package dev.litehaven.api.v1alpha1;

import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;

/** A resource of a fixed kind in the same namespace. */
public record LocalReference(@Required @Size(min = 1, max = 253) String name) {}
