package dev.litehaven.e2e.played;

import dev.litehaven.api.v1alpha1.Condition;
import dev.litehaven.api.v1alpha1.DatabaseBackup;
import dev.litehaven.api.v1alpha1.DatabaseMigration;
import dev.litehaven.api.v1alpha1.DatabaseMigrationStatus;
import dev.litehaven.api.v1alpha1.SQLiteDatabase;
import dev.litehaven.e2e.Commands;
import dev.litehaven.e2e.TestCluster;
import dev.litehaven.e2e.User;
import dev.litehaven.operator.Settings;
import dev.litehaven.operator.TerminatingNamespaces;
import dev.litehaven.operator.backup.BackupReconciler;
import dev.litehaven.operator.database.DatabaseReconciler;
import dev.litehaven.operator.migration.MigrationReconciler;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;

/**
 * A namespace of a real API server with the operator's reconcilers in this process, called as often
 * and with as old a resource as chance has it. Time goes by with every turn.
 */
final class World implements AutoCloseable {
  private static final int MAX_TURNS = 400;

  private final KubernetesClient admin;
  private final String namespace;
  private final Path volume;
  private final Random random;
  private final ApiProxy proxy;
  private final PlayedNode node;
  private final List<HasMetadata> seenBefore = new ArrayList<>();
  private Instant now = Instant.now();
  private KubernetesClient client;
  private DatabaseReconciler databases;
  private MigrationReconciler migrations;
  private BackupReconciler backups;
  private int restarts = 0;

  World(TestCluster cluster, Path volume, long seed) throws IOException, SQLException {
    Config config = Config.fromKubeconfig(cluster.kubeconfig().toFile());
    this.admin = new KubernetesClientBuilder().withConfig(config).build();
    new Commands(cluster).installDefinitions();
    this.volume = volume;
    this.random = new Random(seed);
    this.namespace =
        admin
            .resource(
                new NamespaceBuilder()
                    .withNewMetadata()
                    .withGenerateName("played-")
                    .endMetadata()
                    .build())
            .create()
            .getMetadata()
            .getName();
    this.node = new PlayedNode(admin, namespace, volume);
    this.proxy = new ApiProxy(config, node::log);
    begin();
    fill();
  }

  ApiProxy proxy() {
    return proxy;
  }

  int restarts() {
    return restarts;
  }

  private void begin() {
    if (client != null) {
      client.close();
    }
    client = new KubernetesClientBuilder().withConfig(proxy.config()).build();
    var settings =
        new Settings("played", namespace, List.of(namespace), "runner", "Never", false, "");
    Clock clock = new Turns();
    var namespaces = new TerminatingNamespaces(client, settings);
    databases = new DatabaseReconciler(client, clock, settings, namespaces);
    migrations = new MigrationReconciler(client, clock, settings, namespaces);
    backups = new BackupReconciler(client, clock, settings, namespaces);
  }

  private void fill() throws SQLException {
    try (var connection = connect();
        var statement = connection.createStatement()) {
      statement.executeUpdate("CREATE TABLE holdings (id INTEGER PRIMARY KEY, ticker TEXT)");
      statement.executeUpdate("INSERT INTO holdings (ticker) VALUES ('NORF'), ('SKOG')");
      statement.executeUpdate("CREATE TABLE journal (number INTEGER PRIMARY KEY)");
    }
  }

  private java.sql.Connection connect() throws SQLException {
    return DriverManager.getConnection("jdbc:sqlite:" + volume.resolve("app.db"));
  }

  void apply(String yaml) {
    User.applies(admin, namespace, yaml);
  }

  /** Lets everybody act until the database is ready. */
  void untilReady() throws Exception {
    turns(
        () ->
            Optional.ofNullable(database().getStatus())
                .filter(status -> is(status.conditions(), Condition.READY))
                .isPresent());
  }

  /** Lets everybody act until the migration's newest generation has come to its end. */
  DatabaseMigrationStatus untilEnded(String name) throws Exception {
    turns(() -> ended(name));
    // What comes after the end, an Event or a lock let go, too.
    for (int i = 0; i < 8; i++) {
      turn();
    }
    return migration(name).getStatus();
  }

  private boolean ended(String name) {
    DatabaseMigration migration = migration(name);
    DatabaseMigrationStatus status = migration.getStatus();
    return status != null
        && status.run() == null
        && status.conditions().stream()
            .anyMatch(
                condition ->
                    !Condition.RECONCILING.equals(condition.type())
                        && Condition.TRUE.equals(condition.status())
                        && migration
                            .getMetadata()
                            .getGeneration()
                            .equals(condition.observedGeneration()));
  }

  private static boolean is(List<Condition> conditions, String type) {
    return conditions.stream()
        .anyMatch(one -> one.type().equals(type) && Condition.TRUE.equals(one.status()));
  }

  private interface End {
    boolean reached();
  }

  private void turns(End end) throws Exception {
    for (int i = 0; i < MAX_TURNS; i++) {
      if (end.reached()) {
        return;
      }
      turn();
    }
    throw new AssertionError(
        "it did not come to its end after "
            + proxy.writes().size()
            + " writes, the last "
            + proxy.writes().subList(Math.max(0, proxy.writes().size() - 20), proxy.writes().size())
            + ": "
            + admin
                .resources(DatabaseMigration.class)
                .inNamespace(namespace)
                .list()
                .getItems()
                .stream()
                .map(DatabaseMigration::getStatus)
                .toList()
            + database().getStatus());
  }

  /** Any reconciler, any resource that it may have in its cache; then the node and the clock. */
  private void turn() throws Exception {
    List<HasMetadata> all = new ArrayList<>();
    all.add(database());
    all.addAll(admin.resources(DatabaseMigration.class).inNamespace(namespace).list().getItems());
    all.addAll(admin.resources(DatabaseBackup.class).inNamespace(namespace).list().getItems());
    for (HasMetadata one : all) {
      if (random.nextInt(4) > 0) {
        reconcile(one);
      }
    }
    // A watch that was late, or repeats itself.
    seenBefore.addAll(all);
    reconcile(seenBefore.get(random.nextInt(seenBefore.size())));
    node.step();
    now = now.plus(Duration.ofMillis(700));
  }

  /** In which nothing is told of but the resource itself. */
  @SuppressWarnings("unchecked")
  private static <P extends HasMetadata> Context<P> context() {
    return (Context<P>)
        Proxy.newProxyInstance(
            World.class.getClassLoader(),
            new Class<?>[] {Context.class},
            (_, method, _) -> {
              if (!method.getName().equals("isPrimaryResourceDeleted")) {
                throw new UnsupportedOperationException(method.getName());
              }
              return false;
            });
  }

  private void reconcile(HasMetadata cached) {
    try {
      switch (cached) {
        case SQLiteDatabase database -> databases.reconcile(database, context());
        case DatabaseMigration migration -> migrations.reconcile(migration, context());
        case DatabaseBackup backup -> backups.reconcile(backup, context());
        default -> throw new IllegalStateException(cached.getKind());
      }
    } catch (KubernetesClientException e) {
      // Somebody was faster, the server is busy, or this operator has just died: another turn.
      boolean passing = Set.of(0, 404, 409, 429).contains(e.getCode()) || e.getCode() >= 500;
      if (!passing && !proxy.isDead()) {
        throw e;
      }
    }
    if (proxy.revive()) {
      restarts++;
      begin();
    }
  }

  private SQLiteDatabase database() {
    return admin.resources(SQLiteDatabase.class).inNamespace(namespace).withName("shop").get();
  }

  private DatabaseMigration migration(String name) {
    return admin.resources(DatabaseMigration.class).inNamespace(namespace).withName(name).get();
  }

  /** Everything that is left, in words that do not depend on names, uids and times. */
  String digest() throws SQLException {
    var lines = new TreeMap<String, Integer>();
    admin.batch().v1().jobs().inNamespace(namespace).list().getItems().stream()
        .map(job -> "Job " + job.getMetadata().getLabels().get("litehaven.dev/step"))
        .forEach(line -> lines.merge(line, 1, Integer::sum));
    admin.v1().events().inNamespace(namespace).list().getItems().stream()
        .filter(event -> "litehaven".equals(event.getSource().getComponent()))
        .map(event -> "Event " + event.getType() + " " + event.getReason())
        .forEach(line -> lines.merge(line, 1, Integer::sum));
    Remains.of(admin, namespace, "shop", "data")
        .forEach(line -> lines.merge(line, 1, Integer::sum));
    lines.put(
        "Columns " + query("SELECT group_concat(name) FROM pragma_table_info('holdings')"), 1);
    lines.put("Holdings " + query("SELECT group_concat(ticker) FROM holdings"), 1);
    return String.join("\n", lines.entrySet().stream().map(Object::toString).toList());
  }

  /** Whether every row that the app was told of is there, and no other. */
  boolean everyRowIsThere() throws SQLException {
    return query("SELECT count(*) || ' ' || coalesce(max(number), 0) FROM journal")
        .equals(node.acknowledged() + " " + node.acknowledged());
  }

  private String query(String sql) throws SQLException {
    try (var connection = connect();
        var statement = connection.createStatement();
        var rows = statement.executeQuery(sql)) {
      return rows.next() ? rows.getString(1) : "";
    }
  }

  @Override
  public void close() {
    admin.namespaces().withName(namespace).delete();
    admin.persistentVolumes().withName(namespace).delete();
    client.close();
    proxy.close();
    admin.close();
  }

  String namespace() {
    return namespace;
  }

  /** The time of this world. */
  private final class Turns extends Clock {
    @Override
    public ZoneId getZone() {
      return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(ZoneId zone) {
      return this;
    }

    @Override
    public Instant instant() {
      return now;
    }
  }
}
