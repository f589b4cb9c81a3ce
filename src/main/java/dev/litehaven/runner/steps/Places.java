package dev.litehaven.runner.steps;

import dev.litehaven.protocol.BackupTarget;
import dev.litehaven.protocol.Reason;
import dev.litehaven.protocol.RefusedException;
import dev.litehaven.runner.backup.DurableFiles.Owner;
import dev.litehaven.runner.store.BackupStore;
import dev.litehaven.runner.store.DirectoryStore;
import dev.litehaven.runner.store.S3Store;
import dev.litehaven.runner.store.WatchedStore;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Set;

/** The places for backups that a request names. */
final class Places {
  /** What takes long. Clearing up goes on when the end is asked for. */
  private static final Set<String> LONG = Set.of("create", "write", "open", "read");

  private Places() {}

  /**
   * Where the backups of an identity are; a step that is told to stop does so at its next byte.
   *
   * @param owner of what is made in a directory; null: the one of what is there
   */
  static BackupStore of(StepContext context, String identity, Owner owner) throws IOException {
    BackupTarget target = context.request().backup();
    BackupStore store =
        target.s3() == null
            ? new DirectoryStore(directory(context, identity), owner)
            : new S3Store(target.s3(), encoded(identity), context.clock());
    return watched(context, store);
  }

  /** Of the request's own identity. */
  static BackupStore of(StepContext context, Owner owner) throws IOException {
    return of(context, identity(context), owner);
  }

  /** The place itself, whoever's backups are in it. */
  static BackupStore whole(StepContext context) throws IOException {
    BackupTarget target = context.request().backup();
    BackupStore store =
        target.s3() == null
            ? new DirectoryStore(
                target.directory() == null
                    ? directory(context, null)
                    : Path.of(target.directory()).toAbsolutePath().normalize(),
                null)
            : new S3Store(target.s3(), "", context.clock());
    return watched(context, store);
  }

  private static BackupStore watched(StepContext context, BackupStore store) {
    return context
        .stores()
        .apply(
            new WatchedStore(
                store,
                operation -> {
                  if (LONG.contains(operation)) {
                    context.interruption().check();
                  }
                }));
  }

  static String identity(StepContext context) {
    String identity = context.run().databaseIdentity();
    if (identity == null || identity.isEmpty()) {
      throw new RefusedException(
          Reason.INVALID_REQUEST, "The request does not say whose backups it is about.");
    }
    return identity;
  }

  /** On another volume apart by database, since several may share it. */
  static Path directory(StepContext context, String identity) throws IOException {
    BackupTarget target = context.request().backup();
    if (target.directory() == null) {
      return context.root().resolve(".litehaven").resolve("backups");
    }
    Path directory = Path.of(target.directory()).toAbsolutePath().normalize();
    return target.separateVolume() ? directory.resolve(encoded(identity)) : directory;
  }

  /** As one part of a path, which never leads out of it. */
  private static String encoded(String identity) {
    return identity.replaceAll("[^A-Za-z0-9._-]", "_").replaceAll("^\\.", "_");
  }
}
