package dev.litehaven.operator.workload;

import java.util.Objects;

/**
 * The image of the container that has the database.
 *
 * @param name as the pod asks for it
 * @param digest what the node runs under that name, {@code repository@sha256:...}; empty before it
 *     does
 */
public record AppImage(String name, String digest) {
  public AppImage {
    Objects.requireNonNull(name, "name");
    Objects.requireNonNull(digest, "digest");
  }
}
