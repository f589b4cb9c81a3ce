package dev.litehaven.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.litehaven.api.v1alpha1.Condition;
import dev.litehaven.protocol.Reason;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;

/** A node that no longer answers: its pod may still write, so it is waited for. */
@Tag("cluster")
@Isolated
@Tag("soak")
class DeadNodeClusterTest {
  private static Haven haven;
  private static PodDiary diary;

  @BeforeAll
  static void install() {
    haven = Haven.withOperator("dead-node", "--set", "clusterReads.enabled=true");
    diary = new PodDiary(haven.client, haven.namespace);
  }

  @AfterAll
  static void remove() {
    diary.close();
    haven.close();
  }

  @Test
  void aPodOnANodeThatIsNotReadyIsWaitedFor() {
    haven.requireNode();
    haven.start("lost", Apps.held("lost", "v1", "holdings.quantity"));
    haven.apply(Apps.stubborn("reader", "lost-data", 10));
    haven.awaitRunning("reader");
    haven.await(
        "the database to know both",
        () -> haven.database("lost").getStatus().workloads(),
        workloads -> workloads.size() == 2);
    long before = haven.acknowledged("lost");
    haven.apply(
        Apps.migration("lost", "lost", Apps.addColumn("001", "risk"), "")
            .replace("readinessDeadlineSeconds: 20", "readinessDeadlineSeconds: 120"));
    haven.await(
        "a pod that is slow to end",
        () -> diary.entries(),
        entries -> entries.contains("reader leaving"));
    haven.cluster("stop", "kubelet");
    try {
      haven.await(
          "the run to wait for the node",
          () -> haven.condition("lost").map(Condition::reason),
          reason -> reason.filter(Reason.NODE_UNREACHABLE.text()::equals).isPresent());
      assertThat(haven.message("lost")).contains("out-of-service");
      assertThat(haven.migration("lost").getStatus().nextAction()).contains("out-of-service");
      assertThat(diary.entries()).doesNotContain("reader ended");
    } finally {
      haven.cluster("start", "kubelet");
    }

    assertThat(haven.awaitEnd("lost").status()).as(haven.story()).isEqualTo(Condition.TRUE);
    haven.assertNoRowLost("lost", before);
    assertThat(diary.cutShort()).isEmpty();
    assertThat(haven.migration("lost").getStatus().nextAction()).isNull();
  }
}
