package dev.litehaven.runner.swap;

import static org.assertj.core.api.Assertions.assertThat;

import dev.litehaven.protocol.DatabaseFile;
import dev.litehaven.protocol.Reason;
import dev.litehaven.protocol.RefusedException;
import dev.litehaven.protocol.Sha256;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;

/**
 * Runs the product's own code over {@link SimFileSystem} through every crash there is: before each
 * step of the swap or the rollback, and then before each step of each recovery, as often as new
 * states come out of it; killed, or with any unsynced changes lost; and with a stranger who opens
 * whatever is at the live names and writes to it, up to a number of times, between any two of them.
 */
final class SwapModel {
  enum Phase {
    FORWARD,
    ROLLBACK
  }

  private static final Path ROOT = Path.of("/vol");
  private static final int PAGE = 512;
  private static final int COUNTER = 2 * PAGE - 1;

  private final int files;
  private final boolean ownDirectories;
  private final Phase phase;
  private final int strangers;
  private final UnaryOperator<FileOps> mutation;

  private final Deque<Node> work = new ArrayDeque<>();
  private final Set<String> seen = new HashSet<>();
  int crashPoints;
  int recoveries;
  int ends;
  int diverged;

  /** A state at rest between two processes, with the inodes that strangers have written to. */
  private record Node(SimFileSystem fs, int strangers, Set<Long> written, String history) {}

  SwapModel(
      int files,
      boolean ownDirectories,
      Phase phase,
      int strangers,
      UnaryOperator<FileOps> mutation) {
    this.files = files;
    this.ownDirectories = ownDirectories;
    this.phase = phase;
    this.strangers = strangers;
    this.mutation = mutation;
  }

  /** Explores everything; an assertion error names the history that led to it. */
  SwapModel explore() throws IOException {
    var base = base();
    for (int limit = 0; ; limit++) {
      var fs = base.copy();
      var crashed = crash(fs, limit, phase == Phase.FORWARD ? this::forward : this::rollback);
      if (crashed == null) {
        check(new Node(fs, 0, Set.of(), "no crash"));
        break;
      }
      crashPoints++;
      push(fs, 0, Set.of(), "crash at step " + limit + " before " + crashed);
    }
    while (!work.isEmpty()) {
      var node = work.remove(); // breadth first: the shortest history to a failure
      recoverAtEveryStep(node);
      if (node.strangers() < strangers) {
        recoverAtEveryStep(visited(node));
      }
    }
    return this;
  }

  int states() {
    return seen.size();
  }

  @Override
  public String toString() {
    return "%-8s files=%d dirs=%s strangers<=%d: crash points=%d, distinct states=%d, recoveries=%d, ends=%d, stopped as diverged=%d"
        .formatted(
            phase,
            files,
            ownDirectories ? "own" : "one",
            strangers,
            crashPoints,
            states(),
            recoveries,
            ends,
            diverged);
  }

  private void push(SimFileSystem fs, int used, Set<Long> written, String history) {
    for (SimFileSystem state : fs.crashes()) {
      if (seen.add(Sha256.of(state.key() + used + written))) {
        var node = new Node(state, used, written, history);
        openable(node);
        work.add(node);
      }
    }
  }

  private void recoverAtEveryStep(Node node) throws IOException {
    for (int limit = 0; ; limit++) {
      var fs = node.fs().copy();
      recoveries++;
      String crashed;
      try {
        crashed = crash(fs, limit, this::recover);
      } catch (RefusedException e) {
        if (e.reason() != Reason.DIVERGED) {
          throw new AssertionError(node.history(), e);
        }
        diverged++;
        assertThat(generationsWritten(node)).as("diverged: " + node.history()).hasSize(2);
        assertThat(fs.namesNow()).as(node.history()).containsAll(node.fs().namesNow());
        return;
      } catch (IOException | RuntimeException e) {
        throw new AssertionError(node.history(), e);
      }
      if (crashed == null) {
        ends++;
        check(new Node(fs, node.strangers(), node.written(), node.history()));
        return;
      }
      push(
          fs,
          node.strangers(),
          node.written(),
          node.history() + "; crash in recovery at step " + limit + " before " + crashed);
    }
  }

  @FunctionalInterface
  private interface Work {
    void run(FileOps ops) throws IOException;
  }

  /** Answers with what was about to be done, or null when nothing was left to crash before. */
  private String crash(SimFileSystem fs, int limit, Work work) throws IOException {
    try {
      work.run(mutation.apply(new CrashingFileOps(fs, limit)));
      return null;
    } catch (CrashingFileOps.Crash e) {
      return e.getMessage();
    }
  }

  private SimFileSystem base() throws IOException {
    var fs = new SimFileSystem();
    fs.directory(ROOT);
    for (int i = 0; i < files; i++) {
      fs.directory(live(i).getParent());
      fs.create(live(i), 0600).write(database('O'), 0);
    }
    try (var volume = volume(fs)) {
      assertThat(volume.root()).isEqualTo(ROOT);
    }
    fs.overwrite(ROOT.resolve(IntentStore.DIRECTORY).resolve("ballast"), new byte[1]);
    if (phase == Phase.ROLLBACK) {
      forward(fs);
    }
    fs.syncAll();
    return fs;
  }

  private void forward(FileOps ops) throws IOException {
    try (var volume = volume(ops);
        var session = SwapSession.begin(volume, "plan", databaseFiles())) {
      for (int i = 0; i < files; i++) {
        // The migration: not synced, that is commit's to do.
        try (var copy = ops.open(session.copyOf("f" + i))) {
          copy.write(database('N'), 0);
        }
      }
      session.commit();
    }
  }

  private void rollback(FileOps ops) throws IOException {
    try (var volume = volume(ops)) {
      Rollback.rollback(volume, "r1", false, null);
    }
  }

  private void recover(FileOps ops) throws IOException {
    try (var volume = volume(ops)) {
      Recovery.recover(volume);
    }
  }

  private SwapVolume volume(FileOps ops) throws IOException {
    return SwapVolume.open(ROOT, Databases.run("r1", 1), ops, new SimFacts(), new SimQuiescer());
  }

  private List<DatabaseFile> databaseFiles() {
    return IntStream.range(0, files)
        .mapToObj(i -> new DatabaseFile("f" + i, ROOT.relativize(live(i)).toString()))
        .toList();
  }

  private Path live(int i) {
    return ROOT.resolve(ownDirectories ? "d" + i : "d").resolve("f" + i + ".db");
  }

  /** Two pages; the second is all generation but for the last byte, which strangers count up. */
  private static byte[] database(char generation) {
    var bytes = new byte[2 * PAGE];
    var header = ByteBuffer.wrap(bytes);
    header.put("SQLite format 3\0".getBytes(StandardCharsets.US_ASCII));
    header.putShort(16, (short) PAGE);
    header.put(18, (byte) 2).put(19, (byte) 2);
    header.putInt(24, 7).putInt(28, 2).putInt(92, 7);
    Arrays.fill(bytes, PAGE, COUNTER, (byte) generation);
    return bytes;
  }

  private static char generation(byte[] bytes) {
    char found = (char) bytes[PAGE];
    var whole = database(found);
    assertThat(Arrays.copyOfRange(bytes, PAGE, COUNTER))
        .as("a whole database")
        .isEqualTo(Arrays.copyOfRange(whole, PAGE, COUNTER));
    return found;
  }

  /** What an application could open now: everything whole, and never some old and some new. */
  private Set<Character> openable(Node node) {
    var out = new TreeSet<Character>();
    for (int i = 0; i < files; i++) {
      assertThat(node.fs().has(live(i))).as("live name missing: " + node.history()).isTrue();
      var bytes = node.fs().bytes(live(i));
      assertThat(bytes).as("live file is torn: " + node.history()).hasSize(2 * PAGE);
      if (!Header.isTombstone(Arrays.copyOf(bytes, 100))) {
        out.add(generation(bytes));
      }
    }
    assertThat(out).as("mixed: " + node.history()).hasSizeLessThan(2);
    return out;
  }

  /** A stranger opens every live name and writes, durably, to what lets itself be opened. */
  private Node visited(Node node) {
    var fs = node.fs().copy();
    var written = new TreeSet<>(node.written());
    for (int i = 0; i < files; i++) {
      var bytes = fs.bytes(live(i)).clone();
      if (!Header.isTombstone(Arrays.copyOf(bytes, 100))) {
        bytes[COUNTER]++;
        var header = ByteBuffer.wrap(bytes);
        header.putInt(24, header.getInt(24) + 1).putInt(92, header.getInt(24));
        fs.overwrite(live(i), bytes);
        written.add(fs.inodeOf(live(i)));
      }
    }
    return new Node(fs, node.strangers() + 1, written, node.history() + "; a stranger writes");
  }

  private Set<Character> generationsWritten(Node node) {
    var out = new TreeSet<Character>();
    for (long inode : node.written()) {
      out.add(generation(node.fs().bytesOf(inode)));
    }
    return out;
  }

  /** At rest: one generation, no tombstone, nothing left over, and no write anywhere but live. */
  private void check(Node node) throws IOException {
    var fs = node.fs();
    var live = openable(node);
    var states = new TreeSet<Long>();
    for (int i = 0; i < files; i++) {
      assertThat(Header.isTombstone(Arrays.copyOf(fs.bytes(live(i)), 100)))
          .as("tombstone left: " + node.history())
          .isFalse();
      states.add(fs.inodeOf(live(i)));
    }
    assertThat(states).as("write displaced: " + node.history()).containsAll(node.written());
    var intent = new IntentStore(fs, ROOT).read("r1");
    char wanted = intent.isPresent() && intent.get().state() == Intent.State.DONE ? 'N' : 'O';
    assertThat(intent.isEmpty() || intent.get().state().finished()).as(node.history()).isTrue();
    assertThat(live).as(node.history()).containsExactly(wanted);
    for (int i = 0; i < files; i++) {
      var own = ".f" + i + ".db.lh-r1";
      assertThat(fs.has(live(i).resolveSibling(own + ".new"))).as(node.history()).isFalse();
      assertThat(fs.has(live(i).resolveSibling(own + ".old")))
          .as(node.history())
          .isEqualTo(wanted == 'N');
      boolean back = intent.isPresent() && intent.get().state() == Intent.State.ROLLED_BACK;
      assertThat(fs.has(live(i).resolveSibling(own + ".failed")))
          .as(node.history())
          .isEqualTo(back);
      if (back) {
        var failed = fs.bytes(live(i).resolveSibling(own + ".failed"));
        assertThat(failed).as(node.history()).isEqualTo(database('N'));
      }
    }
  }

  private static final class SimFacts implements VolumeFacts {
    @Override
    public Mount mountOf(Path path) {
      return new Mount(ROOT, "ext4", false);
    }

    @Override
    public long freeBytes(Path directory) {
      return Long.MAX_VALUE;
    }

    @Override
    public int effectiveUid() {
      return 0;
    }

    @Override
    public List<String> holders(Path file) {
      return List.of();
    }
  }

  /** Strangers here leave no sidecars: SQLite's part is {@link SwapCrashTest}'s. */
  private static final class SimQuiescer implements DatabaseQuiescer {
    @Override
    public String quiesce(Path database) {
      return "wal";
    }

    @Override
    public void finish(Path copy, String journalMode) {}
  }
}
