package dev.litehaven.runner.backup;

import dev.litehaven.protocol.DatabaseFile;
import dev.litehaven.protocol.RunRef;
import java.nio.file.Path;
import java.time.Instant;

/**
 * What a backup is of, beside the bytes.
 *
 * @param liveFile the database as the workload has it; new files get its owner
 * @param schemaVersion newest applied version of the stream at hand; null: none
 * @param sameVolume whether the backup shares the database's failure domain
 */
public record BackupSubject(
    BackupType type,
    RunRef run,
    DatabaseFile file,
    Path liveFile,
    String schemaVersion,
    boolean sameVolume,
    Instant createdAt) {}
