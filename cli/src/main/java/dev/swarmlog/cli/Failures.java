package dev.swarmlog.cli;

import dev.swarmlog.storage.StorageException;

/**
 * The one table from what can be thrown to what the user is told and which exit code the process
 * ends with.
 */
final class Failures {

  private Failures() {}

  /** The failure behind an exception, in words for a user. */
  static CommandFailure explain(Throwable thrown) {
    if (thrown instanceof CommandFailure failure) {
      return failure;
    }
    if (thrown instanceof StorageException storage) {
      return new CommandFailure(
          exitCode(storage.kind()), message(storage), storage.kind().name(), null, storage);
    }
    return new CommandFailure(
        ExitCode.FAILURE,
        "Expected the command to succeed, but "
            + thrown.getClass().getSimpleName()
            + ": "
            + message(thrown),
        null,
        "Run it again with --debug to see where, and report it if it is not yours to mend.",
        thrown);
  }

  private static ExitCode exitCode(StorageException.Kind kind) {
    return switch (kind) {
      case LOCKED -> ExitCode.DATA_LOCKED;
      case READ_ONLY -> ExitCode.DATA_READ_ONLY;
      case FOREIGN -> ExitCode.DATA_FOREIGN;
      case NEWER_FORMAT -> ExitCode.DATA_NEWER;
      case DAMAGED -> ExitCode.DATA_DAMAGED;
      case DISK_FULL -> ExitCode.DISK_FULL;
      case IO -> ExitCode.FAILURE;
    };
  }

  private static String message(Throwable thrown) {
    String message = thrown.getMessage();
    return message == null || message.isBlank() ? "no further details" : message;
  }
}
