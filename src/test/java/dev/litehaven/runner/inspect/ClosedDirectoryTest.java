package dev.litehaven.runner.inspect;

import static org.assertj.core.api.Assertions.assertThat;

import dev.litehaven.protocol.DatabaseFile;
import dev.litehaven.protocol.InspectReport.FileInfo;
import dev.litehaven.protocol.Reason;
import dev.litehaven.runner.OtherUser;
import dev.litehaven.runner.sqlite.TestDatabase;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What may not be looked into is never taken for empty: an empty claim may be filled. */
class ClosedDirectoryTest {
  @TempDir Path volume;
  private Path data;

  @BeforeEach
  void aDatabaseInADirectoryOfItsOwn() throws Exception {
    Files.setPosixFilePermissions(volume, PosixFilePermissions.fromString("rwxr-xr-x"));
    data = Files.createDirectory(volume.resolve("data"));
    TestDatabase.create(data, "app.db", "CREATE TABLE t (id INTEGER PRIMARY KEY)");
    close(data);
  }

  @AfterEach
  void open() throws Exception {
    Files.setPosixFilePermissions(data, PosixFilePermissions.fromString("rwx------"));
  }

  private static void close(Path directory) throws Exception {
    Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("---------"));
  }

  private List<FileInfo> inspect(List<DatabaseFile> files, String... excluded) throws Exception {
    return OtherUser.call(
        () -> VolumeInspector.inspect(volume, files, List.of(excluded)).report().files());
  }

  @Test
  void isNamedWhereNothingElseIsFound() throws Exception {
    FileInfo closed = inspect(List.of()).getFirst();
    assertThat(closed.problem()).isEqualTo(Reason.WRONG_OWNER);
    assertThat(closed.path()).isEqualTo("data");
    assertThat(closed.ownerUid()).isEqualTo((int) Files.getAttribute(volume, "unix:uid"));
    assertThat(closed.message()).contains("data belongs to uid", "not known", "exclude");
  }

  @Test
  void isNoTroubleWhereADatabaseIsFound() throws Exception {
    TestDatabase.create(volume, "other.db", "CREATE TABLE t (id INTEGER PRIMARY KEY)");
    OtherUser.own(volume.resolve("other.db"));
    assertThat(inspect(List.of()))
        .singleElement()
        .satisfies(found -> assertThat(found.path()).isEqualTo("other.db"))
        .satisfies(found -> assertThat(found.problem()).isNull());
  }

  @Test
  void isNotLookedForWhereItIsExcludedOrOfTheFileSystem() throws Exception {
    assertThat(inspect(List.of(), "data")).isEmpty();
    Path lost = Files.createDirectory(volume.resolve("lost+found"));
    close(lost);
    assertThat(inspect(List.of(), "data")).isEmpty();
    Files.setPosixFilePermissions(lost, PosixFilePermissions.fromString("rwx------"));
  }

  @Test
  void isNoFileThatIsNotThere() throws Exception {
    FileInfo named = inspect(List.of(new DatabaseFile("main", "data/app.db"))).getFirst();
    assertThat(named.problem()).isEqualTo(Reason.WRONG_OWNER);
    assertThat(named.message()).contains("data belongs to uid");
    assertThat(inspect(List.of(new DatabaseFile("main", "none/app.db"))).getFirst().problem())
        .isEqualTo(Reason.FILE_NOT_FOUND);
  }
}
