package dev.litehaven.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.litehaven.api.v1alpha1.Condition;
import dev.litehaven.protocol.Reason;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * What cannot be right gets a reason of its own and a message that says what to do. Nothing is
 * changed, and the workload keeps running: the same pod from the first test to the last.
 */
@Tag("cluster")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class BadInputClusterTest {
  private static final String APP = "intake";

  /** Files that are no usable database, each in its own way. */
  private static final String SPOIL =
      """
      import os, sqlite3
      os.makedirs('/data/bad', exist_ok=True)
      os.chdir('/data/bad')
      def make(name, rows=100):
          c = sqlite3.connect(name)
          c.execute('CREATE TABLE t (id INTEGER PRIMARY KEY, v BLOB)')
          c.executemany('INSERT INTO t (v) VALUES (?)', [(os.urandom(4000),) for _ in range(rows)])
          c.commit()
          c.close()
      open('zero.db', 'w').close()
      open('text.db', 'w').write('name;value\\n' * 400)
      open('secret.db', 'wb').write(os.urandom(8192))
      make('short.db')
      os.truncate('short.db', 20480)
      make('target.db')
      os.symlink('target.db', 'link.db')
      make('hard.db')
      os.link('hard.db', 'hard-too.db')
      make('big.db', 7000)
      make('locked.db')
      """;

  private static final String FINGERPRINT =
      """
      import hashlib, os
      for name in sorted(os.listdir('/data/bad')):
          path = '/data/bad/' + name
          link = os.readlink(path) if os.path.islink(path) else ''
          print(name, link, hashlib.sha256(open(path, 'rb').read()).hexdigest())
      """;

  private Haven haven;
  private String pod;
  private String fingerprint;

  @BeforeAll
  void install() {
    haven = Haven.withOperator("bad-input");
    haven.apply(Apps.files(APP, Apps.SEED));
    haven.apply(Apps.claim(APP));
    haven.apply(Apps.held(APP, "v1", "holdings.quantity"));
    // Beside the other files on the claim, the database must be named.
    haven.apply(database(APP, "app.db"));
    pod = haven.awaitRunning(APP).getMetadata().getUid();
    haven.exec(haven.awaitRunning(APP), "python3", "-c", SPOIL);
    haven.awaitDatabase(APP, ready -> Condition.TRUE.equals(ready.status()));
  }

  @AfterAll
  void remove() {
    haven.close();
  }

  @BeforeEach
  void look() {
    fingerprint = haven.exec(haven.awaitRunning(APP), "python3", "-c", FINGERPRINT);
  }

  @AfterEach
  void nothingWasChangedAndTheWorkloadRuns() {
    assertThat(haven.awaitRunning(APP).getMetadata().getUid()).isEqualTo(pod);
    assertThat(haven.exec(haven.awaitRunning(APP), "python3", "-c", FINGERPRINT))
        .isEqualTo(fingerprint);
  }

  @ParameterizedTest
  @CsvSource({
    "missing, bad/missing.db, FILE_NOT_FOUND",
    "zero, bad/zero.db, EMPTY_FILE",
    "text, bad/text.db, NOT_A_DATABASE",
    "secret, bad/secret.db, ENCRYPTED",
    "short, bad/short.db, TRUNCATED",
    "link, bad/link.db, SYMBOLIC_LINK",
    "hard, bad/hard.db, HARD_LINKED",
  })
  void aFileThatIsNoUsableDatabase(String name, String path, Reason reason) {
    haven.apply(database(name, path));
    try {
      Condition ready =
          haven.awaitDatabase(name, condition -> reason.text().equals(condition.reason()));
      assertThat(ready.status()).isEqualTo(Condition.FALSE);
      assertThat(ready.message()).contains(path);
    } finally {
      haven.delete(haven.database(name));
    }
  }

  @Test
  void anUnknownClaim() {
    haven.apply(
        """
        apiVersion: litehaven.dev/v1alpha1
        kind: SQLiteDatabase
        metadata: {name: nowhere}
        spec: {claimName: nowhere-data}
        """);
    Condition ready =
        haven.awaitDatabase(
            "nowhere", condition -> Reason.CLAIM_NOT_FOUND.text().equals(condition.reason()));
    assertThat(ready.message()).contains("nowhere-data");
    haven.delete(haven.database("nowhere"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          DUPLICATE_VERSION | - {version: "2", up: SELECT 1} ; - {version: "002", up: SELECT 2}
          STATEMENT_REFUSED | - {version: "001", up: "ATTACH '/data/other.db' AS other"}
          STATEMENT_REFUSED | - {version: "001", up: "DELETE FROM holdings; COMMIT"}
          STATEMENT_REFUSED | - {version: "001", up: "SELECT load_extension('evil')"}
          SCRIPT_FAILED | - {version: "001", up: "ALTER TABLE nosuch ADD COLUMN risk TEXT"}
          VALUES_CHANGED | - {version: "001", up: "UPDATE holdings SET quantity = quantity + 1"}
          DESTRUCTIVE_CHANGE | - {version: "001", up: "DELETE FROM holdings WHERE id = 1"}
          """)
  void aMigrationThatIsNotWhatItShouldBe(Reason reason, String steps) {
    assertRefused("wrong", APP, steps.replace(" ; ", "\n"), "", reason);
  }

  @Test
  void anAppliedVersionThatWasChangedOrIsGone() {
    String first = Apps.addColumn("001", "once");
    haven.apply(Apps.migration("history", APP, first, "history: {stream: once}"));
    assertThat(haven.awaitEnd("history").status()).as(haven.story()).isEqualTo(Condition.TRUE);
    // This one was applied: the workload was stopped for it and is another pod now.
    pod = haven.awaitRunning(APP).getMetadata().getUid();

    haven.apply(
        Apps.migration("history", APP, Apps.addColumn("001", "twice"), "history: {stream: once}"));
    Condition changed = haven.awaitEnd("history");
    assertThat(changed.reason()).as(haven.story()).isEqualTo(Reason.CHECKSUM_CHANGED.text());
    assertThat(changed.message()).contains("001");

    haven.apply(
        Apps.migration("history", APP, Apps.addColumn("002", "twice"), "history: {stream: once}"));
    Condition gone = haven.awaitEnd("history");
    assertThat(gone.reason()).as(haven.story()).isEqualTo(Reason.APPLIED_VERSION_MISSING.text());
    assertThat(gone.message()).contains("001");
  }

  @Test
  void aVolumeThatIsTooFull() {
    haven.apply(database("big", "bad/big.db"));
    haven.awaitDatabase("big", ready -> Condition.TRUE.equals(ready.status()));
    try {
      assertRefused(
          "big", "big", "- {version: \"001\", up: CREATE TABLE more (id)}", "", Reason.NO_SPACE);
    } finally {
      haven.delete(haven.database("big"));
    }
  }

  @Test
  void aDatabaseThatSomebodyKeepsLocked() {
    haven.apply(database("locked", "bad/locked.db"));
    haven.awaitDatabase("locked", ready -> Condition.TRUE.equals(ready.status()));
    haven.exec(
        haven.awaitRunning(APP),
        "python3",
        "-c",
        """
        import os, sqlite3, sys, time
        if os.fork() == 0:
            os.setsid()
            null = os.open('/dev/null', os.O_RDWR)
            [os.dup2(null, fd) for fd in (0, 1, 2)]
            c = sqlite3.connect('/data/bad/locked.db', isolation_level=None)
            c.execute('BEGIN EXCLUSIVE')
            time.sleep(60)
            c.execute('ROLLBACK')
        """);
    try {
      assertRefused(
          "locked",
          "locked",
          "- {version: \"001\", up: CREATE TABLE more (id)}",
          "",
          Reason.DATABASE_LOCKED);
    } finally {
      haven.delete(haven.database("locked"));
    }
  }

  @Test
  void aPodOnTheClaimThatNobodyDeclared() {
    haven.apply(Apps.stranger("stranger", APP + "-data"));
    haven.awaitRunning("stranger");
    try {
      Condition end =
          assertRefused(
              "stranger",
              APP,
              Apps.addColumn("001", "risk"),
              "activeDeadlineSeconds: 30",
              Reason.UNDECLARED_USER);
      assertThat(end.message()).contains("pod stranger");
    } finally {
      haven.kubectl("delete", "pod", "stranger", "--wait=false");
    }
  }

  private Condition assertRefused(
      String name, String database, String steps, String more, Reason reason) {
    haven.apply(Apps.migration(name, database, steps, more + "\nhistory: {stream: " + name + "}"));
    try {
      Condition end = haven.awaitEnd(name);
      assertThat(end.status()).isEqualTo(Condition.FALSE);
      assertThat(end.reason()).as(haven.story()).isEqualTo(reason.text());
      assertThat(end.message()).isNotBlank();
      assertThat(haven.migration(name).getStatus().nextAction()).isNotBlank();
      return end;
    } finally {
      haven.delete(haven.migration(name));
    }
  }

  private static String database(String name, String path) {
    return """
        apiVersion: litehaven.dev/v1alpha1
        kind: SQLiteDatabase
        metadata: {name: %1$s}
        spec:
          claimName: %3$s-data
          files: [{name: main, path: %2$s}]
        """
        .formatted(name, path, APP);
  }
}
