package dev.litehaven.runner.cli;

import dev.litehaven.protocol.DatabaseFile;
import dev.litehaven.protocol.Reason;
import dev.litehaven.protocol.RefusedException;
import dev.litehaven.protocol.RunnerStep;
import dev.litehaven.runner.steps.ImportBackups;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Backups of other tools become verified ones of a database. */
@Command(
    name = "import",
    mixinStandardHelpOptions = true,
    description =
        "Take existing backups over as verified ones of the database, which need not be there. They"
            + " are only read: SQLite files, as they are or compressed with gzip, zstd or LZ4, and"
            + " replicas of Litestream (0.3 and 0.5) in a directory.")
final class ImportCommand implements Callable<Integer> {
  private final Invocation invocation;

  @Mixin Cli.Common common = new Cli.Common();

  @Parameters(
      arity = "1..*",
      paramLabel = "SOURCE",
      description = "Files and directories; each becomes one backup.")
  List<Path> sources;

  @Option(
      names = "--created-at",
      paramLabel = "TIME",
      description =
          "When the one source was made, as 2026-01-31T12:00:00Z; default: when its file was last"
              + " written, or what Litestream says.")
  String createdAt;

  ImportCommand(Invocation invocation) {
    this.invocation = invocation;
  }

  @Override
  public Integer call() {
    ImportBackups work;
    try {
      work = new ImportBackups(sources, instant());
    } catch (RefusedException e) {
      return invocation.refuse(common, RunnerStep.BACKUP, e);
    }
    return invocation.run(
        common,
        RunnerStep.BACKUP,
        work,
        call -> {
          for (Path source : sources) {
            requireAnother(source, call.target);
          }
        },
        report -> work.warns());
  }

  private Instant instant() {
    try {
      return createdAt == null
          ? null
          : OffsetDateTime.parse(createdAt).toInstant().truncatedTo(ChronoUnit.MILLIS);
    } catch (DateTimeException e) {
      throw new RefusedException(
          Reason.INVALID_REQUEST,
          "--created-at " + createdAt + " is no instant of RFC 3339, as 2026-01-31T12:00:00Z.");
    }
  }

  /** What is live is not copied as a file at rest. */
  private static void requireAnother(Path source, LocalTarget target) throws IOException {
    for (DatabaseFile file : target.files()) {
      Path live = target.root().resolve(file.path());
      if (Files.exists(live) && Files.exists(source) && Files.isSameFile(source, live)) {
        throw new RefusedException(
            Reason.INVALID_REQUEST,
            source + " is the database itself. Back it up with litehaven backup.");
      }
    }
  }
}
