package dev.litehaven.operator.database;

import dev.litehaven.api.v1alpha1.Api;
import dev.litehaven.api.v1alpha1.DatabaseRestore;
import dev.litehaven.api.v1alpha1.DatabaseRestoreSpec;
import dev.litehaven.api.v1alpha1.LocalReference;
import dev.litehaven.api.v1alpha1.SQLiteDatabase;
import dev.litehaven.api.v1alpha1.SQLiteDatabaseSpec;
import dev.litehaven.operator.naming.Labels;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;
import java.util.Map;

/** The restore that spec.bootstrap asks for. It goes with its database. Pure. */
final class BootstrapRestoreFactory {
  private BootstrapRestoreFactory() {}

  static DatabaseRestore restore(String name, DatabaseObservation seen) {
    SQLiteDatabaseSpec.Bootstrap asked = seen.spec().bootstrap();
    var restore = new DatabaseRestore();
    restore.setMetadata(
        new ObjectMetaBuilder()
            .withName(name)
            .withNamespace(seen.namespace())
            .withLabels(Map.of(Labels.MANAGED_BY, Labels.MANAGER, Api.LABEL_DATABASE, seen.name()))
            .withOwnerReferences(
                new OwnerReferenceBuilder()
                    .withApiVersion(HasMetadata.getApiVersion(SQLiteDatabase.class))
                    .withKind(HasMetadata.getKind(SQLiteDatabase.class))
                    .withName(seen.name())
                    .withUid(seen.uid())
                    .withController(true)
                    .build())
            .build());
    restore.setSpec(
        new DatabaseRestoreSpec(
            new LocalReference(seen.name()),
            new DatabaseRestoreSpec.Source(
                null,
                null,
                null,
                new DatabaseRestoreSpec.InLocation(
                    asked.locationRef(), asked.identity(), asked.backupId(), asked.pointInTime())),
            DatabaseRestoreSpec.Mode.IF_ABSENT,
            null,
            null,
            null,
            null,
            false,
            null,
            null,
            null));
    return restore;
  }
}
