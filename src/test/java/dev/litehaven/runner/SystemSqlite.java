package dev.litehaven.runner;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** SQLite as the machine has it, another version than the runner's, in a process of its own. */
final class SystemSqlite implements AutoCloseable {
  /** What a file says of itself. */
  static final List<String> KEPT =
      List.of("page_size", "auto_vacuum", "journal_mode", "user_version", "application_id");

  /** Of each line the path and the pragma; the first column of all rows of the answer. */
  private static final String PROGRAM =
      """
      import sqlite3, sys
      print(sqlite3.sqlite_version, flush=True)
      for line in sys.stdin:
          path, pragma = line.rstrip('\\n').split('|')
          try:
              db = sqlite3.connect('file:' + path + '?mode=rw', uri=True)
              seen = ' '.join(str(row[0]) for row in db.execute('PRAGMA ' + pragma))
              db.close()
          except Exception as e:
              seen = repr(e)
          print(seen.replace('\\n', ' '), flush=True)
      """;

  private final Process process;
  private final BufferedReader out;
  private final String version;

  private SystemSqlite(Process process) throws IOException {
    this.process = process;
    this.out = process.inputReader(StandardCharsets.UTF_8);
    this.version = out.readLine();
  }

  /** Empty where there is no Python with SQLite. */
  static Optional<SystemSqlite> start() throws IOException {
    try {
      var process = new ProcessBuilder("python3", "-c", PROGRAM);
      var started = new SystemSqlite(process.redirectErrorStream(true).start());
      if (started.version != null && started.version.matches("3\\..*")) {
        return Optional.of(started);
      }
      started.close();
      return Optional.empty();
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  String version() {
    return version;
  }

  /** {@code ok}, or what is wrong. */
  String check(Path database) throws IOException {
    return ask(database, "integrity_check");
  }

  /** Of each of {@link #KEPT}. */
  List<String> kept(Path database) throws IOException {
    var values = new ArrayList<String>();
    for (String pragma : KEPT) {
      values.add(ask(database, pragma));
    }
    return values;
  }

  private String ask(Path database, String pragma) throws IOException {
    var writer = process.outputWriter(StandardCharsets.UTF_8);
    writer.write(database + "|" + pragma + "\n");
    writer.flush();
    return out.readLine();
  }

  @Override
  public void close() {
    process.destroyForcibly();
    process.onExit().join();
  }
}
