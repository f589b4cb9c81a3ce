package dev.litehaven.runner.steps;

import dev.litehaven.protocol.DatabaseFile;
import dev.litehaven.protocol.Reason;
import dev.litehaven.protocol.RestoreReport.TableChange;
import dev.litehaven.protocol.RestoreWork;
import dev.litehaven.runner.backup.BackupManifest.Table;
import dev.litehaven.runner.restore.CompanionFiles;
import dev.litehaven.runner.restore.RestoreEngine;
import dev.litehaven.runner.restore.RestoreTokens;
import dev.litehaven.runner.restore.Staged;
import dev.litehaven.runner.restore.StagedFiles;
import dev.litehaven.runner.restore.TableChanges;
import dev.litehaven.runner.sqlite.ContentHash;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Says what a restore would change, in rows, while the application goes on: by doing to copies what
 * would be done, and comparing those with a consistent copy of what is live.
 */
final class RestoreRehearsal {
  private final StepContext context;
  private final RestoreWork work;

  RestoreRehearsal(StepContext context, RestoreWork work) {
    this.context = context;
    this.work = work;
  }

  Step.Ending run() throws Exception {
    var beside = new CompanionFiles(context.root(), context.run());
    Optional<Step.Ending> earlier =
        new RestoreTokens(context.root()).find(work.token()).map(RestoreStep::alreadyRestored);
    if (earlier.isPresent()) {
      beside.finish();
      return earlier.get();
    }
    StagedFiles staged = StagedFiles.read(Staged.directory(context.root(), context.run()));
    staged.requireSameFiles(context.files());
    Step.Ending ending =
        work.mode() == RestoreWork.Mode.IN_PLACE
            ? Copies.onCopy(context, (first, live, scratch) -> compare(staged, live, scratch))
            : new RestoreIntoEmpty(context, work).rehearse(staged);
    beside.finish();
    return ending;
  }

  private Step.Ending compare(StagedFiles staged, Map<String, Path> live, Scratch scratch)
      throws Exception {
    Map<String, Path> after =
        context.phase("restore", "Restoring a copy", () -> restored(staged, live, scratch));
    List<TableChange> changes = new ArrayList<>();
    for (DatabaseFile file : context.files()) {
      context.interruption().check();
      changes.addAll(
          context.phase(
              "compare",
              "Comparing the rows of " + file.name(),
              () ->
                  TableChanges.byRows(
                      RestoreStep.prefix(context, file),
                      live.get(file.name()),
                      after.get(file.name()))));
    }
    context.found(TableChanges.report(staged.staged(), changes, false));
    return Step.Ending.succeeded(
        Reason.DRY_RUN,
        "The restore of the backup %s of %s would change %s. Nothing was touched."
            .formatted(
                staged.staged().backupId(),
                staged.staged().createdAt(),
                switch (changes.size()) {
                  case 0 -> "nothing";
                  case 1 -> "the table " + changes.getFirst().table();
                  default -> changes.size() + " tables";
                }));
  }

  private Map<String, Path> restored(StagedFiles staged, Map<String, Path> live, Scratch scratch)
      throws Exception {
    RestoreEngine engine = RestoreStep.engine(context, staged);
    Map<String, Path> after = new LinkedHashMap<>();
    if (engine.plain() && work.assertions().isEmpty()) {
      for (String name : live.keySet()) {
        staged.requireUnchanged(name);
        after.put(name, staged.path(name));
      }
      return after;
    }
    Map<String, List<Table>> before = new HashMap<>();
    for (Map.Entry<String, Path> file : live.entrySet()) {
      Path copy = scratch.file("restored-" + file.getKey() + ".db");
      after.put(file.getKey(), copy);
      if (work.selective()) {
        Files.copy(file.getValue(), copy);
        before.put(file.getKey(), TableChanges.tables(ContentHash.ofFile(file.getValue())));
      } else {
        Files.createFile(copy);
      }
    }
    if (work.selective()) {
      engine.selected(after, live, before);
    } else {
      engine.whole(after, scratch.directory());
    }
    return after;
  }
}
