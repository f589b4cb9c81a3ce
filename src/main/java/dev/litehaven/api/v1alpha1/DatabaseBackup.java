package dev.litehaven.api.v1alpha1;

import io.fabric8.crd.generator.annotation.AdditionalPrinterColumn;
import io.fabric8.crd.generator.annotation.AdditionalPrinterColumn.Type;
import io.fabric8.generator.annotation.Required;
import io.fabric8.kubernetes.api.model.Namespaced;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.model.annotation.Categories;
import io.fabric8.kubernetes.model.annotation.Group;
import io.fabric8.kubernetes.model.annotation.Plural;
import io.fabric8.kubernetes.model.annotation.ShortNames;
import io.fabric8.kubernetes.model.annotation.Singular;
import io.fabric8.kubernetes.model.annotation.Version;

/**
 * One point in time of a database. Owned by nobody: deleting the migration or the database that it
 * was made for leaves it.
 */
@Group(Api.GROUP)
@Version(Api.VERSION)
@Plural("databasebackups")
@Singular("databasebackup")
@ShortNames("dbb")
@Categories("litehaven")
@AdditionalPrinterColumn(name = "Database", jsonPath = ".spec.databaseRef.name", type = Type.STRING)
@AdditionalPrinterColumn(name = "Type", jsonPath = ".spec.type", type = Type.STRING)
@AdditionalPrinterColumn(name = "Method", jsonPath = ".spec.method", type = Type.STRING)
@AdditionalPrinterColumn(name = "Size", jsonPath = ".status.size", type = Type.STRING)
@AdditionalPrinterColumn(name = "Schema", jsonPath = ".status.schemaVersion", type = Type.STRING)
@AdditionalPrinterColumn(name = "Verified", jsonPath = ".status.verified", type = Type.BOOLEAN)
@AdditionalPrinterColumn(name = "Age", jsonPath = ".metadata.creationTimestamp", type = Type.DATE)
public class DatabaseBackup extends CustomResource<DatabaseBackupSpec, DatabaseBackupStatus>
    implements Namespaced {
  private static final long serialVersionUID = 1L;

  @Override
  @Required
  public DatabaseBackupSpec getSpec() {
    return super.getSpec();
  }
}
