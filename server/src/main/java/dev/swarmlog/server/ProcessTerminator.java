package dev.swarmlog.server;

import dev.swarmlog.storage.StorageException;
import org.jspecify.annotations.Nullable;

/**
 * Ends the process when going on could break a promise, such as after a failed flush to the device.
 *
 * <p>May be called from any thread. The coordinator's own does not return; one of a test may.
 */
public interface ProcessTerminator {

  /** Exit code after the device refused to store something. */
  int STORAGE_FAILED_EXIT_CODE = 17;

  /** Exit code after the store was found to be damaged where it had to be read to go on. */
  int STORAGE_DAMAGED_EXIT_CODE = 13;

  /**
   * Says why on standard error and in the log, and halts without running shutdown hooks: they would
   * go on writing.
   *
   * @param exitCode such as {@link #STORAGE_FAILED_EXIT_CODE}
   * @param message for a person: what happened, and what to do
   */
  void terminate(int exitCode, String message, @Nullable Throwable cause);

  /**
   * Ends the process because the device refused to store something, or because the store is damaged
   * and takes no more; what was not acknowledged may be lost.
   */
  default void storageFailed(StorageException e) {
    if (e.kind() == StorageException.Kind.DAMAGED) {
      terminate(
          STORAGE_DAMAGED_EXIT_CODE,
          e.getMessage()
              + " The coordinator stops here, for the store takes no more. `swarmlog verify DIR` says what is"
              + " damaged, `swarmlog repair DIR` goes on without it.",
          e);
      return;
    }
    terminate(
        STORAGE_FAILED_EXIT_CODE,
        e.getMessage()
            + " The coordinator stops here, for it can promise nothing more; what it acknowledged is"
            + " stored. Mend the device and start it again.",
        e);
  }
}
