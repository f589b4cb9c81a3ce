package dev.litehaven.runner;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * An application in a process of its own that commits numbered rows to one database file or to two
 * as fast as it can, with a busy timeout of five seconds, and acknowledges each number when it is
 * committed. Of two files, an odd number is committed to both at once, an even one to the first and
 * then to the second.
 */
final class NumberWriter implements AutoCloseable {
  private static final int BUSY_TIMEOUT_MILLIS = 5000;

  private final Process process;
  private final Thread reading;
  private volatile long acknowledged;
  private volatile String last = "";

  private NumberWriter(Process process) {
    this.process = process;
    this.reading = Thread.ofPlatform().daemon().name("acknowledged").start(this::read);
  }

  /**
   * @param files made here; one or two
   * @param synchronous as the pragma has it
   */
  static NumberWriter start(List<Path> files, String synchronous) throws Exception {
    List<String> arguments = new ArrayList<>(List.of(synchronous));
    for (Path file : files) {
      try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file);
          Statement statement = connection.createStatement()) {
        statement.execute("PRAGMA journal_mode=WAL");
        statement.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT NOT NULL)");
      }
      arguments.add(file.toString());
    }
    return new NumberWriter(
        new ProcessBuilder(
                Forked.command(
                    List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"),
                    NumberWriter.class.getName(),
                    arguments.toArray(String[]::new)))
            .redirectErrorStream(true)
            .start());
  }

  private void read() {
    try (BufferedReader out = process.inputReader()) {
      String line = out.readLine();
      while (line != null) {
        last = line;
        if (line.matches("\\d+")) {
          acknowledged = Long.parseLong(line);
        }
        line = out.readLine();
      }
    } catch (IOException e) {
      last = e.toString();
    }
  }

  /** The newest number that is known to be committed; there may be newer ones. */
  long acknowledged() {
    return acknowledged;
  }

  /** Waits until something was committed after this call. */
  void awaitProgress() throws InterruptedException {
    long before = acknowledged;
    while (acknowledged < before + 2) {
      if (!process.isAlive()) {
        throw new IllegalStateException("the writer ended: " + last);
      }
      TimeUnit.MILLISECONDS.sleep(1);
    }
  }

  /**
   * Ends it and answers the last number that it committed.
   *
   * @throws IllegalStateException when a commit failed
   */
  long stop() throws Exception {
    process.getOutputStream().close();
    int exit = process.waitFor();
    reading.join();
    if (exit != 0) {
      throw new IllegalStateException("the writer failed: " + last);
    }
    return acknowledged;
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }

  /** What must be found in a file with that many rows. */
  static String value(long id) {
    return "row " + id * 7919;
  }

  public static void main(String[] args) throws Exception {
    Thread.ofPlatform().daemon().start(NumberWriter::stopWithInput);
    var out = new PrintStream(System.out, true);
    boolean two = args.length == 3;
    try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + args[1]);
        Statement statement = connection.createStatement()) {
      statement.execute("PRAGMA busy_timeout=" + BUSY_TIMEOUT_MILLIS);
      if (two) {
        statement.execute("ATTACH '" + args[2] + "' AS second");
        statement.execute("PRAGMA second.synchronous=" + args[0]);
      }
      statement.execute("PRAGMA main.synchronous=" + args[0]);
      for (long i = 1; !stopping; i++) {
        boolean atOnce = two && i % 2 == 1;
        connection.setAutoCommit(!atOnce);
        insert(connection, "main", i);
        if (two) {
          insert(connection, "second", i);
        }
        if (atOnce) {
          connection.commit();
        }
        out.println(i);
      }
    }
  }

  private static volatile boolean stopping;

  private static void stopWithInput() {
    try {
      stopping = System.in.read() < 0;
    } catch (IOException e) {
      stopping = true;
    }
  }

  private static void insert(Connection connection, String schema, long id) throws SQLException {
    try (PreparedStatement insert =
        connection.prepareStatement("INSERT INTO " + schema + ".t VALUES (?, ?)")) {
      insert.setLong(1, id);
      insert.setString(2, value(id));
      insert.executeUpdate();
    }
  }
}
