package dev.litehaven.runner.inspect;

import dev.litehaven.protocol.DatabaseFile;
import dev.litehaven.protocol.InspectReport.FileInfo;
import dev.litehaven.protocol.Reason;
import dev.litehaven.protocol.RefusedException;
import dev.litehaven.runner.sqlite.HistoryFormats;
import dev.litehaven.runner.sqlite.LiveConnection;
import dev.litehaven.runner.sqlite.Sqlite;
import dev.litehaven.runner.sqlite.SqliteErrors;
import dev.litehaven.runner.sqlite.SqliteHeader;
import dev.litehaven.runner.swap.SwapVolume;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Map;

/** Looks at one file: what it is on disk, what its header says, and then what SQLite says. */
final class FileInspector {
  private static final int GROUP_WRITE = 020;

  private final Path root;
  private final String unfinishedRun;

  FileInspector(Path root, String unfinishedRun) {
    this.root = root;
    this.unfinishedRun = unfinishedRun;
  }

  FileInfo inspect(DatabaseFile file) {
    var seen = new Seen(file);
    try {
      look(file, seen);
    } catch (RefusedException e) {
      seen.problem(e.reason(), e.getMessage());
    } catch (AccessDeniedException e) {
      seen.problem(
          Reason.WRONG_OWNER,
          file.path() + " may not be read by this user. Run as uid " + seen.ownerUid + ".");
    } catch (SQLException e) {
      RefusedException refusal =
          SqliteErrors.refusal(e, Reason.UNSUPPORTED_DATABASE, file.path() + " cannot be read");
      seen.problem(refusal.reason(), refusal.getMessage());
    } catch (IOException e) {
      seen.problem(Reason.RUNNER_FAILED, file.path() + " cannot be read: " + e.getMessage());
    }
    return seen.toInfo();
  }

  /** What a search has not been let into: a database may be in there, or not. */
  FileInfo closed(DatabaseFile directory) {
    var seen = new Seen(directory);
    try {
      refuseClosed(root.resolve(directory.path()), seen);
    } catch (RefusedException e) {
      seen.problem(e.reason(), e.getMessage());
    } catch (IOException e) {
      seen.problem(
          Reason.RUNNER_FAILED, directory.path() + " cannot be looked at: " + e.getMessage());
    }
    return seen.toInfo();
  }

  /** A file behind a closed directory is not one that is not there. */
  private void requireOpenWay(Path path, Seen seen) throws IOException {
    Path directory = root;
    for (Path part : root.relativize(path)) {
      try {
        Files.readAttributes(
            directory.resolve(part), BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
      } catch (AccessDeniedException e) {
        refuseClosed(directory, seen);
      } catch (NoSuchFileException e) {
        return;
      }
      directory = directory.resolve(part);
    }
  }

  private void refuseClosed(Path closed, Seen seen) throws IOException {
    Map<String, Object> stat =
        Files.readAttributes(closed, "unix:uid,gid,mode", LinkOption.NOFOLLOW_LINKS);
    seen.owner(stat);
    throw new RefusedException(
        Reason.WRONG_OWNER,
        "%s belongs to uid %d and may not be looked into by this user, so what is in there is not known. Run as that uid, or open it to this one; if no database is in there, exclude it from the search."
            .formatted(
                closed.equals(root) ? "The volume" : root.relativize(closed), seen.ownerUid));
  }

  private void look(DatabaseFile file, Seen seen) throws IOException, SQLException {
    Path path = Candidates.resolve(root, file.path());
    if (Files.isSymbolicLink(path)) {
      throw new RefusedException(
          Reason.SYMBOLIC_LINK,
          file.path()
              + " is a symbolic link to "
              + Files.readSymbolicLink(path)
              + ". Name the file itself: replacing a link would leave the database behind it as it"
              + " is.");
    }
    if (!Candidates.isRegular(path)) {
      requireOpenWay(path, seen);
      throw new RefusedException(
          Reason.FILE_NOT_FOUND,
          "There is no file " + file.path() + " on the volume. Correct the path.");
    }
    Map<String, Object> stat =
        Files.readAttributes(path, "unix:uid,gid,mode,size,nlink", LinkOption.NOFOLLOW_LINKS);
    seen.owner(stat);
    seen.sizeBytes = (Long) stat.get("size");
    if (unfinishedRun != null && Candidates.beingReplaced(path)) {
      throw new RefusedException(
          Reason.RECOVERING,
          "The run "
              + unfinishedRun
              + " is replacing "
              + file.path()
              + " or was interrupted while it did. It is not opened until that is finished or"
              + " recovered.");
    }
    if (((Number) stat.get("nlink")).intValue() > 1) {
      seen.problem(
          Reason.HARD_LINKED,
          file.path()
              + " has more than one name. Replacing it would leave the others with the old"
              + " content; remove them first.");
    }
    SqliteHeader header =
        SqliteHeader.parse(HeaderSample.read(path, SqliteHeader.SAMPLE), file.path());
    seen.pageSize = header.pageSize();
    seen.journalMode = header.wal() ? "wal" : "delete";
    header.requirePlainPages(file.path());
    // Before SQLite opens it: where its locks do not reach every host, even reading may do harm.
    SwapVolume.requireSwappable(root, path);
    boolean sidecar = hasSidecar(path, "-wal") || hasSidecar(path, "-journal");
    if (!sidecar) {
      header.requireWhole(seen.sizeBytes, file.path());
    }
    try {
      read(path, seen);
    } catch (SQLException e) {
      boolean unclean =
          sidecar && SqliteErrors.reason(e, Reason.CORRUPT) == Reason.READ_ONLY_VOLUME;
      if (!unclean) {
        throw e;
      }
      // Recovering would be writing; whoever opens the database next does it.
      seen.message = file.path() + " was not closed cleanly and is recovered on its next use.";
    }
  }

  private static void read(Path path, Seen seen) throws SQLException, IOException {
    try (Connection connection = LiveConnection.open(path)) {
      seen.journalMode = Sqlite.queryString(connection, "PRAGMA journal_mode");
      seen.tables =
          (int)
              Sqlite.queryLong(
                  connection,
                  "SELECT count(*) FROM sqlite_schema WHERE type = 'table'"
                      + " AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'");
      HistoryFormats.detect(connection)
          .ifPresent(
              history -> {
                seen.historyTool = history.tool();
                seen.schemaVersion = history.version();
              });
    }
  }

  private static boolean hasSidecar(Path database, String suffix) {
    return Files.exists(database.resolveSibling(database.getFileName() + suffix));
  }

  /** What is known so far; a problem ends the looking but not what was seen before it. */
  private static final class Seen {
    private final DatabaseFile file;
    private long sizeBytes;
    private String journalMode;
    private int pageSize;
    private String historyTool;
    private String schemaVersion;
    private int tables;
    private long ownerUid = -1;
    private long ownerGid = -1;
    private boolean groupWritable;
    private Reason problem;
    private String message;

    Seen(DatabaseFile file) {
      this.file = file;
    }

    void owner(Map<String, Object> stat) {
      ownerUid = ((Number) stat.get("uid")).longValue();
      ownerGid = ((Number) stat.get("gid")).longValue();
      groupWritable = ((Integer) stat.get("mode") & GROUP_WRITE) != 0;
    }

    void problem(Reason reason, String text) {
      if (problem == null) {
        problem = reason;
        message = text;
      }
    }

    FileInfo toInfo() {
      return new FileInfo(
          file.name(),
          file.path(),
          sizeBytes,
          journalMode,
          pageSize,
          historyTool,
          schemaVersion,
          tables,
          ownerUid,
          ownerGid,
          groupWritable,
          problem,
          message);
    }
  }
}
