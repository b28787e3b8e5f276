package dev.swarmlog.cli;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A failure in words a user can act on. Shown without its stack trace, unless {@code --debug} asks
 * for it.
 */
final class CommandFailure extends RuntimeException {

  private static final long serialVersionUID = 1L;

  private final ExitCode exitCode;
  private final @Nullable String reason;
  private final @Nullable String action;
  private final transient Map<String, String> details = new LinkedHashMap<>();

  /** A failure that the command line found by itself. */
  CommandFailure(ExitCode exitCode, String message, @Nullable String action) {
    this(exitCode, message, null, action, null);
  }

  /**
   * A failure with a cause.
   *
   * @param message "Expected …, but …"
   * @param reason machine-readable, such as {@code SWARM_NOT_FOUND}
   * @param action what to do about it
   */
  CommandFailure(
      ExitCode exitCode,
      String message,
      @Nullable String reason,
      @Nullable String action,
      @Nullable Throwable cause) {
    super(message, cause);
    this.exitCode = exitCode;
    this.reason = reason;
    this.action = action;
  }

  ExitCode exitCode() {
    return exitCode;
  }

  @Nullable String reason() {
    return reason;
  }

  @Nullable String action() {
    return action;
  }

  /** Names and values that came with the refusal; may be filled by whoever makes the failure. */
  Map<String, String> details() {
    return details;
  }
}
