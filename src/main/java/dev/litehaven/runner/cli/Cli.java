package dev.litehaven.runner.cli;

import dev.litehaven.protocol.BackupTarget;
import dev.litehaven.protocol.Reason;
import dev.litehaven.protocol.RefusedException;
import dev.litehaven.protocol.RunnerReport;
import dev.litehaven.protocol.RunnerStep;
import dev.litehaven.runner.steps.StoredReports;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The command line: the pod's work on a file of this machine, without any cluster. */
@Command(
    name = "litehaven",
    description = "Safe migrations and verified backups for SQLite databases.",
    mixinStandardHelpOptions = true,
    versionProvider = Cli.Version.class,
    subcommands = {CommandLine.HelpCommand.class},
    footer = {
      "",
      "Exit codes: 0 fine, 1 warnings, 2 errors.",
      "Without arguments, litehaven is the operator.",
    })
public final class Cli {
  private final Invocation invocation;

  private Cli(Invocation invocation) {
    this.invocation = invocation;
  }

  /** Runs a command on the process's own streams. */
  public static int run(String[] args) {
    return run(
        args,
        new PrintWriter(System.out, true, StandardCharsets.UTF_8),
        new PrintWriter(System.err, true, StandardCharsets.UTF_8));
  }

  static int run(String[] args, PrintWriter out, PrintWriter err) {
    var cli = new Cli(new Invocation(Clock.systemUTC(), out, err));
    return new CommandLine(cli)
        .addSubcommand(cli.new Plan())
        .addSubcommand(cli.new Migrate())
        .addSubcommand(cli.new Rollback())
        .addSubcommand(cli.new Backup())
        .addSubcommand(new ImportCommand(cli.invocation))
        .addSubcommand(cli.new ListBackups())
        .addSubcommand(new RestoreCommand(cli.invocation))
        .addSubcommand(cli.new Verify())
        .addSubcommand(cli.new Inspect())
        .addSubcommand(cli.new Recover())
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setOut(out)
        .setErr(err)
        .execute(args);
  }

  /** What every command takes. */
  static final class Common {
    @Option(
        names = "--database",
        paramLabel = "[NAME=]FILE",
        description =
            "The database file. Again for each further file of the same database; the first has the"
                + " history of all. NAME is what migrations call it; default: the file's name.")
    List<String> database = List.of();

    @Option(
        names = "--volume",
        paramLabel = "DIR",
        description = "Directory that stands for the volume; default: the database's own.")
    Path volume;

    @Option(
        names = {"-f", "--file"},
        paramLabel = "YAML",
        description = "Manifest of a DatabaseMigration.")
    Path manifest;

    @Option(
        names = "--migrations",
        paramLabel = "DIR",
        description = "Migration files, in place of the manifest's source.")
    Path migrations;

    @Option(
        names = {"-o", "--output"},
        paramLabel = "text|json",
        description = "How to answer; default: ${DEFAULT-VALUE}.")
    Format output = Format.TEXT;

    @Option(
        names = "--backup-dir",
        paramLabel = "DIR",
        description = "Where backups go; default: .litehaven/backups on the volume.")
    Path backupDirectory;

    @Option(
        names = "--scratch",
        paramLabel = "DIR",
        description = "Where copies go that are needed for a moment; default: the volume.")
    Path scratch;

    @Option(names = "--debug", description = "Show where an error came from.")
    boolean debug;

    BackupTarget backup() {
      return backupDirectory == null
          ? BackupTarget.ON_VOLUME
          : new BackupTarget(backupDirectory.toAbsolutePath().normalize().toString(), false);
    }

    /** The manifest where one is given; its name alone matters to most commands. */
    MigrationManifest manifest(String approvedPlan) {
      return manifest == null ? null : MigrationManifest.read(manifest, migrations, approvedPlan);
    }

    MigrationManifest requireManifest(String approvedPlan) {
      if (manifest == null) {
        throw new RefusedException(Reason.INVALID_REQUEST, "Name the migration with --file.");
      }
      return manifest(approvedPlan);
    }

    LocalTarget target() throws IOException {
      return LocalTarget.of(database, volume);
    }

    LocalTarget requireDatabase() throws IOException {
      if (database.isEmpty()) {
        throw new RefusedException(Reason.INVALID_REQUEST, "Name the database with --database.");
      }
      return target();
    }
  }

  enum Format {
    TEXT,
    JSON
  }

  @Command(
      name = "plan",
      mixinStandardHelpOptions = true,
      description = "Rehearse the migration on a copy and say what it would do.")
  private final class Plan implements java.util.concurrent.Callable<Integer> {
    @Mixin Common common = new Common();

    @Override
    public Integer call() {
      return invocation.run(
          common,
          RunnerStep.PLAN,
          call -> call.work(common.requireManifest(null)),
          Cli::warnsOfFindings);
    }
  }

  @Command(
      name = "migrate",
      mixinStandardHelpOptions = true,
      description = "Back up, migrate a copy, verify it and put it in place. Stop the app first.")
  private final class Migrate implements java.util.concurrent.Callable<Integer> {
    @Mixin Common common = new Common();

    @Option(
        names = "--approve",
        paramLabel = "HASH",
        description = "The plan, by its hash, that may lose what it says it loses.")
    String approve;

    @Override
    public Integer call() {
      return invocation.run(
          common,
          RunnerStep.MIGRATE,
          call -> call.work(common.requireManifest(approve)),
          report -> false);
    }
  }

  @Command(
      name = "rollback",
      mixinStandardHelpOptions = true,
      description = "Put the database of before a migration back, keeping the current state.")
  private final class Rollback implements java.util.concurrent.Callable<Integer> {
    @Mixin Common common = new Common();

    @Option(names = "--run", paramLabel = "ID", description = "Which run; default: the last one.")
    String run;

    @Option(names = "--force", description = "Also when rows were written since.")
    boolean force;

    @Override
    public Integer call() {
      return invocation.run(
          common,
          RunnerStep.ROLLBACK,
          call -> {
            call.named(common.manifest(null));
            call.force = force;
            call.targetRun = run == null ? newestRun(call.target) : run;
          },
          report -> false);
    }

    private static String newestRun(LocalTarget target) throws IOException {
      return new StoredReports(target.root())
          .newestSwappingRun()
          .orElseThrow(
              () ->
                  new RefusedException(
                      Reason.INVALID_REQUEST,
                      "Neither a migration nor a restore was made on "
                          + target.root()
                          + ", so there is none to go back before."));
    }
  }

  @Command(
      name = "backup",
      mixinStandardHelpOptions = true,
      description = "Make a backup of the database in use and read it back.")
  private final class Backup implements java.util.concurrent.Callable<Integer> {
    @Mixin Common common = new Common();

    @Override
    public Integer call() {
      return invocation.run(
          common, RunnerStep.BACKUP, call -> call.named(common.manifest(null)), report -> false);
    }
  }

  @Command(
      name = "list",
      mixinStandardHelpOptions = true,
      description = "Say which backups there are, newest first.")
  private final class ListBackups implements java.util.concurrent.Callable<Integer> {
    @Mixin Common common = new Common();

    @Option(
        names = "--from",
        paramLabel = "DIR",
        description = "Directory with backups; default: where backups go.")
    Path from;

    @Override
    public Integer call() {
      if (from != null) {
        common.backupDirectory = from;
        common.volume = common.volume == null && common.database.isEmpty() ? from : common.volume;
      }
      return invocation.run(common, RunnerStep.LIST, call -> {}, report -> false);
    }
  }

  @Command(
      name = "verify",
      mixinStandardHelpOptions = true,
      description = "Check a copy of the database, or read backups back.")
  private final class Verify implements java.util.concurrent.Callable<Integer> {
    @Mixin Common common = new Common();

    @Option(
        names = "--backup",
        paramLabel = "DIR",
        description = "A backup's directory, or one with backups in it, instead of the database.")
    Path backup;

    @Override
    public Integer call() {
      return backup == null
          ? invocation.run(
              common, RunnerStep.VERIFY, call -> call.work(common.manifest(null)), report -> false)
          : invocation.verifyBackups(common, backup);
    }
  }

  @Command(
      name = "inspect",
      mixinStandardHelpOptions = true,
      description = "Look at a database, or at a volume, and change nothing.")
  private final class Inspect implements java.util.concurrent.Callable<Integer> {
    @Mixin Common common = new Common();

    @Override
    public Integer call() {
      return invocation.run(
          common,
          RunnerStep.INSPECT,
          call -> {},
          report -> report.inspect().files().stream().anyMatch(file -> file.problem() != null));
    }
  }

  @Command(
      name = "recover",
      mixinStandardHelpOptions = true,
      description = "Finish or undo what an interrupted run left. Stop the app first.")
  private final class Recover implements java.util.concurrent.Callable<Integer> {
    @Mixin Common common = new Common();

    @Override
    public Integer call() {
      return invocation.run(common, RunnerStep.RECOVER, call -> {}, report -> false);
    }
  }

  private static boolean warnsOfFindings(RunnerReport report) {
    return report.plan() != null && report.plan().findingsTotal() > 0;
  }

  static final class Version implements IVersionProvider {
    @Override
    public String[] getVersion() {
      String version = Cli.class.getPackage().getImplementationVersion();
      return new String[] {"litehaven " + (version == null ? "development build" : version)};
    }
  }
}
