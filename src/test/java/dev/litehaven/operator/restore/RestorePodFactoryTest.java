package dev.litehaven.operator.restore;

import static dev.litehaven.operator.PodFixture.NOBODYS;
import static dev.litehaven.operator.PodFixture.SETTINGS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.litehaven.api.v1alpha1.DatabaseRestoreSpec.Mode;
import dev.litehaven.operator.backup.Place;
import dev.litehaven.operator.job.JobRefusedException;
import dev.litehaven.operator.job.JobState;
import dev.litehaven.operator.job.RunnerPod;
import dev.litehaven.operator.job.StoreAccess;
import dev.litehaven.operator.run.RunStep;
import dev.litehaven.operator.volume.VolumeUse;
import dev.litehaven.protocol.BackupTarget;
import dev.litehaven.protocol.Reason;
import dev.litehaven.protocol.RunnerStep;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a restore's pods are given, and what they do not depend on. */
class RestorePodFactoryTest {
  private static final VolumeUse.Mount OWN =
      new VolumeUse.Mount(
          "/srv/app", "shop", RunnerPod.Identity.UNKNOWN, "node-1", List.of("shop"), null);

  private final GivenRestore given = new GivenRestore();

  @Test
  void aFetchIsToldWhatToFetchAndWhereItLies() {
    given.source =
        new RestoreSource.Found(
            new Place.OnClaim("shelf", "backups"), "old/shop", "b7", "2026-02-28T00:00:00Z", true);
    RunnerPod pod = pod(given.upTo(RunStep.PLAN));
    assertThat(pod.request().step()).isEqualTo(RunnerStep.FETCH);
    assertThat(pod.access().claim()).isEqualTo("shelf");
    assertThat(pod.request().restore().identity()).isEqualTo("old/shop");
    assertThat(pod.request().restore().backupId()).isEqualTo("b7");
    assertThat(pod.request().restore().olderIfDamaged()).isTrue();
  }

  @Test
  void whatPutsTheFilesInPlaceDoesNotReachThePlace() {
    given.source =
        new RestoreSource.Found(
            new Place.OnClaim("shelf", "backups"), "old/shop", "b7", null, false);
    RunnerPod pod = pod(given.upTo(RunStep.MIGRATE));
    assertThat(pod.request().step()).isEqualTo(RunnerStep.RESTORE);
    assertThat(pod.access()).isEqualTo(StoreAccess.ofClaim(null));
    assertThat(pod.request().restore().token()).isNotBlank();
  }

  @Test
  void aSnapshotIsMountedWhereTheWorkloadHasItsVolumeAndTheVolumeElsewhere() {
    given.source =
        new RestoreSource.Found(
            new Place.InSnapshot("monday", "fast", "2Gi", "2026-02-28T00:00:00Z"),
            "shop/shop-db",
            "monday",
            null,
            false);
    RunnerPod pod = pod(given.upTo(RunStep.PLAN));
    assertThat(pod.access().snapshot())
        .isEqualTo(new StoreAccess.SnapshotVolume("monday", "fast", "2Gi", "/srv/app", "shop"));
    assertThat(pod.request().backup().snapshot())
        .isEqualTo(new BackupTarget.Snapshot("/srv/app", "monday", "2026-02-28T00:00:00Z"));
    assertThat(pod.mountPath()).isEqualTo(pod.request().mountPath()).isNotEqualTo("/srv/app");
    assertThat(pod.claim()).as("what is restored").isEqualTo("data");

    RunnerPod next = pod(given.upTo(RunStep.MIGRATE));
    assertThat(next.access().snapshot()).as("once it is fetched").isNull();
    assertThat(next.mountPath()).isEqualTo(NOBODYS.mount().path());
  }

  /** The place may be gone for hours, and the workload is stopped. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aStoppedWorkloadDoesNotWaitForThePlaceThatWasFetchedFrom(boolean stalled) {
    given.upTo(RunStep.MIGRATE);
    RunnerPod before = pod(given);
    given.source =
        new RestoreSource.Problem(stalled, Reason.LOCATION_NOT_READY, "The bucket is away.");
    assertThat(pod(given)).as("the same pod as with it").isEqualTo(before);
  }

  @Test
  void neitherSettlingNorCancellingNeedsThePlace() {
    RestoreSource away =
        new RestoreSource.Problem(false, Reason.LOCATION_NOT_READY, "The bucket is away.");
    given.upTo(RunStep.SETTLE).source = away;
    assertThat(pod(given).request().step()).isEqualTo(RunnerStep.SETTLE);

    var cancelled = new GivenRestore();
    cancelled.upTo(RunStep.MIGRATE).source = away;
    cancelled.job = new JobState.Active(false, "Pulling.");
    cancelled.deleting = true;
    cancelled.turn();
    assertThat(cancelled.status.run().step()).isEqualTo(RunStep.CANCEL.name());
    assertThat(pod(cancelled).request().step()).isEqualTo(RunnerStep.RESTORE);
  }

  @Test
  void aFetchFromAPlaceThatIsAwayWaitsForIt() {
    given.upTo(RunStep.PLAN);
    given.source =
        new RestoreSource.Problem(false, Reason.LOCATION_NOT_READY, "The bucket is away.");
    given.job = refused();
    assertThat(given.turn().status().run().step()).isEqualTo(RunStep.PLAN.name());
    assertThat(given.status.conditions())
        .anySatisfy(condition -> assertThat(condition.message()).contains("The bucket is away."));
  }

  @Test
  void aFetchOfABackupThatIsGoneEndsTheRestore() {
    given.upTo(RunStep.PLAN);
    given.source = new RestoreSource.Problem(true, Reason.NOTHING_VERIFIED, "It was removed.");
    given.job = refused();
    given.turn();
    given.turn();
    assertThat(given.status.ended()).isTrue();
    assertThat(given.status.phase()).isEqualTo("Failed");
  }

  @Test
  void theSameRestoreHasTheSameTokenHoweverOftenItIsApplied() {
    String token = pod(given.upTo(RunStep.MIGRATE)).request().restore().token();
    var again = new GivenRestore();
    assertThat(pod(again.upTo(RunStep.MIGRATE)).request().restore().token()).isEqualTo(token);
    var onAnother = new GivenRestore();
    onAnother.databaseUid = "uid-other";
    assertThat(RestorePodFactory.token(onAnother.seen(), GivenRestore.usable()))
        .as("another spec")
        .isNotEqualTo(token);
  }

  /** Of one whose volume nobody mounts; only a volume that is new may be given to its group. */
  @Test
  void whoOwnsTheFileRestoresItAndIsGivenANewVolume() {
    RunnerPod.Identity owner = pod(given.upTo(RunStep.MIGRATE), NOBODYS.mount()).identity();
    assertThat(owner).isEqualTo(new RunnerPod.Identity(1000L, 1000L, null, List.of(), null));

    var copy = new GivenRestore();
    copy.mode = Mode.NEW_CLAIM;
    assertThat(pod(copy.upTo(RunStep.MIGRATE), NOBODYS.mount()).identity())
        .isEqualTo(new RunnerPod.Identity(1000L, 1000L, 1000L, List.of(), null));
  }

  private static RunnerPod pod(GivenRestore given) {
    return pod(given, OWN);
  }

  private static RunnerPod pod(GivenRestore given, VolumeUse.Mount own) {
    return RestorePodFactory.pod(given.seen(), GivenRestore.usable(), NOBODYS, own, SETTINGS);
  }

  /** As the reconciler answers the API server's refusal. */
  private JobState refused() {
    var thrown = new JobState[1];
    assertThatThrownBy(() -> pod(given))
        .isInstanceOfSatisfying(JobRefusedException.class, refused -> thrown[0] = refused.state());
    return thrown[0];
  }
}
