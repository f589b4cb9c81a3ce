package dev.litehaven.operator.run;

import dev.litehaven.operator.workload.WorkloadAction;
import dev.litehaven.operator.workload.WorkloadRef;
import dev.litehaven.protocol.BackupRecord;
import java.util.List;

/** Something to do before the new status is written. Doing it twice is the same as once. */
public sealed interface Effect {
  record AddFinalizer() implements Effect {}

  record RemoveFinalizer() implements Effect {}

  /** Takes the claim's lock and then each workload's, in that order everywhere. */
  record TakeLocks() implements Effect {}

  /** Fences off the pod of an attempt that was lost. */
  record RaiseEpoch() implements Effect {}

  record ReleaseLocks() implements Effect {}

  /** Keeps the claim from being deleted while no running pod protects it. */
  record ProtectClaim() implements Effect {}

  record UnprotectClaim() implements Effect {}

  record StartJob() implements Effect {}

  record DeleteJob() implements Effect {}

  /** Lets a Job whose result is recorded go after a while. */
  record ExpireJob() implements Effect {}

  record ActOnWorkload(WorkloadRef ref, List<WorkloadAction> actions) implements Effect {}

  record CreateSnapshot() implements Effect {}

  record RecordBackups(List<BackupRecord> backups) implements Effect {}

  record RecordSnapshot(String name) implements Effect {}
}
