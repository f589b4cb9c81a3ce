package dev.litehaven.protocol;

/**
 * Where file backups are written to and read from.
 *
 * @param directory absolute path inside the runner; null: {@code .litehaven/backups} on the volume,
 *     or {@code s3} where that is given
 * @param separateVolume whether that is another volume than the database's
 * @param s3 a bucket in place of a directory; null: none
 * @param encryption null: artifacts are not encrypted
 * @param owner who may write backups of this identity there; null: nobody else can get there
 * @param snapshot a volume snapshot in place of either, which FETCH and READ_BACK can read; null:
 *     none
 */
public record BackupTarget(
    String directory,
    boolean separateVolume,
    S3Target s3,
    Encryption encryption,
    Owner owner,
    Snapshot snapshot) {
  public static final BackupTarget ON_VOLUME = new BackupTarget(null, false);

  public BackupTarget {
    if (directory != null && s3 != null || snapshot != null && (directory != null || s3 != null)) {
      throw new IllegalArgumentException("a target is a directory, a bucket or a snapshot");
    }
  }

  /** A directory or a bucket. */
  public BackupTarget(
      String directory, boolean separateVolume, S3Target s3, Encryption encryption, Owner owner) {
    this(directory, separateVolume, s3, encryption, owner, null);
  }

  /** A directory, without encryption, that nobody else writes to. */
  public BackupTarget(String directory, boolean separateVolume) {
    this(directory, separateVolume, null, null, null);
  }

  /** What a snapshot has. */
  public static BackupTarget of(Snapshot snapshot) {
    return new BackupTarget(null, true, null, null, null, snapshot);
  }

  public BackupTarget ownedBy(Owner now) {
    return new BackupTarget(directory, separateVolume, s3, encryption, now, snapshot);
  }

  /**
   * A volume that was made from a snapshot, and that nobody else uses.
   *
   * @param directory where it is mounted: where the workload has its volume, since SQLite's
   *     super-journals hold absolute paths
   * @param name of the VolumeSnapshot
   * @param takenAt RFC 3339
   */
  public record Snapshot(String directory, String name, String takenAt) {}

  /**
   * Who writes the backups of an identity: two databases that take each other for themselves would
   * remove each other's backups.
   *
   * @param uid of the SQLiteDatabase
   * @param takeover whether another owner's marker may be replaced
   */
  public record Owner(String uid, boolean takeover) {}
}
