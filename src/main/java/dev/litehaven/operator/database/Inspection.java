package dev.litehaven.operator.database;

import dev.litehaven.api.v1alpha1.SQLiteDatabaseSpec;
import dev.litehaven.api.v1alpha1.SQLiteDatabaseStatus.FileStatus;
import dev.litehaven.operator.condition.Conditions;
import dev.litehaven.protocol.InspectReport;
import dev.litehaven.protocol.InspectReport.FileInfo;
import dev.litehaven.protocol.Reason;
import java.util.List;
import java.util.Optional;

/**
 * What an inspection says about the files that a database is. Pure.
 *
 * @param problem why the database cannot be used; null: it can
 */
record Inspection(List<FileStatus> files, Reason problem, String message) {
  private static final int MAX_FILES = 32;

  static Inspection of(SQLiteDatabaseSpec spec, InspectReport report) {
    return spec.files().isEmpty() ? discovered(spec, report) : named(spec, report);
  }

  private static Inspection named(SQLiteDatabaseSpec spec, InspectReport report) {
    List<FileStatus> files =
        spec.files().stream()
            .map(
                wanted ->
                    find(report, wanted.path())
                        .map(info -> status(wanted.name(), info))
                        .orElseGet(() -> missing(wanted, spec)))
            .toList();
    return files.stream()
        .filter(file -> file.problem() != null)
        .findFirst()
        .map(
            file ->
                new Inspection(
                    files, Reason.of(file.problem()).orElse(Reason.CORRUPT), file.message()))
        .orElseGet(() -> new Inspection(files, null, null));
  }

  private static Inspection discovered(SQLiteDatabaseSpec spec, InspectReport report) {
    List<FileInfo> usable = report.files().stream().filter(info -> info.problem() == null).toList();
    if (usable.size() == 1) {
      return new Inspection(List.of(status("main", usable.getFirst())), null, null);
    }
    if (usable.size() > 1) {
      return new Inspection(
          usable.stream().limit(MAX_FILES).map(info -> status(info.name(), info)).toList(),
          Reason.SEVERAL_FILES,
          "There are %d databases on claim %s: %s. Name the one meant in spec.files, or all of them if they are one database; or leave out the others with spec.exclude."
              .formatted(
                  usable.size(),
                  spec.claimName(),
                  String.join(", ", usable.stream().map(FileInfo::path).limit(10).toList())));
    }
    Optional<FileInfo> broken = report.files().stream().findFirst();
    return broken
        .map(info -> new Inspection(List.of(status("main", info)), info.problem(), info.message()))
        .orElseGet(
            () ->
                new Inspection(
                    List.of(),
                    Reason.FILE_NOT_FOUND,
                    "No file on claim %s has SQLite's header. It is looked for again; if the database has an unusual place, name it in spec.files."
                        .formatted(spec.claimName())));
  }

  private static Optional<FileInfo> find(InspectReport report, String path) {
    return report.files().stream().filter(info -> info.path().equals(path)).findFirst();
  }

  private static FileStatus missing(SQLiteDatabaseSpec.File wanted, SQLiteDatabaseSpec spec) {
    return FileStatus.unseen(
        wanted.name(),
        wanted.path(),
        Reason.FILE_NOT_FOUND.text(),
        "There is no file %s on claim %s. Correct spec.files, or start the workload so that it makes the file."
            .formatted(wanted.path(), spec.claimName()));
  }

  private static FileStatus status(String name, FileInfo info) {
    return new FileStatus(
        name,
        info.path(),
        info.sizeBytes(),
        info.journalMode(),
        info.schemaVersion(),
        info.historyTool(),
        info.tables(),
        info.ownerUid(),
        info.ownerGid(),
        info.groupWritable(),
        info.problem() == null ? null : info.problem().text(),
        info.message() == null ? null : Conditions.bounded(info.message()));
  }

  /** Why files as they were last seen cannot be used; empty when they can. */
  static Optional<Reason> problemOf(SQLiteDatabaseSpec spec, List<FileStatus> files) {
    if (files.isEmpty()) {
      return Optional.of(Reason.FILE_NOT_FOUND);
    }
    Optional<Reason> broken =
        files.stream()
            .filter(file -> file.problem() != null)
            .map(file -> Reason.of(file.problem()).orElse(Reason.CORRUPT))
            .findFirst();
    return broken.isPresent() || !spec.files().isEmpty() || files.size() == 1
        ? broken
        : Optional.of(Reason.SEVERAL_FILES);
  }
}
