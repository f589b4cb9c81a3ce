package dev.litehaven.api.v1alpha1;

import io.fabric8.crd.generator.annotation.AdditionalPrinterColumn;
import io.fabric8.crd.generator.annotation.AdditionalPrinterColumn.Type;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.ValidationRule;
import io.fabric8.kubernetes.api.model.Namespaced;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.model.annotation.Categories;
import io.fabric8.kubernetes.model.annotation.Group;
import io.fabric8.kubernetes.model.annotation.Plural;
import io.fabric8.kubernetes.model.annotation.ShortNames;
import io.fabric8.kubernetes.model.annotation.Singular;
import io.fabric8.kubernetes.model.annotation.Version;

/**
 * A place where backups lie: a claim, or a prefix of a bucket. Deleting it removes nothing there.
 */
@Group(Api.GROUP)
@Version(Api.VERSION)
@Plural("backuplocations")
@Singular("backuplocation")
@ShortNames("bloc")
@Categories("litehaven")
@AdditionalPrinterColumn(name = "Claim", jsonPath = ".spec.claim.name", type = Type.STRING)
@AdditionalPrinterColumn(name = "Bucket", jsonPath = ".spec.s3.bucket", type = Type.STRING)
@AdditionalPrinterColumn(
    name = "Ready",
    jsonPath = ".status.conditions[?(@.type==\"Ready\")].status",
    type = Type.STRING)
@AdditionalPrinterColumn(
    name = "Reason",
    jsonPath = ".status.conditions[?(@.type==\"Ready\")].reason",
    type = Type.STRING)
@AdditionalPrinterColumn(name = "Probed", jsonPath = ".status.lastProbeTime", type = Type.DATE)
@AdditionalPrinterColumn(name = "Age", jsonPath = ".metadata.creationTimestamp", type = Type.DATE)
@AdditionalPrinterColumn(
    name = "Message",
    jsonPath = ".status.conditions[?(@.type==\"Ready\")].message",
    type = Type.STRING,
    priority = 1)
@ValidationRule(
    value = "size(self.metadata.name) <= 63",
    message = "the name must be at most 63 characters: it becomes a label value")
public class BackupLocation extends CustomResource<BackupLocationSpec, BackupLocationStatus>
    implements Namespaced {
  private static final long serialVersionUID = 1L;

  @Override
  @Required
  public BackupLocationSpec getSpec() {
    return super.getSpec();
  }
}
