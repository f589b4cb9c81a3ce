package dev.litehaven.protocol;

/**
 * One thing a plan would do that somebody should know.
 *
 * @param code the field's vocabulary, for example {@code DS103} (dropped column)
 * @param reason what refuses it, for example {@link Reason#DESTRUCTIVE_CHANGE}
 * @param object what it is about: {@code table} or {@code table.column}, with {@code file.} before
 *     it where the database has several files
 * @param rows rows lost or changed, counted on the copy; 0 where rows do not apply
 * @param destructive whether data would be lost or changed that nobody declared
 * @param message one sentence for a human
 */
public record Finding(
    String code, Reason reason, String object, long rows, boolean destructive, String message) {
  /** What identifies the finding across rehearsals: everything but counts and wording. */
  public String key() {
    return code + ":" + object;
  }
}
