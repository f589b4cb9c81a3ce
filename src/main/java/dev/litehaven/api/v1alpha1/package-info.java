/**
 * The resources of {@code litehaven.dev/v1alpha1}: data only. The CRDs under {@code crds/} are
 * generated from these types.
 */
package dev.litehaven.api.v1alpha1;
