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

  /**
   * Says why on standard error and in the log, and halts without running shutdown hooks: they would
   * go on writing.
   *
   * @param exitCode such as {@link #STORAGE_FAILED_EXIT_CODE}
   * @param message for a person: what happened, and what to do
   */
  void terminate(int exitCode, String message, @Nullable Throwable cause);

  /**
   * Ends the process because the device refused to store something; what was not acknowledged may
   * be lost.
   */
  default void storageFailed(StorageException e) {
    terminate(
        STORAGE_FAILED_EXIT_CODE,
        e.getMessage()
            + " The coordinator stops here, for it can promise nothing more; what it acknowledged is"
            + " stored. Mend the device and start it again.",
        e);
  }
}
