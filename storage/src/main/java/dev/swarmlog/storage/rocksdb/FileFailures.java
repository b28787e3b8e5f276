package dev.swarmlog.storage.rocksdb;

import dev.swarmlog.storage.StorageException;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Path;

/** Turns failures of our own files into what a person can act on. */
final class FileFailures {

  private FileFailures() {}

  static StorageException of(Path file, String doing, IOException cause) {
    String detail = cause.getMessage() == null ? cause.toString() : cause.getMessage();
    if (detail.contains("No space left") || detail.contains("Disk quota exceeded")) {
      return new StorageException(
          StorageException.Kind.DISK_FULL,
          "Expected free space for "
              + doing
              + " "
              + file
              + ", but the device is full. Free some space and start again.",
          cause);
    }
    if (detail.contains("Read-only file system")) {
      return new StorageException(
          StorageException.Kind.READ_ONLY,
          "Expected to be able to write "
              + file
              + ", but its file system is read-only. Mount it writable, or choose another"
              + " directory.",
          cause);
    }
    if (detail.contains("cross-device") || detail.contains("Device or resource busy")) {
      return new StorageException(
          StorageException.Kind.IO,
          "Expected "
              + file
              + " to lie on the file system of its data directory for "
              + doing
              + " it, but it is on another one, or a mount point. Stop everything, and move it into the"
              + " directory itself.",
          cause);
    }
    if (cause instanceof AccessDeniedException) {
      return new StorageException(
          StorageException.Kind.READ_ONLY,
          "Expected to be able to write "
              + file
              + ", but permission is denied. Grant it to the user the process runs as, or choose"
              + " another directory.",
          cause);
    }
    return new StorageException(
        StorageException.Kind.IO,
        "Expected "
            + doing
            + " "
            + file
            + " to succeed, but it failed: "
            + detail
            + ". Check the device.",
        cause);
  }
}
