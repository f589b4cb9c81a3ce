package dev.litehaven.runner.steps;

import dev.litehaven.protocol.BackupRecord;
import dev.litehaven.protocol.BackupWork;
import dev.litehaven.protocol.DatabaseFile;
import dev.litehaven.protocol.InspectReport;
import dev.litehaven.protocol.MigrationWork;
import dev.litehaven.protocol.PlanReport;
import dev.litehaven.protocol.Reason;
import dev.litehaven.protocol.RefusedException;
import dev.litehaven.protocol.RestoreReport;
import dev.litehaven.protocol.RestoreWork;
import dev.litehaven.protocol.RunRef;
import dev.litehaven.protocol.RunnerReport;
import dev.litehaven.protocol.RunnerReport.Outcome;
import dev.litehaven.protocol.RunnerRequest;
import dev.litehaven.protocol.RunnerStep;
import dev.litehaven.protocol.StoreReport;
import dev.litehaven.protocol.SwapReport;
import dev.litehaven.runner.backup.DurableFiles.Owner;
import dev.litehaven.runner.restore.Staged;
import dev.litehaven.runner.swap.SwapVolume;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * What a step is given, and what it has found out so far. The findings go into the report also when
 * the step fails later.
 */
public final class StepContext {
  private static final BackupWork DEFAULT_WORK = new BackupWork(null, null, null, null, null);

  /** Format of the reports made here. */
  public static final int REPORT_FORMAT = 1;

  private final RunnerRequest request;
  private final Clock clock;
  private final Progress progress;
  private final Interruption interruption;
  private final Timings timings;
  private final VolumeOpener volumes;
  private final StoreOpener stores;
  private final List<BackupRecord> backups = new ArrayList<>();
  private PlanReport plan;
  private SwapReport swap;
  private InspectReport inspect;
  private List<DatabaseFile> fetched;
  private RestoreReport restore;
  private StoreReport store;

  public StepContext(
      RunnerRequest request,
      Clock clock,
      Timings timings,
      Progress progress,
      Interruption interruption,
      VolumeOpener volumes,
      StoreOpener stores) {
    this.request = request;
    this.clock = clock;
    this.timings = timings;
    this.progress = progress;
    this.interruption = interruption;
    this.volumes = volumes;
    this.stores = stores;
  }

  RunnerRequest request() {
    return request;
  }

  RunRef run() {
    return request.run();
  }

  Instant now() {
    return clock.instant();
  }

  Clock clock() {
    return clock;
  }

  Interruption interruption() {
    return interruption;
  }

  /** Says what is being done, then does it and takes its time. */
  <T> T phase(String name, String line, Timings.Work<T> work) throws Exception {
    progress.say(line);
    return timings.measure(name, work);
  }

  void phase(String name, String line, Timings.Action action) throws Exception {
    phase(
        name,
        line,
        () -> {
          action.run();
          return null;
        });
  }

  /** Says something without beginning a phase. */
  void say(String line) {
    progress.say(line);
  }

  Timings timings() {
    return timings;
  }

  /** The volume's root as it really is, so that no later path goes through a link. */
  Path root() throws IOException {
    return SwapVolume.root(Path.of(request.mountPath()));
  }

  /** Takes the volume for this run; what a killed one needed only for a moment goes. */
  SwapVolume openVolume() throws Exception {
    SwapVolume volume = phase("lock", "Taking the volume", () -> volumes.open(root(), run()));
    try {
      Scratch.sweep(scratchParent());
      return volume;
    } catch (IOException e) {
      volume.close();
      throw e;
    }
  }

  /**
   * The database's files; the first has the history, and gives backups their directory. Where the
   * request knows of none, those of the backup that is to be restored.
   */
  List<DatabaseFile> files() {
    List<DatabaseFile> files = request.files().isEmpty() ? fetched() : request.files();
    if (files.isEmpty()) {
      throw new RefusedException(
          Reason.INVALID_REQUEST, "This step needs a database file, the request names none.");
    }
    for (DatabaseFile file : files) {
      if (!file.name().matches("[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?")) {
        throw new RefusedException(
            Reason.INVALID_REQUEST,
            "The file name " + file.name() + " cannot be a directory's name.");
      }
    }
    return files;
  }

  private List<DatabaseFile> fetched() {
    if (request.step() != RunnerStep.RESTORE) {
      return List.of();
    }
    if (fetched == null) {
      try {
        fetched =
            Staged.read(Staged.directory(root(), run())).files().stream()
                .map(file -> new DatabaseFile(file.name(), file.livePath()))
                .toList();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    return fetched;
  }

  DatabaseFile firstFile() {
    return files().getFirst();
  }

  /** For sentences: the paths of all files. */
  String paths() {
    return String.join(", ", files().stream().map(DatabaseFile::path).toList());
  }

  /** The file as the workload has it. */
  Path live(DatabaseFile file) throws IOException {
    return root().resolve(file.path());
  }

  MigrationWork migration() {
    if (request.migration() == null) {
      throw new RefusedException(Reason.INVALID_REQUEST, "The request names no migration.");
    }
    return request.migration();
  }

  RestoreWork restore() {
    if (request.restore() == null) {
      throw new RefusedException(Reason.INVALID_REQUEST, "The request names no restore.");
    }
    return request.restore();
  }

  String targetRun() {
    if (request.targetRunId() == null) {
      throw new RefusedException(
          Reason.INVALID_REQUEST, "The request does not say which run it is about.");
    }
    return request.targetRunId();
  }

  /** The directory that backups around operations go to. */
  Path backupRoot() throws IOException {
    return Places.directory(this, run().databaseIdentity());
  }

  boolean backupSharesVolume() {
    return request.backup().s3() == null && !request.backup().separateVolume();
  }

  /** What is asked about backups; nothing in particular where the request says nothing. */
  BackupWork backups() {
    return request.backups() == null ? DEFAULT_WORK : request.backups();
  }

  StoreOpener stores() {
    return stores;
  }

  Scratch scratch(Owner owner) throws IOException {
    return Scratch.open(scratchParent(), run().runId(), owner);
  }

  private Path scratchParent() throws IOException {
    return request.scratchDirectory() == null
        ? root().resolve(".litehaven").resolve("tmp")
        : Path.of(request.scratchDirectory()).toAbsolutePath();
  }

  void found(PlanReport report) {
    plan = report;
  }

  void found(SwapReport report) {
    swap = report;
  }

  void found(InspectReport report) {
    inspect = report;
  }

  void found(RestoreReport report) {
    restore = report;
  }

  void found(StoreReport report) {
    store = report;
  }

  void found(BackupRecord backup) {
    backups.add(backup);
  }

  /** Forgets a backup that was removed again. */
  void forgetBackups() {
    backups.clear();
  }

  /** The report as it would be if the step ended now. */
  public RunnerReport report(Outcome outcome, Reason reason, String message) {
    return new RunnerReport(
        REPORT_FORMAT,
        request.step(),
        run().runId(),
        run().epoch(),
        outcome,
        reason,
        message,
        plan,
        backups,
        swap,
        inspect,
        restore,
        store,
        timings.toMillis());
  }
}
