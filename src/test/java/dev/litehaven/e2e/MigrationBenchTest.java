package dev.litehaven.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.litehaven.api.v1alpha1.Condition;
import dev.litehaven.api.v1alpha1.DatabaseMigration;
import dev.litehaven.bench.BenchReport;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;

/**
 * A migration on a cluster beside what a person would write, in turns on small files in the same
 * run. {@code -Dlitehaven.bench.rounds} sets how often.
 */
@Tag("bench")
@TestMethodOrder(MethodOrderer.MethodName.class) // the operator itself after all migrations
class MigrationBenchTest {
  private static final int ROUNDS = Integer.getInteger("litehaven.bench.rounds", 3);
  private static final int IDLE_SECONDS = 20;
  private static Haven haven;

  @BeforeAll
  static void install() {
    haven = Haven.withOperator("bench");
  }

  @AfterAll
  static void remove() {
    haven.close();
  }

  /** Nobody uses the claim, so all that is compared is the work on the file. */
  @Test
  void besideAJobThatOnlyRunsTheSql() {
    haven.start("alone", Apps.scaled("alone", "v1", "holdings.quantity"));
    scale("alone", 0);
    until(() -> pods("alone").isEmpty());
    haven.apply(Apps.claim("by-hand"));
    job("seed", "by-hand", Apps.SEED);
    List<Long> hand = new ArrayList<>();
    List<Long> ours = new ArrayList<>();
    for (int round = 1; round <= ROUNDS; round++) {
      int now = round;
      hand.add(millis(() -> job("sql-" + now, "by-hand", sql(now))));
      ours.add(migrate("alone", round));
    }
    BenchReport.title("A small file that nobody uses, medians of %d rounds", ROUNDS);
    BenchReport.heads("a Job", "litehaven", "ratio");
    BenchReport.pair(
        "apply to Complete / to Ready", BenchReport.median(hand), BenchReport.median(ours));
    BenchReport.pair("least of all rounds", BenchReport.least(hand), BenchReport.least(ours));
    BenchReport.ratio(
        "apply to Ready / a Job that only runs the SQL",
        BenchReport.median(ours) / BenchReport.median(hand),
        2);
  }

  /** The same with an app that has to make room and come back. */
  @Test
  void besideAnAppThatIsScaledDownAndUpByHand() {
    haven.start("app", Apps.held("app", "v1", "holdings.quantity"));
    haven.start("hand", Apps.scaled("hand", "v1", "holdings.quantity"));
    List<Long> hand = new ArrayList<>();
    List<Long> ours = new ArrayList<>();
    List<Long> downtimes = new ArrayList<>();
    List<Long> restarts = new ArrayList<>();
    for (int round = 1; round <= ROUNDS; round++) {
      int now = round;
      hand.add(millis(() -> scaledByHand(now)));
      restarts.add(restart());
      ours.add(migrate("app", round));
      downtimes.add(
          haven.migration("app").getStatus().runs().stream()
              .max(Comparator.comparing(run -> Instant.parse(run.endedAt())))
              .orElseThrow()
              .downtimeMillis());
    }
    BenchReport.title("A small file with an app, medians of %d rounds", ROUNDS);
    BenchReport.heads("by hand", "litehaven", "ratio");
    BenchReport.pair(
        "scale, Job, scale / apply to Ready", BenchReport.median(hand), BenchReport.median(ours));
    BenchReport.pair("least of all rounds", BenchReport.least(hand), BenchReport.least(ours));
    BenchReport.pair(
        "restart of the pod / downtime",
        BenchReport.median(restarts),
        BenchReport.median(downtimes));
    BenchReport.pair(
        "least of all rounds", BenchReport.least(restarts), BenchReport.least(downtimes));
  }

  @Test
  void theOperatorItself() throws InterruptedException {
    TimeUnit.SECONDS.sleep(IDLE_SECONDS);
    Pod operator = haven.operators().getFirst();
    String status = haven.exec(operator, "cat", "/proc/1/status");
    BenchReport.title("The operator");
    BenchReport.mebibytes("its resident memory, idle", mebibytes(status, "VmRSS"), 256);
    BenchReport.mebibytes("the most since its start", mebibytes(status, "VmHWM"), 256);
    List<Long> starts = new ArrayList<>();
    for (int round = 1; round <= ROUNDS; round++) {
      String old = haven.operators().getFirst().getMetadata().getUid();
      haven.delete(haven.operators().getFirst());
      until(
          () -> haven.operators().stream().anyMatch(pod -> !uid(pod).equals(old) && started(pod)));
      starts.add(
          millis(
              () ->
                  until(
                      () ->
                          haven.operators().stream()
                              .anyMatch(pod -> !uid(pod).equals(old) && ready(pod)))));
    }
    System.out.printf("  from its process's start to Ready: %.0f ms%n", BenchReport.median(starts));
  }

  private static double mebibytes(String status, String field) {
    Matcher kib = Pattern.compile(field + ":\\s*(\\d+) kB").matcher(status);
    assertThat(kib.find()).isTrue();
    return Long.parseLong(kib.group(1)) / 1024.0;
  }

  /** From apply to Ready; then waits until nothing of the run is left. */
  private static long migrate(String name, int versions) {
    var steps = new StringBuilder();
    for (int i = 1; i <= versions; i++) {
      steps.append(Apps.addColumn("%03d".formatted(i), "risk_" + i));
    }
    long took =
        millis(
            () -> {
              haven.apply(Apps.migration(name, name, steps.toString(), ""));
              until(() -> is(Condition.READY, name) || is(Condition.STALLED, name));
            });
    Condition end = haven.awaitEnd(name);
    assertThat(end.status()).as(haven.story()).isEqualTo(Condition.TRUE);
    return took;
  }

  private static boolean is(String type, String name) {
    DatabaseMigration migration = haven.migration(name);
    return migration.getStatus() != null
        && migration.getStatus().conditions().stream()
            .anyMatch(
                condition ->
                    condition.type().equals(type)
                        && condition.status().equals(Condition.TRUE)
                        && migration
                            .getMetadata()
                            .getGeneration()
                            .equals(condition.observedGeneration()));
  }

  /** What a Job with the SQL needs around it where an app has the claim. */
  private static void scaledByHand(int round) {
    scale("hand", 0);
    until(() -> pods("hand").isEmpty());
    job("app-sql-" + round, "hand", sql(round));
    scale("hand", 1);
    until(() -> pods("hand").stream().anyMatch(MigrationBenchTest::ready));
  }

  private static void scale(String deployment, int replicas) {
    haven.kubectl("scale", "deployment", deployment, "--replicas=" + replicas);
  }

  /** Of an app's only pod, when another one may only run after it, as on this claim. */
  private static long restart() {
    Pod pod = haven.awaitRunning("hand");
    return millis(
        () -> {
          haven.delete(pod);
          until(() -> pods("hand").stream().anyMatch(p -> !uid(p).equals(uid(pod)) && ready(p)));
        });
  }

  private static String sql(int round) {
    return "ALTER TABLE holdings ADD COLUMN risk_%d TEXT NOT NULL DEFAULT 'none';".formatted(round);
  }

  /** Applies a Job and waits until it is complete. */
  private static void job(String job, String claim, String sql) {
    haven.apply(Apps.sqlJob(job, claim + "-data", sql));
    until(() -> complete(job));
  }

  private static boolean complete(String name) {
    Job job = haven.client.batch().v1().jobs().inNamespace(haven.namespace).withName(name).get();
    return job.getStatus() != null
        && job.getStatus().getConditions().stream()
            .anyMatch(
                condition ->
                    condition.getType().equals("Complete") && condition.getStatus().equals("True"));
  }

  private static List<Pod> pods(String app) {
    return haven.client.pods().inNamespace(haven.namespace).withLabel("app", app).list().getItems();
  }

  private static String uid(Pod pod) {
    return pod.getMetadata().getUid();
  }

  private static boolean started(Pod pod) {
    return pod.getStatus().getContainerStatuses().stream()
        .anyMatch(container -> container.getState().getRunning() != null);
  }

  private static boolean ready(Pod pod) {
    return pod.getStatus().getConditions().stream()
        .anyMatch(
            condition ->
                condition.getType().equals("Ready") && condition.getStatus().equals("True"));
  }

  private static long millis(Runnable work) {
    long start = System.nanoTime();
    work.run();
    return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start);
  }

  /** Looks more often than {@link Haven#await}, since what is waited for is what is measured. */
  private static void until(BooleanSupplier condition) {
    long end = System.nanoTime() + Haven.PATIENCE.toNanos();
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).as(Haven.PATIENCE + " of waiting").isLessThan(end);
      try {
        TimeUnit.MILLISECONDS.sleep(25);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException(e);
      }
    }
  }
}
