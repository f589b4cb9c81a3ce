package dev.litehaven.protocol;

/**
 * How the replacement of the file ended, from the journal on the volume.
 *
 * @param state last recorded state, for example {@code DONE} or {@code ROLLED_BACK}
 * @param live which content is at the live name: {@code old}, {@code new}, or {@code none} where
 *     there was nothing before
 * @param writtenSince whether anything was written to the new file since it was swapped in
 * @param rowsSince rows added, changed or removed since; -1 where not counted
 */
public record SwapReport(String state, String live, boolean writtenSince, long rowsSince) {}
