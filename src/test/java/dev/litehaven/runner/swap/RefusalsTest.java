package dev.litehaven.runner.swap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.litehaven.protocol.DatabaseFile;
import dev.litehaven.protocol.Reason;
import dev.litehaven.protocol.RefusedException;
import dev.litehaven.protocol.SwapReport;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One case each: the reason, and not a byte, a name or an inode changed. */
class RefusalsTest {
  @TempDir(factory = FastTemp.class)
  Path temp;

  private Path root;
  private Path live;
  private FactsForTest facts = new FactsForTest();

  @BeforeEach
  void database() throws Exception {
    root = Files.createDirectory(temp.resolve("volume"));
    live = root.resolve("app/main.db");
    Databases.create(live, "wal");
  }

  /** The machine's own answers, but for what a test cannot have for real. */
  private static final class FactsForTest implements VolumeFacts {
    private final VolumeFacts real = new LinuxVolumeFacts();
    private Path ownMount;
    private String type;
    private Boolean readOnly;
    private Integer uid;
    private Long free;

    @Override
    public Mount mountOf(Path path) throws IOException {
      var m = real.mountOf(path);
      return new Mount(
          path.equals(ownMount) ? path : m.point(),
          type == null ? m.type() : type,
          readOnly == null ? m.readOnly() : readOnly);
    }

    @Override
    public long freeBytes(Path directory) throws IOException {
      return free == null ? real.freeBytes(directory) : free;
    }

    @Override
    public int effectiveUid() {
      return uid == null ? real.effectiveUid() : uid;
    }

    @Override
    public List<String> holders(Path file) throws IOException {
      return real.holders(file);
    }
  }

  private void begin(FileOps ops, String... paths) throws Exception {
    var files = Arrays.stream(paths).map(p -> new DatabaseFile(p, p)).toList();
    try (var volume =
            SwapVolume.open(root, Databases.run("r1", 1), ops, facts, new SqliteQuiescer(facts));
        var session = SwapSession.begin(volume, "plan", files)) {
      for (DatabaseFile file : files) {
        Databases.migrate(session.copyOf(file.name()));
      }
      session.commit();
    }
  }

  private void refused(Reason reason, String says, String... paths) throws Exception {
    var before = Databases.contents(root);
    assertThatThrownBy(() -> begin(new PosixFileOps(), paths))
        .isInstanceOfSatisfying(
            RefusedException.class,
            e -> assertThat(e.reason()).as(e.getMessage()).isEqualTo(reason))
        .hasMessageContaining(says);
    assertThat(Databases.contents(root)).as("nothing changed").isEqualTo(before);
    assertThat(SwapVolume.inspect(root).unfinishedRun()).isNull();
    // And with the cause gone the same volume can be used.
    facts = new FactsForTest();
    begin(new PosixFileOps(), "app/main.db");
  }

  @Test
  void missingFile() throws Exception {
    refused(Reason.FILE_NOT_FOUND, "app/other.db does not exist", "app/other.db");
  }

  @Test
  void missingVolume() {
    root = temp.resolve("nowhere");
    assertThatThrownBy(() -> begin(new PosixFileOps(), "app/main.db"))
        .isInstanceOfSatisfying(
            RefusedException.class, e -> assertThat(e.reason()).isEqualTo(Reason.FILE_NOT_FOUND));
  }

  @Test
  void notADatabase() throws Exception {
    Files.writeString(root.resolve("notes.txt"), "to do: " + "buy milk ".repeat(100));
    refused(Reason.NOT_A_DATABASE, "notes.txt", "notes.txt");
  }

  @Test
  void aDirectory() throws Exception {
    refused(Reason.NOT_A_DATABASE, "not a regular file", "app");
  }

  @Test
  void compressedIsNotEncrypted() throws Exception {
    var bytes = random();
    bytes[0] = 0x1f;
    bytes[1] = (byte) 0x8b;
    Files.write(root.resolve("x.db"), bytes);
    refused(Reason.NOT_A_DATABASE, "1f8b", "x.db");
  }

  @Test
  void emptyFile() throws Exception {
    Files.createFile(root.resolve("x.db"));
    refused(Reason.EMPTY_FILE, "0 bytes", "x.db");
  }

  @Test
  void encrypted() throws Exception {
    Files.write(root.resolve("x.db"), random());
    refused(Reason.ENCRYPTED, "looks encrypted", "x.db");
  }

  private static byte[] random() {
    var bytes = new byte[8192];
    new Random(1).nextBytes(bytes);
    return bytes;
  }

  @Test
  void reservedBytes() throws Exception {
    var bytes = Files.readAllBytes(live);
    bytes[20] = 32;
    Files.write(root.resolve("x.db"), bytes);
    refused(Reason.ENCRYPTED, "reserves 32 bytes", "x.db");
  }

  @Test
  void truncated() throws Exception {
    var bytes = Files.readAllBytes(live);
    Files.write(root.resolve("x.db"), Arrays.copyOf(bytes, bytes.length - 4096));
    refused(Reason.TRUNCATED, "its header speaks of " + bytes.length, "x.db");
  }

  @Test
  void truncatedInsideTheHeader() throws Exception {
    Files.write(root.resolve("x.db"), Arrays.copyOf(Files.readAllBytes(live), 60));
    refused(Reason.TRUNCATED, "60 bytes", "x.db");
  }

  @Test
  void corrupt() throws Exception {
    Files.delete(live);
    Databases.create(live, "delete");
    var bytes = Files.readAllBytes(live);
    Arrays.fill(bytes, 100, 200, (byte) 0x77);
    Files.write(root.resolve("x.db"), bytes);
    refused(Reason.CORRUPT, "malformed", "x.db");
  }

  @Test
  void pathsThatLeaveTheVolume() throws Exception {
    Databases.create(temp.resolve("outside.db"), "wal");
    var absolute = live.toString();
    var before = Databases.contents(temp);
    for (String path : List.of("../outside.db", "app/../../outside.db", absolute, "", ".")) {
      assertThatThrownBy(() -> begin(new PosixFileOps(), path))
          .isInstanceOfSatisfying(
              RefusedException.class,
              e -> assertThat(e.reason()).as(path).isEqualTo(Reason.PATH_OUTSIDE_VOLUME));
    }
    assertThat(Databases.contents(temp)).containsAllEntriesOf(before);
  }

  @Test
  void symbolicLink() throws Exception {
    Files.createSymbolicLink(root.resolve("link.db"), live);
    refused(Reason.SYMBOLIC_LINK, "link.db is a symbolic link", "link.db");
  }

  @Test
  void symbolicLinkOnTheWay() throws Exception {
    Files.createSymbolicLink(root.resolve("current"), live.getParent());
    refused(Reason.SYMBOLIC_LINK, "current is a symbolic link", "current/main.db");
  }

  @Test
  void hardLinked() throws Exception {
    Files.copy(live, root.resolve("x.db"));
    Files.createLink(root.resolve("backup.db"), root.resolve("x.db"));
    refused(Reason.HARD_LINKED, "2 names", "x.db");
  }

  @Test
  void namedTwice() throws Exception {
    refused(Reason.INVALID_REQUEST, "named twice", "app/main.db", "app/main.db");
  }

  @Test
  void fileMountedByItself() throws Exception {
    facts.ownMount = live;
    refused(Reason.SUB_PATH_FILE, "mounted by itself (subPath)", "app/main.db");
  }

  @Test
  void directoryThatIsAnotherVolume() throws Exception {
    // Where the kernel says so, the mount is the last of the longest above the path.
    var lines =
        List.of(
            "21 1 8:1 / / rw,relatime shared:1 - ext4 /dev/vda rw",
            "40 21 0:30 / /data rw - btrfs /dev/loop0 rw,space_cache",
            "41 40 0:31 /x.db /data/a\\040b/x.db ro master:1 - ext4 /dev/vdb rw",
            "42 40 0:32 / /data/net rw - nfs4 server:/ ro,vers=4.2");
    assertThat(LinuxVolumeFacts.find(lines, Path.of("/data/a b/x.db")))
        .isEqualTo(new VolumeFacts.Mount(Path.of("/data/a b/x.db"), "ext4", true));
    assertThat(LinuxVolumeFacts.find(lines, Path.of("/data/a b/y.db")))
        .isEqualTo(new VolumeFacts.Mount(Path.of("/data"), "btrfs", false));
    assertThat(LinuxVolumeFacts.find(lines, Path.of("/data/net/z")).readOnly()).isTrue();
    assertThat(LinuxVolumeFacts.find(lines, Path.of("/database")).type()).isEqualTo("ext4");
  }

  @Test
  void wrongOwner() throws Exception {
    facts.uid = 4242;
    refused(Reason.WRONG_OWNER, "this process is uid 4242", "app/main.db");
  }

  @Test
  void networkFileSystem() throws Exception {
    facts.type = "nfs4";
    refused(Reason.NETWORK_FILESYSTEM, "nfs4", "app/main.db");
  }

  @Test
  void networkFileSystemThroughFuse() throws Exception {
    facts.type = "fuse.juicefs";
    refused(Reason.NETWORK_FILESYSTEM, "fuse.juicefs", "app/main.db");
  }

  @Test
  void readOnlyVolume() throws Exception {
    facts.readOnly = true;
    refused(Reason.READ_ONLY_VOLUME, "mounted read-only", "app/main.db");
  }

  @Test
  void noSpaceIsKnownBefore() throws Exception {
    facts.free = 100_000L;
    refused(Reason.NO_SPACE, "100000 are free", "app/main.db");
  }

  @Test
  void whereLeasesDoNotWorkNothingIsSwapped() throws Exception {
    var before = Databases.contents(root);
    var ops =
        CrashingFileOps.failing(
            new PosixFileOps(), (n, what) -> what.startsWith("lease"), ErrnoException.EINVAL);
    assertThatThrownBy(() -> begin(ops, "app/main.db"))
        .isInstanceOfSatisfying(
            RefusedException.class,
            e -> assertThat(e.reason()).isEqualTo(Reason.NETWORK_FILESYSTEM))
        .hasMessageContaining("no leases");
    assertThat(Databases.contents(root)).isEqualTo(before);
  }

  @Test
  void aSidecarThatSomebodyKeepsIsALiveWriter() throws Exception {
    Files.delete(live);
    Databases.create(live, "delete");
    // SQLite leaves it alone in rollback mode, so it is somebody else's.
    Files.write(live.resolveSibling("main.db-shm"), new byte[10]);
    var before = Databases.contents(root);
    assertThatThrownBy(() -> begin(new PosixFileOps(), "app/main.db"))
        .isInstanceOfSatisfying(
            RefusedException.class, e -> assertThat(e.reason()).isEqualTo(Reason.LIVE_WRITER))
        .hasMessageContaining("main.db-shm");
    assertThat(Databases.contents(root)).isEqualTo(before);
  }

  @Test
  void aFileThatLiesInTheWayOfTheCopyIsNotOverwritten() throws Exception {
    var other = Files.writeString(live.resolveSibling(".main.db.lh-r1.new"), "precious");
    assertThatThrownBy(() -> begin(new PosixFileOps(), "app/main.db"))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("in the way");
    assertThat(other).hasContent("precious");
  }

  @Test
  void aFullDiskStillTakesTheRecordBecauseOfTheBallast() throws Exception {
    var ballast = root.resolve(".litehaven/ballast");
    var full =
        CrashingFileOps.failing(
            new PosixFileOps(),
            (n, what) ->
                what.startsWith("write") && what.contains("intent-") && Files.exists(ballast),
            ErrnoException.ENOSPC);
    begin(full, "app/main.db");
    assertThat(full.steps()).anyMatch(step -> step.startsWith("failed: write"));
    assertThat(ballast).doesNotExist();
    try (var volume = SwapVolume.open(root, Databases.run("r2", 2))) {
      assertThat(volume.report("r1").orElseThrow().state()).isEqualTo("DONE");
    }
    assertThat(ballast).as("made again when there is room").isNotEmptyFile();
  }

  /** Every step fails once, as a full or broken disk does: all undone, or recovery finishes. */
  @Test
  void everyStepThatFailsIsPutBack() throws Exception {
    var counting = new CrashingFileOps(new PosixFileOps(), Integer.MAX_VALUE);
    begin(counting, "app/main.db");
    int steps = counting.steps().size();
    for (int errno : List.of(ErrnoException.EIO, ErrnoException.ENOSPC)) {
      for (int at = 0; at < steps; at++) {
        root = Files.createDirectory(temp.resolve("volume" + errno + "-" + at));
        Databases.create(root.resolve("app/main.db"), "wal");
        int failing = at;
        var ops = CrashingFileOps.failing(new PosixFileOps(), (n, what) -> n == failing, errno);
        String failure = "none";
        boolean refused = false;
        try {
          begin(ops, "app/main.db");
        } catch (IOException | RefusedException e) {
          failure = e.getMessage();
          refused = e instanceof RefusedException;
        }
        String state;
        try (var volume = SwapVolume.open(root, Databases.run("r2", 2))) {
          var before = volume.report("r1").map(SwapReport::state).orElse("none");
          Recovery.recover(volume);
          state = volume.report("r1").map(SwapReport::state).orElse("none");
          if (refused) {
            assertThat(state).as("a refusal leaves nothing to do: " + failure).isEqualTo(before);
          }
        }
        assertThat(Databases.generation(root.resolve("app/main.db"), Databases.ROWS))
            .as(ops.steps().get(at) + ": " + failure)
            .isEqualTo(state.equals("DONE") ? "new" : "old");
        assertThat(root.resolve("app/.main.db.lh-r1.new"))
            .as(ops.steps().get(at) + ": " + failure)
            .doesNotExist();
      }
    }
  }
}
