package dev.litehaven.runner.imports;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.litehaven.protocol.Reason;
import dev.litehaven.protocol.RefusedException;
import dev.litehaven.runner.imports.ImportSource.Restored;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Replicas that releases of Litestream 0.5 made, of one snapshot after the other and three levels.
 */
class LtxSourceTest {
  private static final Instant ANY = Instant.parse("2026-01-31T12:00:00Z");

  /** The newest transaction; in these replicas at levels 0 and 1, and one of them has it at 9. */
  private static final String LAST = "0000000000000008-0000000000000008.ltx";

  @TempDir Path dir;

  private Replica replica(String release) throws Exception {
    return Replica.copy(release, dir.resolve(release), ANY);
  }

  private RefusedException refused(Replica replica) {
    return catchThrowableOfType(RefusedException.class, () -> replica.restore(dir));
  }

  /** Leaves a replica one level, or two. */
  private static void keepLevels(Replica replica, String levels) throws Exception {
    for (String level : new String[] {"0", "1", "2", "9"}) {
      if (!levels.contains(level)) {
        try (var files = Files.list(replica.directory().resolve("ltx").resolve(level))) {
          for (Path file : files.toList()) {
            Files.delete(file);
          }
        }
      }
    }
  }

  private static Instant timestamp(Path ltx) throws Exception {
    return Instant.ofEpochMilli(ByteBuffer.wrap(Files.readAllBytes(ltx)).getLong(32));
  }

  @ParameterizedTest
  @ValueSource(strings = {"0.5.5", "0.5.18", "encode-db"})
  void everyRowIsThere(String release) throws Exception {
    Replica replica = replica(release);
    Restored restored = replica.restore(dir);
    assertThat(Replica.rows(restored)).isEqualTo(replica.rows());
    assertThat(Replica.sound(restored)).isEqualTo("ok");
    assertThat(restored.warnings()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "01", "12", "19", "09"})
  void theLevelsThatThereAreAreEnough(String levels) throws Exception {
    for (String release : new String[] {"0.5.5", "0.5.18"}) {
      Replica replica = replica(release);
      keepLevels(replica, levels);
      Restored restored = replica.restore(dir);
      assertThat(Replica.rows(restored)).as(release).isEqualTo(replica.rows());
      assertThat(Replica.sound(restored)).isEqualTo("ok");
      // By the header, and not by when somebody copied the file.
      Instant last = timestamp(replica.file(LAST));
      assertThat(restored.takenAt()).isBetween(last, last.plusSeconds(5));
    }
  }

  @Test
  void theLevelsCanBeNamedByThemselves() throws Exception {
    Replica replica = replica("0.5.18");
    Path scratch = Files.createDirectory(dir.resolve("scratch"));
    assertThat(Replica.rows(ImportSource.of(replica.directory().resolve("ltx")).restore(scratch)))
        .isEqualTo(replica.rows());
  }

  @ParameterizedTest
  @ValueSource(strings = {"0.5.5", "0.5.18"})
  void aTornNewestFileIsWarnedOfAndTheStateBeforeItIsThere(String release) throws Exception {
    for (int missing : new int[] {1, 16, 40, 150, 520, 580}) {
      Replica replica = Replica.copy(release, dir.resolve(release + "-" + missing), ANY);
      keepLevels(replica, "0");
      replica.cut(LAST, missing);
      Restored restored = replica.restore(dir);
      assertThat(Replica.rows(restored))
          .contains("48 more 8")
          .noneMatch(row -> row.endsWith("last"));
      assertThat(Replica.sound(restored)).isEqualTo("ok");
      assertThat(restored.warnings())
          .singleElement()
          .asString()
          .contains(LAST, "ends too early", "0000000000000007");
      assertThat(restored.takenAt())
          .isEqualTo(timestamp(replica.file("0/0000000000000007-0000000000000007.ltx")));
    }
  }

  @Test
  void whatATornFileHasMayBeInOneOfAnotherLevel() throws Exception {
    Replica replica = replica("0.5.5");
    keepLevels(replica, "09");
    replica.cut("9/0000000000000001-0000000000000007.ltx", 1);
    Restored restored = replica.restore(dir);
    assertThat(Replica.rows(restored)).isEqualTo(replica.rows());
    assertThat(restored.warnings())
        .singleElement()
        .asString()
        .contains("9/0000000000000001-0000000000000007.ltx", "Nothing is lost");
  }

  @Test
  void aGapIsNamed() throws Exception {
    Replica replica = replica("0.5.18");
    keepLevels(replica, "0");
    Files.delete(replica.file("0/0000000000000004-0000000000000004.ltx"));
    RefusedException refused = refused(replica);
    assertThat(refused.reason()).isEqualTo(Reason.BACKUP_DAMAGED);
    assertThat(refused)
        .hasMessageContainingAll(
            "transactions 0000000000000004 to 0000000000000004 are missing",
            "0000000000000005-0000000000000005.ltx");
    Replica torn = replica("0.5.5");
    keepLevels(torn, "0");
    torn.cut("0/0000000000000003-0000000000000003.ltx", 1);
    assertThat(refused(torn))
        .hasMessageContainingAll(
            "0000000000000003 are missing",
            "0000000000000003-0000000000000003.ltx should have them, and ends too early");
  }

  @Test
  void withoutABeginningThereIsNoDatabase() throws Exception {
    Replica replica = replica("0.5.18");
    keepLevels(replica, "0");
    Files.delete(replica.file("0/0000000000000001-0000000000000001.ltx"));
    assertThat(refused(replica).reason()).isEqualTo(Reason.BACKUP_NOT_FOUND);
    keepLevels(replica, "");
    assertThat(refused(replica)).hasMessageContaining("has no LTX files");
  }

  @ParameterizedTest
  @ValueSource(strings = {"0.5.5", "0.5.18", "encode-db"})
  void aBitThatFlippedAnywhereIsNoticed(String release) throws Exception {
    String name = release.equals("encode-db") ? "0000000000000001-0000000000000001.ltx" : LAST;
    Replica replica = replica(release);
    onlyTheLowest(replica);
    int size = (int) Files.size(replica.file(name));
    int noticed = 0;
    for (int offset = 0; offset < size; offset += 3) {
      replica.flip(name, offset);
      Path scratch = scratch("flipped-" + offset);
      try {
        // Other compressed bytes may stand for the same page. All else has to be noticed: a length
        // that flipped may make the file seem torn.
        Restored restored = ImportSource.of(replica.directory()).restore(scratch);
        if (restored.warnings().isEmpty()) {
          assertThat(Replica.rows(restored)).as("byte " + offset).isEqualTo(replica.rows());
        } else {
          noticed++;
        }
      } catch (RefusedException e) {
        assertThat(e.reason()).as("byte " + offset).isIn(Reason.BACKUP_DAMAGED, Reason.TRUNCATED);
        noticed++;
      }
      replica.flip(name, offset);
    }
    assertThat(noticed).isGreaterThan(size / 3 * 9 / 10);
  }

  private static void onlyTheLowest(Replica replica) throws Exception {
    if (Files.exists(replica.directory().resolve("ltx/9"))) {
      keepLevels(replica, "0");
    }
  }

  @Test
  void aFileUnderAnothersNameIsNotTakenForIt() throws Exception {
    Replica replica = replica("0.5.18");
    keepLevels(replica, "0");
    Path last = replica.file(LAST);
    Files.move(last, last.resolveSibling("0000000000000008-0000000000000009.ltx"));
    assertThat(refused(replica)).hasMessageContaining("that its name says");
  }

  @Test
  void theChecksumOfTheDatabaseIsCompared() throws Exception {
    Path ltx = Files.createDirectories(dir.resolve("replica/ltx/0"));
    byte[] start = ltxStart();
    long sum = LtxFile.databaseChecksum(LtxFile.pageChecksum(1, start));
    TestLtx.write(ltx, 1, 1, 0, sum, start);
    assertThat(ImportSource.of(dir.resolve("replica")).restore(scratch("a")).warnings()).isEmpty();
    TestLtx.write(ltx, 1, 1, 0, sum ^ 1, start);
    assertThat(refused(new Replica(dir.resolve("replica"), null)))
        .hasMessageContaining("does not have the checksum that it should have");
    TestLtx.write(ltx, 1, 1, 0, sum, start);
    TestLtx.write(ltx, 2, 2, sum ^ 2, sum, start);
    assertThat(refused(new Replica(dir.resolve("replica"), null)))
        .hasMessageContaining("a change of another database");
  }

  private Path scratch(String name) throws Exception {
    return Files.createDirectory(dir.resolve(name));
  }

  /** The one page of a database without a table. */
  private byte[] ltxStart() throws Exception {
    Path empty =
        dev.litehaven.runner.sqlite.TestDatabase.create(
            dir,
            "empty.db",
            "PRAGMA page_size=1024",
            "CREATE TABLE t (x)",
            "DROP TABLE t",
            "VACUUM");
    return Files.readAllBytes(empty);
  }
}
