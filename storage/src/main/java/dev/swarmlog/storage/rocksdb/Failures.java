package dev.swarmlog.storage.rocksdb;

import dev.swarmlog.storage.StorageException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.rocksdb.RocksDBException;
import org.rocksdb.Status;

/** Turns what RocksDB reports into what a person can act on. */
final class Failures {

  private Failures() {}

  /** A failed read or write of an open store. */
  static StorageException of(Path directory, String doing, RocksDBException cause) {
    Status status = cause.getStatus();
    String detail = detail(cause);
    if (status != null && status.getSubCode() == Status.SubCode.NoSpace) {
      return new StorageException(
          StorageException.Kind.DISK_FULL,
          "Expected free space for "
              + doing
              + " in "
              + directory
              + ", but the device is full. Free some space and start again.",
          cause);
    }
    boolean missingFile =
        detail.contains("No such file") && (detail.contains(".sst") || detail.contains(".blob"));
    if (missingFile || status != null && status.getCode() == Status.Code.Corruption) {
      return new StorageException(
          StorageException.Kind.DAMAGED,
          "Expected undamaged data while "
              + doing
              + " in "
              + directory
              + ", but found: "
              + detail
              + ". Check the device, and restore the directory from a backup.",
          cause);
    }
    return new StorageException(
        StorageException.Kind.IO,
        "Expected "
            + doing
            + " to succeed in "
            + directory
            + ", but it failed: "
            + detail
            + ". Check the device.",
        cause);
  }

  /**
   * A failed flush to the device. Never {@code DISK_FULL}: what the device holds now nobody knows,
   * so this must not be tried again.
   */
  static StorageException ofSync(Path directory, RocksDBException cause) {
    StorageException failure = of(directory, "flushing to the device", cause);
    return failure.kind() == StorageException.Kind.DISK_FULL
        ? new StorageException(
            StorageException.Kind.IO, String.valueOf(failure.getMessage()), cause)
        : failure;
  }

  /** A store that does not open. */
  static StorageException ofOpen(Path directory, RocksDBException cause) {
    Status status = cause.getStatus();
    String detail = detail(cause);
    if (detail.contains("lock hold by current process")
        || detail.contains("While lock file") && detail.contains("temporarily unavailable")) {
      return new StorageException(
          StorageException.Kind.LOCKED,
          "Expected to be alone with "
              + directory
              + ", but another process has it open. Stop that one, or choose another directory.",
          cause);
    }
    if (detail.contains("Read-only file system")) {
      return new StorageException(
          StorageException.Kind.READ_ONLY,
          "Expected to write to "
              + directory
              + ", but its file system is read-only. Mount it writable, or choose another"
              + " directory.",
          cause);
    }
    boolean missingFile =
        status != null
            && (status.getCode() == Status.Code.Corruption
                || status.getCode() == Status.Code.NotFound
                || detail.contains("No such file"));
    if (missingFile) {
      return new StorageException(
          StorageException.Kind.DAMAGED,
          "Expected undamaged data in "
              + directory
              + ", but found: "
              + detail
              + ". Check the device, and restore the directory from a backup.",
          cause);
    }
    return of(directory, "opening the store", cause);
  }

  /** What RocksDB says, without the full stop that some of it ends with. */
  private static String detail(RocksDBException cause) {
    @Nullable String message = cause.getMessage();
    return message == null ? "no detail given" : message.replaceFirst("[.\\s]+$", "");
  }
}
