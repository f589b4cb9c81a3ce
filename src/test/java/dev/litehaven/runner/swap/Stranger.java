package dev.litehaven.runner.swap;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** Another process with a database open, as an application has it; SQLite's own shell. */
public final class Stranger implements AutoCloseable {
  private final Process process;
  private final BufferedReader out;

  /** Opens the database; it is open when this returns. */
  public Stranger(Path database) throws IOException {
    process = new ProcessBuilder("sqlite3", database.toString()).redirectErrorStream(true).start();
    out = process.inputReader(StandardCharsets.UTF_8);
    tell("SELECT 'open', count(*) FROM sqlite_schema;");
    hear();
  }

  public void tell(String line) throws IOException {
    var writer = process.outputWriter(StandardCharsets.UTF_8);
    writer.write(line + "\n");
    writer.flush();
  }

  /** The next line of its answers; waits for it. */
  public String hear() throws IOException {
    return out.readLine();
  }

  public long pid() {
    return process.pid();
  }

  @Override
  public void close() throws IOException {
    process.destroyForcibly();
    process.onExit().join();
  }
}
