package dev.litehaven.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import dev.litehaven.api.v1alpha1.Condition;
import dev.litehaven.api.v1alpha1.DatabaseBackup;
import dev.litehaven.api.v1alpha1.DatabaseMigration;
import dev.litehaven.api.v1alpha1.SQLiteDatabase;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.assertj.core.api.Assumptions;

/**
 * A namespace with Litehaven in it, installed by its own chart and with no more rights than that
 * gives, and the hands of a user.
 */
final class Haven implements AutoCloseable {
  static final Duration PATIENCE = Duration.ofSeconds(120);
  private static final String RELEASE = "litehaven";

  final KubernetesClient client;
  final String namespace;
  private final TestCluster cluster;
  private Duration patience = PATIENCE;
  private final Commands commands;

  private Haven(TestCluster cluster, String prefix) {
    this.cluster = cluster;
    commands = new Commands(cluster);
    client = cluster.client();
    namespace =
        client
            .resource(
                new NamespaceBuilder()
                    .withNewMetadata()
                    .withGenerateName(prefix + "-")
                    .addToLabels("pod-security.kubernetes.io/enforce", "restricted")
                    .endMetadata()
                    .build())
            .create()
            .getMetadata()
            .getName();
  }

  /** With the operator running. */
  static Haven withOperator(String prefix, String... helmArguments) {
    return withOperator(TestCluster.get(), prefix, helmArguments);
  }

  static Haven withOperator(TestCluster cluster, String prefix, String... helmArguments) {
    var haven = new Haven(cluster, prefix);
    haven.install(helmArguments);
    return haven;
  }

  /** Where an operator elsewhere looks after databases, or is installed later. */
  static Haven withoutOperator(String prefix) {
    return new Haven(TestCluster.get(), prefix);
  }

  /** How long everything may take from now on, where it is disturbed. */
  void patience(Duration longer) {
    patience = longer;
  }

  /** The image that runner pods are of. */
  String image() {
    return cluster.image();
  }

  void installDefinitions() {
    commands.installDefinitions();
  }

  void install(String... helmArguments) {
    String image = cluster.image();
    int colon = image.lastIndexOf(':');
    var command =
        new ArrayList<>(
            List.of(
                "upgrade",
                "--install",
                RELEASE,
                "helm/litehaven",
                "--set",
                "image.repository=" + image.substring(0, colon),
                "--set-string",
                "image.tag=" + image.substring(colon + 1),
                "--set",
                "replicas=1",
                // Shared by every test class: whoever comes first installs them.
                "--set",
                "crds.enabled=false",
                "--wait",
                "--timeout=3m"));
    command.addAll(List.of(helmArguments));
    commands.installDefinitions();
    helm(command.toArray(String[]::new));
  }

  /** Skips what only a node can show that is this machine. */
  void requireNode() {
    Assumptions.assumeThat(cluster.script())
        .as("the cluster's node is this machine (./dev test brings such a cluster up)")
        .isPresent();
  }

  /** Skips what needs storage that misbehaves. */
  void requireStorageClass(String name) {
    Assumptions.assumeThat(client.storage().v1().storageClasses().withName(name).get())
        .as("the cluster has a StorageClass " + name)
        .isNotNull();
  }

  /** Runs a command in the node's network: {@code command} {@code verb} {@code arguments}. */
  void node(String command, String verb, String... arguments) {
    commands.node(command, verb, arguments);
  }

  /** Stops or starts a part of the cluster, as {@code stop kubelet}. */
  void cluster(String... arguments) {
    commands.script(arguments);
  }

  String kubectl(String... arguments) {
    return commands.kubectl(namespace, arguments);
  }

  String helm(String... arguments) {
    return commands.helm(namespace, arguments);
  }

  /** Applies manifests as a user does, several documents at once. */
  void apply(String yaml) {
    User.applies(client, namespace, yaml);
  }

  DatabaseMigration migration(String name) {
    return client.resources(DatabaseMigration.class).inNamespace(namespace).withName(name).get();
  }

  SQLiteDatabase database(String name) {
    return client.resources(SQLiteDatabase.class).inNamespace(namespace).withName(name).get();
  }

  List<DatabaseBackup> backups(String database) {
    return client
        .resources(DatabaseBackup.class)
        .inNamespace(namespace)
        .withLabel("litehaven.dev/database", database)
        .list()
        .getItems();
  }

  /** Waits until the migration's newest generation is ready or stalled, and says which. */
  Condition awaitEnd(String migration) {
    return await(
            "the end of migration " + migration,
            () -> migration(migration),
            found ->
                settled(found).filter(condition -> found.getStatus().run() == null).isPresent())
        .getStatus()
        .conditions()
        .stream()
        .filter(condition -> Condition.READY.equals(condition.type()))
        .findFirst()
        .orElseThrow();
  }

  private static Optional<Condition> settled(DatabaseMigration migration) {
    if (migration == null || migration.getStatus() == null) {
      return Optional.empty();
    }
    return migration.getStatus().conditions().stream()
        .filter(
            condition ->
                condition.type().equals(Condition.STALLED)
                    || condition.type().equals(Condition.READY))
        .filter(condition -> Condition.TRUE.equals(condition.status()))
        .filter(
            condition ->
                migration.getMetadata().getGeneration().equals(condition.observedGeneration()))
        .findFirst();
  }

  Condition awaitDatabase(String name, Predicate<Condition> wanted) {
    return ready(
        await(
            "database " + name,
            () -> database(name),
            found -> found != null && ready(found) != null && wanted.test(ready(found))));
  }

  static Condition ready(SQLiteDatabase database) {
    return database.getStatus() == null
        ? null
        : database.getStatus().conditions().stream()
            .filter(condition -> Condition.READY.equals(condition.type()))
            .filter(
                condition ->
                    database.getMetadata().getGeneration().equals(condition.observedGeneration()))
            .findFirst()
            .orElse(null);
  }

  /** Looks until it is as wanted; fails with what was there and what the operator said. */
  <T> T await(String what, Supplier<T> look, Predicate<T> wanted) {
    long end = System.nanoTime() + patience.toNanos();
    T seen = look.get();
    while (!wanted.test(seen)) {
      if (System.nanoTime() > end) {
        return fail("%s did not come within %s; last seen: %s%n%s", what, patience, seen, story());
      }
      pause();
      seen = look.get();
    }
    return seen;
  }

  private static void pause() {
    try {
      TimeUnit.MILLISECONDS.sleep(200);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  String story() {
    return commands.story(namespace, RELEASE);
  }

  /** Pods of an app that are past the gate and ready. */
  List<Pod> running(String app) {
    return ready("app", app);
  }

  List<Pod> ready(String label, String value) {
    return client.pods().inNamespace(namespace).withLabel(label, value).list().getItems().stream()
        .filter(pod -> pod.getMetadata().getDeletionTimestamp() == null)
        .filter(
            pod ->
                pod.getStatus().getConditions().stream()
                    .anyMatch(
                        condition ->
                            "Ready".equals(condition.getType())
                                && "True".equals(condition.getStatus())))
        .toList();
  }

  Pod awaitRunning(String app) {
    return await("a ready pod of " + app, () -> running(app), pods -> pods.size() == 1).getFirst();
  }

  /** What SQL in the app's own container answers, a line per row, columns by {@code |}. */
  String sql(String app, String query) {
    return sql(awaitRunning(app), query);
  }

  /** What SQL on the database of this pod's app answers. */
  String sql(Pod pod, String query) {
    String program =
        "import sqlite3,sys,os\n"
            + "c=sqlite3.connect('file:'+os.environ['DB_PATH']+'?mode=ro',uri=True,timeout=10)\n"
            + "print('\\n'.join('|'.join(map(str,r)) for r in c.execute(sys.argv[1])))";
    return exec(pod, "python3", "-c", program, query).strip();
  }

  /** What SQL answers of the one database on the claim of an idle workload, wherever it lies. */
  String onlyDatabase(String idle, String query) {
    String program =
        "import glob,sqlite3,sys\n"
            + "[f]=[f for f in glob.glob('/data/**/*.db',recursive=True) if '.litehaven' not in f]\n"
            + "print(sqlite3.connect(f).execute(sys.argv[1]).fetchone()[0])";
    return exec(awaitRunning(idle), "python3", "-c", program, query).strip();
  }

  /** Commits SQL in the app's own container, beside the app. */
  void write(String app, String sql) {
    write(awaitRunning(app), sql);
  }

  /** The same in a pod that need not be ready. */
  void write(Pod pod, String sql) {
    exec(
        pod,
        "python3",
        "-c",
        "import sqlite3,os,sys\nc=sqlite3.connect(os.environ['DB_PATH'],timeout=10)\nc.execute(sys.argv[1])\nc.commit()\nc.close()",
        sql);
  }

  /** Whether a command in a pod ends with another code than 0. */
  boolean fails(Pod pod, String... command) {
    return exitCode(pod, new ByteArrayOutputStream(), new ByteArrayOutputStream(), command) != 0;
  }

  String exec(Pod pod, String... command) {
    var output = new ByteArrayOutputStream();
    var errors = new ByteArrayOutputStream();
    assertThat(exitCode(pod, output, errors, command))
        .as(String.join(" ", command) + ": " + errors.toString(StandardCharsets.UTF_8))
        .isZero();
    return output.toString(StandardCharsets.UTF_8);
  }

  private int exitCode(
      Pod pod, ByteArrayOutputStream output, ByteArrayOutputStream errors, String... command) {
    try (var watch =
        client
            .pods()
            .inNamespace(namespace)
            .withName(pod.getMetadata().getName())
            .writingOutput(output)
            .writingError(errors)
            .exec(command)) {
      return watch.exitCode().get(60, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    } catch (java.util.concurrent.ExecutionException | java.util.concurrent.TimeoutException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Pods of the operator, whatever they are doing. */
  List<Pod> operators() {
    return component("operator");
  }

  /** Pods of the steps of runs and backups, whatever they are doing. */
  List<Pod> runners() {
    return component("runner");
  }

  private List<Pod> component(String name) {
    return client
        .pods()
        .inNamespace(namespace)
        .withLabel("app.kubernetes.io/component", name)
        .list()
        .getItems();
  }

  String operatorLog() {
    return client.apps().deployments().inNamespace(namespace).withName(RELEASE).getLog();
  }

  /** An app with a database that Litehaven knows, running. */
  void start(String name, String deployment) {
    apply(Apps.files(name, Apps.SEED));
    apply(Apps.claim(name));
    apply(deployment);
    apply(Apps.database(name));
    awaitRunning(name);
    awaitDatabase(name, ready -> Condition.TRUE.equals(ready.status()));
  }

  /** Every row that the app ever acknowledged is there: the numbers have no gap. */
  void assertNoRowLost(String app, long acknowledged) {
    assertThat(
            sql(
                app,
                "SELECT max(number) = count(*), count(*) >= " + acknowledged + " FROM journal"))
        .as(story())
        .isEqualTo("1|1");
  }

  /** The highest number that the app has acknowledged so far. */
  long acknowledged(String app) {
    return Long.parseLong(
        exec(awaitRunning(app), "python3", "/app/app.py", "get", "/last").strip());
  }

  /** Waits until the one ready pod of the app is of this version. */
  void awaitVersion(String app, String version) {
    await(
        app + " in version " + version,
        () -> running(app),
        pods ->
            pods.size() == 1
                && pods.getFirst().getSpec().getContainers().getFirst().getEnv().stream()
                    .anyMatch(
                        env ->
                            env.getName().equals("APP_VERSION") && version.equals(env.getValue())));
  }

  /** What a migration says of itself now; empty before it has said anything. */
  String message(String migration) {
    return condition(migration).map(Condition::message).orElse("");
  }

  Optional<Condition> condition(String migration) {
    return Optional.ofNullable(migration(migration))
        .map(DatabaseMigration::getStatus)
        .flatMap(status -> status.conditions().stream().findFirst());
  }

  /** Waits until a run of this migration is in the phase; fails when it ends before. */
  void awaitPhase(String migration, String phase) {
    await(
        "phase " + phase + " of " + migration,
        () -> migration(migration).getStatus(),
        status -> status != null && phase.equals(status.phase()));
  }

  /** Has a snapshot of this class taken before each migration of a database. */
  void snapshotsBy(String database, String className, int deadlineSeconds) {
    kubectl(
        "patch",
        "sdb",
        database,
        "--type=merge",
        "-p",
        "{\"spec\":{\"backup\":{\"volumeSnapshotClassName\":\"%s\",\"volumeSnapshotDeadlineSeconds\":%d}}}"
            .formatted(className, deadlineSeconds));
    awaitDatabase(database, ready -> Condition.TRUE.equals(ready.status()));
  }

  /**
   * Waits until the run of this migration keeps everybody else off its claim, and says which run.
   */
  String awaitBarrier(String database) {
    return await(
            "the barrier of " + database,
            () -> database(database).getStatus().operation(),
            operation -> operation != null && Boolean.TRUE.equals(operation.exclusive()))
        .runId();
  }

  void delete(HasMetadata resource) {
    client.resource(resource).inNamespace(namespace).delete();
  }

  static String resource(String path) {
    try {
      return Files.readString(Path.of(path));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The release first: its admission policy is of the cluster and would stay behind. */
  @Override
  public void close() {
    helm("uninstall", RELEASE, "--ignore-not-found");
    client.namespaces().withName(namespace).delete();
    client.close();
  }
}
