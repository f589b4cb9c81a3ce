package dev.litehaven.runner.cli;

import dev.litehaven.protocol.BackupTarget;
import dev.litehaven.protocol.DatabaseFile;
import dev.litehaven.protocol.Encryption;
import dev.litehaven.protocol.Reason;
import dev.litehaven.protocol.RefusedException;
import dev.litehaven.protocol.RestoreWork;
import dev.litehaven.protocol.RestoreWork.Mode;
import dev.litehaven.protocol.RunRef;
import dev.litehaven.protocol.RunnerRequest;
import dev.litehaven.protocol.RunnerStep;
import dev.litehaven.runner.restore.CompanionFiles;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** What a pod does by FETCH and RESTORE, one after the other. */
@Command(
    name = "restore",
    mixinStandardHelpOptions = true,
    description =
        "Put a backup in place, all of it or some tables, or into a new file. Stop the app first.")
final class RestoreCommand implements Callable<Integer> {
  private final Invocation invocation;

  @Mixin Cli.Common common = new Cli.Common();

  @Option(
      names = "--from",
      paramLabel = "DIR",
      description = "Directory with backups, by the names of databases; default: where backups go.")
  Path from;

  @Option(
      names = "--backup",
      paramLabel = "ID",
      description = "Which backup; default: the newest that was verified.")
  String backup;

  @Option(
      names = "--before",
      paramLabel = "TIME",
      description = "The newest of this instant or before it, as 2026-01-31T12:00:00Z.")
  String before;

  @Option(
      names = "--older-if-damaged",
      description = "Try older ones in turn where newer ones cannot be relied on.")
  boolean olderIfDamaged;

  @Option(
      names = "--tables",
      split = ",",
      paramLabel = "TABLE",
      description = "Only these; file.table for one that is not in the first file.")
  List<String> tables = List.of();

  @Option(
      names = "--exclude",
      split = ",",
      paramLabel = "TABLE",
      description = "All but these, which stay as they are.")
  List<String> exclude = List.of();

  @Option(names = "--dry-run", description = "Only say what would change, in rows.")
  boolean dryRun;

  @Option(
      names = "--transform",
      paramLabel = "SQL",
      description = "File with SQL to run on the restored copy before it is used; again for more.")
  List<Path> transform = List.of();

  @Option(
      names = "--to",
      paramLabel = "FILE",
      description =
          "Restore into this new file and leave the database alone; for several files a directory.")
  Path to;

  @Option(
      names = "--identity",
      paramLabel = "FILE",
      description = "age identity, where the backup is encrypted.")
  Path identity;

  private CompanionFiles fetched;

  RestoreCommand(Invocation invocation) {
    this.invocation = invocation;
  }

  @Override
  public Integer call() {
    int exit = invocation.runAll(common, RunnerStep.RESTORE, this::requests);
    try {
      if (fetched != null) {
        // No later command goes on with what this one fetched.
        fetched.finish();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return exit;
  }

  private List<RunnerRequest> requests(Instant now) throws IOException {
    LocalTarget database = common.requireDatabase();
    LocalTarget target = to == null ? database : elsewhere(database);
    if (backup != null && before != null) {
      throw new RefusedException(
          Reason.INVALID_REQUEST, "Name one backup, or an instant, but not both.");
    }
    var work =
        new RestoreWork(
            null,
            backup,
            before,
            olderIfDamaged,
            mode(target),
            tables,
            exclude,
            dryRun,
            scripts(),
            List.of(),
            null);
    RunRef run = target.nextRun(null, now);
    fetched = new CompanionFiles(target.root(), run);
    BackupTarget source = source(database);
    return List.of(
        request(RunnerStep.FETCH, run, target, source, work),
        request(RunnerStep.RESTORE, run, target, common.backup(), work));
  }

  private Mode mode(LocalTarget target) {
    boolean anything =
        target.files().stream()
            .anyMatch(
                file ->
                    Files.exists(target.root().resolve(file.path()), LinkOption.NOFOLLOW_LINKS));
    return to == null && anything ? Mode.IN_PLACE : Mode.EMPTY;
  }

  /** The same files, by their names, at new paths. */
  private LocalTarget elsewhere(LocalTarget database) throws IOException {
    if (database.files().size() == 1) {
      String name = database.files().getFirst().name();
      Path file = to.toAbsolutePath().normalize();
      Path root = LocalTarget.of(List.of(), file.getParent()).root();
      return new LocalTarget(root, List.of(new DatabaseFile(name, file.getFileName().toString())));
    }
    Path root = LocalTarget.of(List.of(), to).root();
    List<DatabaseFile> files = new ArrayList<>();
    for (DatabaseFile file : database.files()) {
      files.add(new DatabaseFile(file.name(), Path.of(file.path()).getFileName().toString()));
    }
    return new LocalTarget(root, files);
  }

  private BackupTarget source(LocalTarget database) {
    BackupTarget usual = common.backup();
    Path directory =
        from != null
            ? from.toAbsolutePath().normalize()
            : usual.directory() != null
                ? Path.of(usual.directory())
                : database.root().resolve(".litehaven").resolve("backups");
    Encryption encryption =
        identity == null
            ? null
            : new Encryption(List.of(), identity.toAbsolutePath().normalize().toString());
    return new BackupTarget(directory.toString(), false, null, encryption, null);
  }

  private List<String> scripts() throws IOException {
    List<String> scripts = new ArrayList<>();
    for (Path file : transform) {
      scripts.add(Files.readString(file));
    }
    return scripts;
  }

  private RunnerRequest request(
      RunnerStep step, RunRef run, LocalTarget target, BackupTarget place, RestoreWork work) {
    return new RunnerRequest(
        RunnerRequest.FORMAT_VERSION,
        step,
        run,
        target.root().toString(),
        target.files(),
        List.of(),
        null,
        place,
        null,
        false,
        null,
        work,
        common.scratch == null ? null : common.scratch.toAbsolutePath().toString());
  }
}
