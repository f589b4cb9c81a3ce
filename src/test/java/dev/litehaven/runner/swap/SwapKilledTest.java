package dev.litehaven.runner.swap;

import static org.assertj.core.api.Assertions.assertThat;

import dev.litehaven.protocol.DatabaseFile;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The same with a process of its own that is really killed: its leases, locks and descriptors are
 * the kernel's to clean up, and nothing in it gets to run any more.
 */
class SwapKilledTest {
  private static final List<DatabaseFile> FILES =
      List.of(new DatabaseFile("main", "main.db"), new DatabaseFile("user", "app/user.db"));
  private static final int SIGKILL = 128 + 9;

  @TempDir Path root;

  /** Swaps, and kills its own process before the given step. */
  public static final class Victim {
    private Victim() {}

    public static void main(String[] arguments) throws Exception {
      var facts = new LinuxVolumeFacts();
      var ops =
          new CrashingFileOps(
              new PosixFileOps(), Integer.parseInt(arguments[1]), Victim::killMyself);
      try (var volume =
              SwapVolume.open(
                  Path.of(arguments[0]),
                  Databases.run("r1", 1),
                  ops,
                  facts,
                  new SqliteQuiescer(facts));
          var session = SwapSession.begin(volume, "plan", FILES)) {
        for (DatabaseFile file : FILES) {
          Databases.migrate(session.copyOf(file.name()));
        }
        session.commit();
      }
    }

    private static void killMyself() {
      try {
        new ProcessBuilder("kill", "-9", Long.toString(ProcessHandle.current().pid()))
            .start()
            .waitFor();
      } catch (Exception e) {
        throw new IllegalStateException(e);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {24, 30, 38, 39, 40, 43})
  void aKilledProcessLeavesTheOldOrTheNewSet(int step) throws Exception {
    for (DatabaseFile file : FILES) {
      Databases.create(root.resolve(file.path()), "wal");
    }
    var victim =
        new ProcessBuilder(
                ProcessHandle.current().info().command().orElseThrow(),
                "-XX:TieredStopAtLevel=1",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty(
                    "surefire.test.class.path", System.getProperty("java.class.path")),
                Victim.class.getName(),
                root.toString(),
                Integer.toString(step))
            .inheritIO()
            .start();
    assertThat(victim.waitFor()).isEqualTo(SIGKILL);

    String state;
    try (var volume = SwapVolume.open(root, Databases.run("r2", 2))) {
      var recovered = Recovery.recover(volume);
      state = recovered.map(r -> r.state()).orElse("none");
    }
    var wanted = state.equals("DONE") ? "new" : "old";
    for (DatabaseFile file : FILES) {
      assertThat(Databases.generation(root.resolve(file.path()), Databases.ROWS)).isEqualTo(wanted);
    }
    System.out.println("SwapKilledTest killed before step " + step + ", recovered to " + state);
  }
}
