package dev.litehaven.operator.job;

import dev.litehaven.api.v1alpha1.SQLiteDatabaseStatus;
import dev.litehaven.api.v1alpha1.SQLiteDatabaseStatus.FileStatus;

/**
 * Whose the first file of a database is, as it was last looked at.
 *
 * @param gid null: not known
 * @param groupWritable whether its group may write it, as an fsGroup makes it
 */
public record FileOwner(long uid, Long gid, boolean groupWritable) {
  /** Null where nobody has seen the file: an inspection says -1 of one that is not there. */
  public static FileOwner of(SQLiteDatabaseStatus status) {
    return status == null || status.files().isEmpty() ? null : of(status.files().getFirst());
  }

  /** The same of one file. */
  public static FileOwner of(FileStatus file) {
    return file.ownerUid() == null || file.ownerUid() < 0
        ? null
        : new FileOwner(
            file.ownerUid(), file.ownerGid(), Boolean.TRUE.equals(file.groupWritable()));
  }

  public boolean root() {
    return uid == 0;
  }
}
