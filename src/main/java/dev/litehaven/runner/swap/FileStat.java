package dev.litehaven.runner.swap;

/**
 * What the swap needs to know of a file. No device number: it changes with every mount.
 *
 * @param mode permission bits only
 * @param modifiedNanos last write, nanoseconds since the epoch
 */
record FileStat(
    Kind kind, long inode, int links, int uid, int gid, int mode, long size, long modifiedNanos) {
  enum Kind {
    FILE,
    DIRECTORY,
    SYMBOLIC_LINK,
    OTHER
  }
}
