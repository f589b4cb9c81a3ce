package dev.litehaven.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.litehaven.api.v1alpha1.Condition;
import dev.litehaven.api.v1alpha1.SQLiteDatabaseStatus.FileStatus;

/**
 * The app with a database of two files, app.db in WAL and guides.db in rollback mode, both always
 * written: guides.db first.
 */
final class TwoFilesApp {
  private TwoFilesApp() {}

  static String deployment(String name, String version, String requires) {
    return Apps.held(name, version, requires)
        .replace("command: [python3, /app/app.py]", "command: [python3, /app/two-files.py]");
  }

  static void start(Haven haven, String name) {
    haven.apply(Apps.filesWith(name, Apps.SEED, "two-files.py"));
    haven.apply(Apps.claim(name));
    haven.apply(deployment(name, "v1", "holdings.quantity"));
    haven.apply(
        """
        apiVersion: litehaven.dev/v1alpha1
        kind: SQLiteDatabase
        metadata: {name: %1$s}
        spec:
          claimName: %1$s-data
          files: [{name: main, path: app.db}, {name: guides, path: guides.db}]
        """
            .formatted(name));
    haven.awaitRunning(name);
    Condition ready =
        haven.awaitDatabase(name, condition -> Condition.TRUE.equals(condition.status()));
    assertThat(ready.message()).contains("main app.db", "guides guides.db");
    assertThat(haven.database(name).getStatus().files())
        .extracting(FileStatus::name)
        .containsExactly("main", "guides");
  }

  /** What SQL on guides.db answers. */
  static String guides(Haven haven, String app, String query) {
    String program =
        "import sqlite3,sys\n"
            + "c=sqlite3.connect('file:/data/guides.db?mode=ro',uri=True,timeout=10)\n"
            + "print('\\n'.join('|'.join(map(str,r)) for r in c.execute(sys.argv[1])))";
    return haven.exec(haven.awaitRunning(app), "python3", "-c", program, query).strip();
  }
}
