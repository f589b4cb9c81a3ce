package dev.litehaven.runner.imports;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.litehaven.protocol.Reason;
import dev.litehaven.protocol.RefusedException;
import dev.litehaven.runner.imports.ImportSource.Restored;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import net.jpountz.lz4.LZ4FrameOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A replica that Litestream 0.3.13 made: one snapshot, and a log of two indexes. */
class LitestreamSourceTest {
  private static final Instant SNAPSHOT = Instant.parse("2026-01-31T12:00:00Z");
  private static final String LAST = "00000001_000018b0.wal.lz4";
  private static final String BEFORE_LAST = "00000001_00001498.wal.lz4";

  @TempDir Path dir;
  private Replica replica;

  @BeforeEach
  void aCopyOfTheReplica() throws Exception {
    replica = Replica.copy("0.3.13", dir.resolve("replica"), SNAPSHOT);
  }

  private Path generation() throws IOException {
    return replica.file(LAST).getParent().getParent();
  }

  private RefusedException refused() {
    return catchThrowableOfType(RefusedException.class, () -> replica.restore(dir));
  }

  private static byte[] unpacked(Path file) throws IOException {
    var out = new ByteArrayOutputStream();
    Compression.LZ4.unpack(file, out);
    return out.toByteArray();
  }

  private static void pack(Path file, byte[] bytes) throws IOException {
    try (OutputStream out = new LZ4FrameOutputStream(Files.newOutputStream(file))) {
      out.write(bytes);
    }
  }

  @Test
  void everyRowIsThereAndTheTimeIsThatOfTheLastSegment() throws Exception {
    Restored restored = replica.restore(dir);
    assertThat(Replica.rows(restored)).isEqualTo(replica.rows());
    assertThat(Replica.sound(restored)).isEqualTo("ok");
    assertThat(restored.takenAt()).isEqualTo(SNAPSHOT.plusSeconds(9));
    assertThat(restored.warnings()).isEmpty();
  }

  @Test
  void aGenerationCanBeNamedByItself() throws Exception {
    Path scratch = Files.createDirectory(dir.resolve("scratch"));
    assertThat(Replica.rows(ImportSource.of(generation()).restore(scratch)))
        .isEqualTo(replica.rows());
  }

  @Test
  void theGenerationThatWasWrittenToLastIsTaken() throws Exception {
    Replica.copy("0.3.13", dir.resolve("older"), SNAPSHOT.minusSeconds(3600));
    Path older = generation().resolveSibling("ffffffffffffffff");
    try (var generations = Files.list(dir.resolve("older/generations"))) {
      Files.move(generations.findAny().orElseThrow(), older);
    }
    Files.delete(older.resolve("wal").resolve(LAST));
    assertThat(Replica.rows(replica.restore(dir))).isEqualTo(replica.rows());
  }

  @Test
  void aSnapshotWithoutALogIsABackup() throws Exception {
    Path wal = replica.file(LAST).getParent();
    try (var segments = Files.list(wal)) {
      for (Path segment : segments.toList()) {
        Files.delete(segment);
      }
    }
    Restored restored = replica.restore(dir);
    assertThat(Replica.rows(restored)).isEmpty();
    assertThat(restored.takenAt()).isEqualTo(SNAPSHOT);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 4, 8, 100, 498, 499})
  void aTornLastSegmentIsWarnedOfAndTheStateBeforeItIsThere(int missing) throws Exception {
    replica.cut(LAST, missing);
    Restored restored = replica.restore(dir);
    assertThat(Replica.rows(restored))
        .contains("48 more 8")
        .noneMatch(row -> missing >= 100 && row.endsWith("last"));
    assertThat(Replica.sound(restored)).isEqualTo("ok");
    assertThat(restored.warnings())
        .singleElement()
        .asString()
        .contains(LAST, "ends too early", "Copy the segment anew");
    assertThat(restored.takenAt()).isEqualTo(SNAPSHOT.plusSeconds(missing >= 100 ? 8 : 9));
  }

  @Test
  void aLogThatEndsInsideATransactionIsTakenUpToTheLastWholeOne() throws Exception {
    Path last = replica.file(LAST);
    byte[] frames = unpacked(last);
    pack(last, Arrays.copyOf(frames, frames.length - 500));
    Restored restored = replica.restore(dir);
    assertThat(Replica.rows(restored)).contains("48 more 8").noneMatch(r -> r.endsWith("last"));
    assertThat(restored.warnings())
        .singleElement()
        .asString()
        .contains(LAST, "in the middle of a transaction");
    assertThat(restored.takenAt()).isEqualTo(SNAPSHOT.plusSeconds(8));
  }

  @ParameterizedTest
  @CsvSource({
    "00000000_00001498.wal.lz4, 00000000_00001498.wal.lz4, 00000000_000024f8.wal.lz4",
    "00000001_00000000.wal.lz4, 00000001_00000000.wal.lz4, 00000001_00000438.wal.lz4",
    "00000001_00001498.wal.lz4, 00000001_00001498.wal.lz4, 00000001_000018b0.wal.lz4"
  })
  void aGapIsNamed(String gone, String missing, String next) throws Exception {
    Files.delete(replica.file(gone));
    RefusedException refused = refused();
    assertThat(refused.reason()).isEqualTo(Reason.BACKUP_DAMAGED);
    assertThat(refused).hasMessageContainingAll(missing + " is missing", next, "move that one");
  }

  @Test
  void anIndexThatIsMissingAsAWholeIsAGap() throws Exception {
    Path wal = replica.file(LAST).getParent();
    try (var segments = Files.list(wal)) {
      for (Path segment : segments.toList()) {
        if (segment.getFileName().toString().startsWith("00000000_")) {
          Files.delete(segment);
        }
      }
    }
    assertThat(refused()).hasMessageContaining("00000000_00000000.wal.lz4 is missing");
  }

  @Test
  void aSegmentThatIsTornInTheMiddleIsRefused() throws Exception {
    replica.cut(BEFORE_LAST, 100);
    RefusedException refused = refused();
    assertThat(refused.reason()).isEqualTo(Reason.TRUNCATED);
    assertThat(refused).hasMessageContainingAll(BEFORE_LAST, "others follow it");
  }

  @Test
  void aSegmentThatDoesNotHaveItsChecksumIsRefusedAlsoWhereItIsTheLast() throws Exception {
    replica.flip(LAST, -1);
    RefusedException refused = refused();
    assertThat(refused.reason()).isEqualTo(Reason.BACKUP_DAMAGED);
    assertThat(refused).hasMessageContainingAll(LAST, "is damaged");
  }

  /** The segment is what was uploaded; but its frames are not what SQLite wrote. */
  @ParameterizedTest
  @ValueSource(strings = {"00000000_00001498.wal.lz4", LAST})
  void framesThatDoNotHaveTheirChecksumAreRefused(String name) throws Exception {
    Path segment = replica.file(name);
    byte[] frames = unpacked(segment);
    frames[600] ^= 1;
    pack(segment, frames);
    RefusedException refused = refused();
    assertThat(refused.reason()).isEqualTo(Reason.BACKUP_DAMAGED);
    assertThat(refused)
        .hasMessageContainingAll("index " + name.substring(0, 8), "by its checksums", "at byte");
  }

  @Test
  void aSnapshotThatIsNotWholeIsRefused() throws Exception {
    replica.cut("00000000.snapshot.lz4", 20);
    assertThat(refused().reason()).isEqualTo(Reason.TRUNCATED);
    Files.delete(replica.file("00000000.snapshot.lz4"));
    assertThat(refused().reason()).isEqualTo(Reason.BACKUP_NOT_FOUND);
  }

  @Test
  void ofTwoReleasesTheNewerIsTakenUnlessTheOlderWasWrittenToLast() throws Exception {
    Replica.copy("0.5.5", replica.directory(), SNAPSHOT.plusSeconds(60));
    Restored restored = replica.restore(dir);
    assertThat(restored.takenAt()).isNotEqualTo(SNAPSHOT.plusSeconds(9));
    assertThat(Replica.rows(restored)).isEqualTo(replica.rows());
    Files.setLastModifiedTime(
        replica.file(LAST), java.nio.file.attribute.FileTime.from(SNAPSHOT.plusSeconds(3600)));
    assertThat(refused())
        .hasMessageContainingAll("two releases", generation().toString(), "replica/ltx");
  }
}
