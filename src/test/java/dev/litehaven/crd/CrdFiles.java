package dev.litehaven.crd;

import dev.litehaven.api.v1alpha1.BackupLocation;
import dev.litehaven.api.v1alpha1.BackupSchedule;
import dev.litehaven.api.v1alpha1.DatabaseBackup;
import dev.litehaven.api.v1alpha1.DatabaseMigration;
import dev.litehaven.api.v1alpha1.DatabaseRestore;
import dev.litehaven.api.v1alpha1.SQLiteDatabase;
import io.fabric8.crd.generator.annotation.AdditionalPrinterColumn;
import io.fabric8.crdv2.generator.CRDGenerator;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceColumnDefinition;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinition;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinitionVersion;
import io.fabric8.kubernetes.api.model.apiextensions.v1.JSONSchemaProps;
import io.fabric8.kubernetes.api.model.apiextensions.v1.ValidationRule;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/** Generates the CRDs from the API types, with what the generator itself cannot say. */
final class CrdFiles {
  /** Lists that are maps: the property's path ends with the key, the value is the list's key. */
  private static final Map<String, List<String>> MAP_LISTS =
      Map.of(
          "status.conditions", List.of("type"),
          "spec.files", List.of("name"),
          "spec.workloads", List.of("kind", "name"),
          "spec.source.inline", List.of("version"),
          "spec.verify.assertions", List.of("name"),
          "spec.verification.restoreDrill.assertions", List.of("name"),
          "spec.transform.assertions", List.of("name"),
          "status.databases", List.of("identity"));

  private static final Map<String, Class<? extends CustomResource<?, ?>>> KINDS =
      Map.of(
          "BackupLocation", BackupLocation.class,
          "BackupSchedule", BackupSchedule.class,
          "SQLiteDatabase", SQLiteDatabase.class,
          "DatabaseMigration", DatabaseMigration.class,
          "DatabaseBackup", DatabaseBackup.class,
          "DatabaseRestore", DatabaseRestore.class);

  private CrdFiles() {}

  /** File name to YAML. */
  static SortedMap<String, String> generate() throws IOException {
    Path out = Files.createTempDirectory("crds");
    new CRDGenerator()
        .customResourceClasses(KINDS.values().toArray(Class[]::new))
        .forCRDVersions("v1")
        .inOutputDir(out.toFile())
        .generate();
    var files = new TreeMap<String, String>();
    try (var list = Files.list(out)) {
      for (Path file : list.toList()) {
        var crd = Serialization.unmarshal(Files.readString(file), CustomResourceDefinition.class);
        Class<?> kind = KINDS.get(crd.getSpec().getNames().getKind());
        for (CustomResourceDefinitionVersion version : crd.getSpec().getVersions()) {
          complete(version.getSchema().getOpenAPIV3Schema(), "");
          version.getSchema().getOpenAPIV3Schema().setRequired(List.of("spec"));
          version.getAdditionalPrinterColumns().sort(asDeclared(kind));
        }
        crd.getMetadata().setLabels(Map.of("app.kubernetes.io/part-of", "litehaven"));
        String name = crd.getSpec().getGroup() + "_" + crd.getSpec().getNames().getPlural();
        files.put(
            name + ".yaml",
            "# Generated from dev.litehaven.api by ./dev crds. Do not edit.\n"
                + Serialization.asYaml(crd));
        Files.delete(file);
      }
    }
    Files.delete(out);
    return files;
  }

  /** The generator sorts columns by path; a reader wants them as they were declared. */
  private static Comparator<CustomResourceColumnDefinition> asDeclared(Class<?> kind) {
    List<String> names =
        Arrays.stream(kind.getAnnotationsByType(AdditionalPrinterColumn.class))
            .map(AdditionalPrinterColumn::name)
            .toList();
    return Comparator.comparingInt(column -> names.indexOf(column.getName()));
  }

  private static void complete(JSONSchemaProps schema, String path) {
    if (schema.getXKubernetesValidations() != null) {
      // The generator sees a rule on a record component as field and as parameter.
      var unique = new LinkedHashMap<String, ValidationRule>();
      schema.getXKubernetesValidations().forEach(rule -> unique.putIfAbsent(rule.getRule(), rule));
      schema.setXKubernetesValidations(List.copyOf(unique.values()));
    }
    if (MAP_LISTS.containsKey(path)) {
      schema.setXKubernetesListType("map");
      schema.setXKubernetesListMapKeys(MAP_LISTS.get(path));
    } else if ("array".equals(schema.getType())) {
      schema.setXKubernetesListType("atomic");
    }
    if (schema.getProperties() != null) {
      schema
          .getProperties()
          .forEach((name, child) -> complete(child, path.isEmpty() ? name : path + "." + name));
    }
    if (schema.getItems() != null && schema.getItems().getSchema() != null) {
      complete(schema.getItems().getSchema(), path + "[]");
    }
    if (schema.getAdditionalProperties() != null
        && schema.getAdditionalProperties().getSchema() != null) {
      complete(schema.getAdditionalProperties().getSchema(), path + "{}");
    }
  }
}
