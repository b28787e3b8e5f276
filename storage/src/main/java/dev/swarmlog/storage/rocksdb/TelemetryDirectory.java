package dev.swarmlog.storage.rocksdb;

import dev.swarmlog.storage.StorageException;
import dev.swarmlog.storage.TelemetryLog;
import dev.swarmlog.storage.kv.Family;
import dev.swarmlog.storage.telemetry.KeyValueTelemetryLog;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Set;

/**
 * The directory of the telemetry of all swarms: {@code rocksdb/}, and {@code before-opening/} while
 * it is opened.
 */
record TelemetryDirectory(Path directory) {

  static final String NAME = "telemetry";
  static final Set<Family> FAMILIES = EnumSet.of(Family.META, Family.TELEMETRY);

  /** That of a data directory. */
  static TelemetryDirectory of(Path dataDirectory) {
    return new TelemetryDirectory(dataDirectory.resolve(NAME));
  }

  /** Creates it, durably; its database comes with the first {@link #open}. */
  void create() {
    try {
      Files.createDirectories(directory);
      Directories.force(directory.resolveSibling("."));
    } catch (IOException e) {
      throw FileFailures.of(directory, "creating", e);
    }
  }

  /**
   * Opens it; where it has been removed it is made anew.
   *
   * @throws StorageException if it is damaged; its files are as they were then
   */
  TelemetryLog open(SharedResources shared) {
    if (!Files.exists(directory)) {
      create();
    }
    return FilesBeforeOpening.keep(directory, FAMILIES, shared).during(() -> openDatabase(shared));
  }

  private TelemetryLog openDatabase(SharedResources shared) {
    checkNotEmptied();
    // Flushed at an interval, and what was taken since may be lost.
    RocksStore store =
        TornWriteAheadLog.open(database(), FAMILIES, shared, /* severalUnflushed= */ true);
    try {
      return new KeyValueTelemetryLog(store);
    } catch (RuntimeException e) {
      store.close();
      throw e;
    }
  }

  /** RocksDB would begin anew there. */
  private void checkNotEmptied() {
    if (!Files.exists(database().resolve("CURRENT"))) {
      throw new StorageException(
          StorageException.Kind.DAMAGED,
          "Expected a file CURRENT in %s, which says which of its files hold telemetry, but there is none. `swarmlog repair` puts the folder aside and begins anew."
              .formatted(database()));
    }
  }

  /** What opening it will read. */
  WriteAheadLogs logs() {
    return new WriteAheadLogs(databaseBeforeOpening());
  }

  /** The database as the next {@link #open} finds it. */
  Path databaseBeforeOpening() {
    return FilesBeforeOpening.databaseIn(directory);
  }

  private Path database() {
    return directory.resolve(FilesBeforeOpening.DATABASE_NAME);
  }
}
