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
 */
public record BackupTarget(
    String directory, boolean separateVolume, S3Target s3, Encryption encryption, Owner owner) {
  public static final BackupTarget ON_VOLUME = new BackupTarget(null, false);

  public BackupTarget {
    if (directory != null && s3 != null) {
      throw new IllegalArgumentException("a target is a directory or a bucket, not both");
    }
  }

  /** A directory, without encryption, that nobody else writes to. */
  public BackupTarget(String directory, boolean separateVolume) {
    this(directory, separateVolume, null, null, null);
  }

  /**
   * Who writes the backups of an identity: two databases that take each other for themselves would
   * remove each other's backups.
   *
   * @param uid of the SQLiteDatabase
   * @param takeover whether another owner's marker may be replaced
   */
  public record Owner(String uid, boolean takeover) {}
}
