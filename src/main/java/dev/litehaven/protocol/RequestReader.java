package dev.litehaven.protocol;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * Reads a request field by field. Data binding would do it in fewer lines, but it looks into every
 * record first, which takes a runner longer than all else before its first SQL. Fields that this
 * version does not know are skipped.
 */
final class RequestReader {
  private RequestReader() {}

  /**
   * @throws IllegalArgumentException where it is no JSON or no request
   */
  static RunnerRequest read(String text) {
    return request(Fields.of("the request", PlainJson.read(text)));
  }

  private static RunnerRequest request(Fields request) {
    return new RunnerRequest(
        Math.toIntExact(request.number("formatVersion")),
        request.constant("step", RunnerStep::valueOf),
        request.object("run", RequestReader::run),
        request.text("mountPath"),
        request.objects("files", file -> new DatabaseFile(file.text("name"), file.text("path"))),
        request.texts("excludePatterns"),
        request.object("migration", RequestReader::migration),
        request.object("backup", RequestReader::target),
        request.text("targetRunId"),
        request.flag("force"),
        request.object("backups", RequestReader::backups),
        request.object("restore", RequestReader::restore),
        request.text("scratchDirectory"));
  }

  private static RunRef run(Fields run) {
    return new RunRef(
        run.text("runId"),
        run.text("databaseIdentity"),
        run.text("claimUid"),
        run.number("epoch"),
        run.text("migration"));
  }

  private static BackupTarget target(Fields target) {
    return new BackupTarget(
        target.text("directory"),
        target.flag("separateVolume"),
        target.object("s3", RequestReader::s3),
        target.object(
            "encryption",
            encryption ->
                new Encryption(encryption.texts("recipients"), encryption.text("identityFile"))),
        target.object(
            "owner", owner -> new BackupTarget.Owner(owner.text("uid"), owner.flag("takeover"))),
        target.object(
            "snapshot",
            snapshot ->
                new BackupTarget.Snapshot(
                    snapshot.text("directory"), snapshot.text("name"), snapshot.text("takenAt"))));
  }

  private static S3Target s3(Fields s3) {
    return new S3Target(
        s3.text("endpoint"),
        s3.text("region"),
        s3.text("bucket"),
        s3.text("prefix"),
        s3.flag("pathStyle"),
        s3.text("caFile"),
        s3.text("credentialsDirectory"),
        s3.text("serverSideEncryption"),
        s3.text("kmsKeyId"),
        s3.text("objectLockMode"),
        Math.toIntExact(s3.number("objectLockDays")));
  }

  private static BackupWork backups(Fields backups) {
    return new BackupWork(
        backups.text("type"),
        backups.texts("include"),
        backups.constant("verification", BackupWork.Verification::valueOf),
        backups.text("unchangedSince"),
        backups.texts("backupIds"));
  }

  private static RestoreWork restore(Fields restore) {
    return new RestoreWork(
        restore.text("identity"),
        restore.text("backupId"),
        restore.text("notAfter"),
        restore.flag("olderIfDamaged"),
        restore.constant("mode", RestoreWork.Mode::valueOf),
        restore.texts("includeTables"),
        restore.texts("excludeTables"),
        restore.flag("dryRun"),
        restore.texts("transform"),
        restore.objects("assertions", RequestReader::assertion),
        restore.text("token"));
  }

  private static VerifyRules.Assertion assertion(Fields assertion) {
    return new VerifyRules.Assertion(assertion.text("name"), assertion.text("sql"));
  }

  private static MigrationWork migration(Fields migration) {
    return new MigrationWork(
        migration.text("stream"),
        migration.objects("scripts", RequestReader::script),
        migration.object("files", Fields::texts),
        migration.text("targetVersion"),
        migration.constant("destructive", Destructive::valueOf),
        migration.texts("allowedChanges"),
        migration.object("verify", RequestReader::verify),
        migration.text("expectedPlanHash"));
  }

  private static MigrationScript script(Fields script) {
    return new MigrationScript(
        script.text("version"),
        script.text("description"),
        script.text("up"),
        script.text("down"),
        script.text("when"),
        script.object("ensure", RequestReader::ensure),
        script.text("file"),
        script.texts("attach"),
        script.objects(
            "moves", move -> new MigrationScript.Move(move.text("from"), move.text("to"))));
  }

  private static Ensure ensure(Fields ensure) {
    return new Ensure(
        ensure.objects(
            "tables", table -> new Ensure.Table(table.text("name"), table.text("definition"))),
        ensure.objects(
            "columns",
            column ->
                new Ensure.Column(
                    column.text("table"), column.text("name"), column.text("definition"))),
        ensure.objects(
            "indexes",
            index ->
                new Ensure.Index(
                    index.text("name"),
                    index.text("table"),
                    index.texts("columns"),
                    index.flag("unique"),
                    index.text("where"))));
  }

  private static VerifyRules verify(Fields verify) {
    return new VerifyRules(
        verify.flag("fullIntegrity"),
        verify.texts("requiredTables"),
        verify.texts("requiredColumns"),
        verify.objects("assertions", RequestReader::assertion));
  }

  /** An object's fields. What is missing is null, 0 or false. */
  private record Fields(Map<?, ?> values) {
    static Fields of(String what, Object value) {
      if (value instanceof Map<?, ?> fields) {
        return new Fields(fields);
      }
      throw new IllegalArgumentException(what + " is no object");
    }

    private <T> T get(String name, Class<T> type) {
      Object value = values.get(name);
      if (value == null || type.isInstance(value)) {
        return type.cast(value);
      }
      throw new IllegalArgumentException(
          name + " is not what it should be, but " + value.getClass().getSimpleName());
    }

    String text(String name) {
      return get(name, String.class);
    }

    long number(String name) {
      return values.containsKey(name) ? required(name, get(name, Long.class)) : 0;
    }

    boolean flag(String name) {
      return values.containsKey(name) && required(name, get(name, Boolean.class));
    }

    private static <T> T required(String name, T value) {
      if (value == null) {
        throw new IllegalArgumentException(name + " is null");
      }
      return value;
    }

    <E> E constant(String name, Function<String, E> named) {
      String value = text(name);
      return value == null ? null : named.apply(value);
    }

    <T> T object(String name, Function<Fields, T> read) {
      Object value = values.get(name);
      return value == null ? null : read.apply(of(name, value));
    }

    <T> List<T> objects(String name, Function<Fields, T> read) {
      return elements(name, element -> read.apply(of("an element of " + name, element)));
    }

    List<String> texts(String name) {
      return elements(
          name,
          element -> {
            if (element instanceof String text) {
              return text;
            }
            throw new IllegalArgumentException("an element of " + name + " is no text");
          });
    }

    private <T> List<T> elements(String name, Function<Object, T> read) {
      List<?> elements = get(name, List.class);
      if (elements == null) {
        return null;
      }
      List<T> all = new ArrayList<>();
      elements.forEach(element -> all.add(read.apply(element)));
      return all;
    }

    /** All of them, each a text. */
    Map<String, String> texts() {
      Map<String, String> all = new HashMap<>();
      for (Object key : values.keySet()) {
        String name = (String) key;
        all.put(name, required(name, text(name)));
      }
      return all;
    }
  }
}
