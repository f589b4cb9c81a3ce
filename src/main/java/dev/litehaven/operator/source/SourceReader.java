package dev.litehaven.operator.source;

import dev.litehaven.api.v1alpha1.DatabaseMigrationSpec;
import dev.litehaven.protocol.Ensure;
import dev.litehaven.protocol.MigrationScript;
import dev.litehaven.protocol.Reason;
import dev.litehaven.protocol.Sha256;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** Reads the migrations from where the spec says. */
public final class SourceReader {
  private final KubernetesClient client;

  public SourceReader(KubernetesClient client) {
    this.client = client;
  }

  public Source read(String namespace, DatabaseMigrationSpec.Source source) {
    if (source.inline() != null) {
      return resolved(source.inline().stream().map(SourceReader::script).toList(), Map.of());
    }
    String name = source.configMapRef().name();
    ConfigMap map = client.configMaps().inNamespace(namespace).withName(name).get();
    if (map == null) {
      return new Source.Problem(
          false,
          Reason.SOURCE_NOT_FOUND,
          "There is no ConfigMap %s in this namespace, which spec.source.configMapRef names. Apply it; the migration goes on by itself."
              .formatted(name));
    }
    Map<String, String> files =
        map.getData() == null
            ? Map.of()
            : map.getData().entrySet().stream()
                .filter(file -> file.getKey().endsWith(".sql"))
                .collect(Collectors.toUnmodifiableMap(Map.Entry::getKey, Map.Entry::getValue));
    return files.isEmpty()
        ? new Source.Problem(
            true,
            Reason.SOURCE_INVALID,
            "ConfigMap %s has no key that ends in .sql. Keys are file names such as 002_add_risk.up.sql."
                .formatted(name))
        : resolved(List.of(), files);
  }

  private static Source resolved(List<MigrationScript> scripts, Map<String, String> files) {
    return new Source.Resolved(
        Sha256.of(Serialization.asJson(List.of(scripts, new TreeMap<>(files)))), scripts, files);
  }

  private static MigrationScript script(DatabaseMigrationSpec.Migration migration) {
    return new MigrationScript(
        migration.version(),
        migration.description(),
        migration.up(),
        migration.down(),
        migration.when(),
        ensure(migration.ensure()),
        migration.file(),
        migration.attach(),
        orEmpty(migration.moves()).stream()
            .map(move -> new MigrationScript.Move(move.from(), move.to()))
            .toList());
  }

  private static Ensure ensure(DatabaseMigrationSpec.Ensure ensure) {
    return ensure == null
        ? null
        : new Ensure(
            orEmpty(ensure.tables()).stream()
                .map(table -> new Ensure.Table(table.name(), table.definition()))
                .toList(),
            orEmpty(ensure.columns()).stream()
                .map(
                    column -> new Ensure.Column(column.table(), column.name(), column.definition()))
                .toList(),
            orEmpty(ensure.indexes()).stream()
                .map(
                    index ->
                        new Ensure.Index(
                            index.name(),
                            index.table(),
                            index.columns(),
                            Boolean.TRUE.equals(index.unique()),
                            index.where()))
                .toList());
  }

  private static <T> List<T> orEmpty(List<T> list) {
    return list == null ? List.of() : list;
  }
}
