package dev.litehaven.protocol;

/**
 * Where a step puts the file backups that it makes.
 *
 * @param directory absolute path inside the runner; null: {@code .litehaven/backups} on the volume
 * @param separateVolume whether that is another volume than the database's
 */
public record BackupTarget(String directory, boolean separateVolume) {
  public static final BackupTarget ON_VOLUME = new BackupTarget(null, false);
}
