package dev.litehaven.runner.swap;

import dev.litehaven.protocol.Reason;
import dev.litehaven.protocol.RefusedException;
import dev.litehaven.protocol.RunRef;
import dev.litehaven.protocol.SwapReport;
import java.io.Closeable;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * A volume held for one run: nobody else swaps on it until this is closed. Keeps its records in
 * {@code .litehaven} at the volume's root.
 */
public final class SwapVolume implements AutoCloseable {
  private static final int PRIVATE = 0700;
  private static final Pattern OWN_NAME =
      Pattern.compile("\\..+\\.lh-[a-z0-9-]+\\.(new|old|failed)(-wal|-shm|-journal)?");

  private final Path root;
  private final RunRef run;
  private final FileOps ops;
  private final VolumeFacts facts;
  private final DatabaseQuiescer quiescer;
  private final IntentStore store;
  private final Closeable lock;

  private SwapVolume(
      Path root,
      RunRef run,
      FileOps ops,
      VolumeFacts facts,
      DatabaseQuiescer quiescer,
      IntentStore store,
      Closeable lock) {
    this.root = root;
    this.run = run;
    this.ops = ops;
    this.facts = facts;
    this.quiescer = quiescer;
    this.store = store;
    this.lock = lock;
  }

  /**
   * Takes the volume's lock and raises its fencing epoch to the run's.
   *
   * @param root the mount path, the same as the workload's: SQLite's super-journals hold absolute
   *     paths
   * @throws RefusedException FENCED a later attempt has been here, or holds the lock; INTERRUPTED
   *     an earlier one still holds it; NETWORK_FILESYSTEM, READ_ONLY_VOLUME, WRONG_OWNER, NO_SPACE,
   *     FILE_NOT_FOUND the volume cannot be used; DIVERGED its records are damaged
   */
  public static SwapVolume open(Path root, RunRef run) throws IOException {
    var facts = new LinuxVolumeFacts();
    return open(root, run, new PosixFileOps(), facts, new SqliteQuiescer(facts));
  }

  static SwapVolume open(
      Path root, RunRef run, FileOps ops, VolumeFacts facts, DatabaseQuiescer quiescer)
      throws IOException {
    var absolute = root.toAbsolutePath().normalize();
    Closeable lock = null;
    try {
      var store = new IntentStore(ops, absolute);
      Preflight.volume(absolute, ops, facts);
      createDirectory(absolute, ops);
      lock = lock(absolute.resolve(IntentStore.DIRECTORY).resolve("lock"), run, ops, store);
      claim(run, store, absolute);
      store.fillBallast();
      return new SwapVolume(absolute, run, ops, facts, quiescer, store, lock);
    } catch (IOException | RuntimeException e) {
      if (lock != null) {
        lock.close();
      }
      throw Refusals.translate(e, absolute);
    }
  }

  /**
   * What the records on a volume say, without the lock and without changing anything.
   *
   * @throws RefusedException DIVERGED a record is damaged
   */
  public static View inspect(Path root) throws IOException {
    var records = new IntentReader(RecordFiles.JDK, root.toAbsolutePath().normalize());
    return new View(records.highestEpoch(), records.unfinished().map(Intent::runId).orElse(null));
  }

  /**
   * A volume's root as it really is, so that no later path goes through a link.
   *
   * @throws RefusedException SUB_PATH_FILE, FILE_NOT_FOUND it is no directory
   */
  public static Path root(Path mount) throws IOException {
    if (Files.isRegularFile(mount)) {
      throw new RefusedException(
          Reason.SUB_PATH_FILE,
          mount
              + " is a file, mounted by itself (subPath): it cannot be replaced, and its -wal lies outside the volume, where acknowledged rows vanish. Mount its directory instead.");
    }
    if (!Files.isDirectory(mount)) {
      throw new RefusedException(
          Reason.FILE_NOT_FOUND, "There is no directory " + mount + ". Name the volume's root.");
    }
    return mount.toRealPath();
  }

  /**
   * Refuses a file that could not be swapped for how it is mounted. Changes nothing, and needs no
   * binding to the C library, which takes a starting runner longer than the looking.
   *
   * @param root as {@link #root} says it
   * @throws RefusedException NETWORK_FILESYSTEM, READ_ONLY_VOLUME the volume, SUB_PATH_FILE,
   *     PATH_OUTSIDE_VOLUME the file
   */
  public static void requireSwappable(Path root, Path file) throws IOException {
    var facts = LinuxVolumeFacts.asOfNow();
    Preflight.mount(root, facts);
    Preflight.ofVolume(root, file, facts);
  }

  /**
   * How the named run ended; empty when the volume does not know it. Whether anything was written
   * since is not looked at here.
   */
  public Optional<SwapReport> report(String runId) throws IOException {
    return store.read(runId).map(i -> i.report(false));
  }

  /** Finished runs that still keep files beside the live ones, the oldest first. */
  public List<String> unsettledRuns() throws IOException {
    return store.all().stream()
        .filter(intent -> intent.state().finished() && !intent.settled())
        .map(Intent::runId)
        .toList();
  }

  /** Whether what the named run kept beside the live files is gone for good. */
  public boolean settled(String runId) throws IOException {
    return store.read(runId).filter(Intent::settled).isPresent();
  }

  /**
   * Refuses when the files at the live names are not those that the named run put there.
   *
   * @throws RefusedException DIVERGED something else has replaced one since
   */
  public void requireInPlace(String runId) throws IOException {
    Intent intent = store.read(runId).orElseThrow(() -> SwapSteps.unknownRun(this, runId));
    for (Member member : Member.of(this, intent)) {
      if (!member.liveIsAfter()) {
        throw member.diverged(member.live() + " was replaced by something else since that run");
      }
    }
  }

  /**
   * Content hashes of the files as the named run left them, by name, from the records on a volume,
   * without the lock; files of which none was recorded are left out.
   */
  public static Map<String, String> contentsAfter(Path root, String runId) throws IOException {
    var records = new IntentReader(RecordFiles.JDK, root.toAbsolutePath().normalize());
    return records.read(runId).stream()
        .flatMap(i -> i.files().stream())
        .filter(file -> file.afterContent() != null)
        .collect(Collectors.toMap(Intent.FileIntent::name, Intent.FileIntent::afterContent));
  }

  /** Paths of the files that the named run replaced, from the root; empty when it is not known. */
  public List<String> paths(String runId) throws IOException {
    return store.read(runId).stream()
        .flatMap(i -> i.files().stream())
        .map(Intent.FileIntent::path)
        .toList();
  }

  /** What the named run's rollback kept of one file; empty when there is nothing. */
  public Optional<Path> failedFile(String runId, String fileName) throws IOException {
    var found =
        store.read(runId).stream()
            .flatMap(i -> i.files().stream())
            .filter(f -> f.name().equals(fileName))
            .map(f -> root.resolve(f.path()).resolveSibling(f.failedName()))
            .findFirst();
    return found.isPresent() && ops.stat(found.get()).isPresent() ? found : Optional.empty();
  }

  /** Lets the next run have the volume. */
  @Override
  public void close() throws IOException {
    lock.close();
  }

  /**
   * Refuses when a later attempt has been let onto the volume since.
   *
   * @throws RefusedException FENCED
   */
  void requireNotFenced() throws IOException {
    requireNotLower(run, store.highestEpoch(), root);
  }

  public Path root() {
    return root;
  }

  RunRef run() {
    return run;
  }

  FileOps ops() {
    return ops;
  }

  VolumeFacts facts() {
    return facts;
  }

  DatabaseQuiescer quiescer() {
    return quiescer;
  }

  IntentStore store() {
    return store;
  }

  private static void createDirectory(Path root, FileOps ops) throws IOException {
    var directory = root.resolve(IntentStore.DIRECTORY);
    var found = ops.stat(directory);
    if (found.isPresent()) {
      if (found.get().kind() != FileStat.Kind.DIRECTORY) {
        throw new RefusedException(
            Reason.SYMBOLIC_LINK,
            directory + " is not a directory of its own; remove it, then try again");
      }
      return;
    }
    var owner = ops.stat(root).orElseThrow();
    ops.createDirectory(directory, PRIVATE);
    var mine = ops.stat(directory).orElseThrow();
    if (mine.uid() == 0 && owner.uid() != 0) {
      // A runner that is root leaves the records to the volume's owner, who may be the next one.
      ops.chown(directory, owner.uid(), owner.gid());
    }
    ops.fsyncDirectory(root);
  }

  private static Closeable lock(Path path, RunRef run, FileOps ops, IntentStore store)
      throws IOException {
    var me =
        "run %s, epoch %d, pid %d, host %s"
            .formatted(
                run.runId(),
                run.epoch(),
                ProcessHandle.current().pid(),
                System.getenv().getOrDefault("HOSTNAME", "unknown"));
    var lock = ops.tryLock(path, me);
    if (lock.isPresent()) {
      return lock.get();
    }
    String who;
    try (var file = ops.openToRead(path)) {
      var bytes = new byte[256];
      who = new String(Arrays.copyOf(bytes, file.read(bytes, 0)), StandardCharsets.UTF_8);
    }
    throw new RefusedException(
        store.highestEpoch() > run.epoch() ? Reason.FENCED : Reason.INTERRUPTED,
        "The volume is held by "
            + who
            + "; this is run "
            + run.runId()
            + ", epoch "
            + run.epoch()
            + ". Wait until that process has ended, then try again");
  }

  private static void claim(RunRef run, IntentStore store, Path root) throws IOException {
    long highest = store.highestEpoch();
    requireNotLower(run, highest, root);
    if (run.epoch() > highest) {
      store.raiseEpoch(run.epoch());
    }
  }

  private static void requireNotLower(RunRef run, long highest, Path root) {
    if (run.epoch() < highest) {
      throw new RefusedException(
          Reason.FENCED,
          "Run "
              + run.runId()
              + " has epoch "
              + run.epoch()
              + ", but the volume "
              + root
              + " has seen "
              + highest
              + ": a later attempt took over. Nothing to do; look at that one");
    }
  }

  /**
   * @param highestEpoch 0 when no run has been here
   * @param unfinishedRun run whose swap is half done; null: none
   */
  public record View(long highestEpoch, String unfinishedRun) {}

  /** Names that runs make beside databases, which discovery must leave out. */
  public static boolean isOwnName(String fileName) {
    return fileName.equals(IntentStore.DIRECTORY) || OWN_NAME.matcher(fileName).matches();
  }
}
