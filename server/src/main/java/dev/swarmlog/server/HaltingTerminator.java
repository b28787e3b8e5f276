package dev.swarmlog.server;

import dev.swarmlog.storage.StorageException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Ends this process at once. */
final class HaltingTerminator implements ProcessTerminator {

  private static final Logger LOG = LoggerFactory.getLogger(HaltingTerminator.class);

  @Override
  public void terminate(int exitCode, String message, @Nullable Throwable cause) {
    try {
      // What a device refused, the message says; where in the code a mistake is, only its trace
      // does.
      if (cause instanceof StorageException) {
        LOG.debug("{}", message, cause);
      } else {
        LOG.error("{}", message, cause);
      }
      System.err.println("swarmlog: " + message);
      System.err.flush();
    } finally {
      Runtime.getRuntime().halt(exitCode);
    }
  }
}
