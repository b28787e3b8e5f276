package dev.swarmlog.sdk;

import dev.swarmlog.v1.ErrorReason;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/**
 * An answer of the coordinator, or of the way to it, that is not the one asked for. Either
 * {@linkplain RetryableException worth another try} or {@linkplain TerminalException not}; or it
 * came too late to tell {@linkplain OutcomeUnknownException what became of a publication}.
 */
public abstract sealed class SwarmlogException extends RuntimeException
    permits RetryableException, TerminalException, OutcomeUnknownException {
  private static final long serialVersionUID = 1L;

  private final transient Failure failure;

  SwarmlogException(Failure failure) {
    super(failure.describe(), failure.cause());
    this.failure = failure;
  }

  /**
   * The coordinator's reason; {@code ERROR_REASON_UNSPECIFIED} if the error is not the
   * coordinator's.
   */
  public ErrorReason reason() {
    return failure.reason();
  }

  /** What a person can do about it, as the contract states it for the reason. */
  public String action() {
    return failure.action();
  }

  /** The gRPC status code it came with. */
  public io.grpc.Status.Code code() {
    return failure.code();
  }

  /** What the coordinator adds, such as the number it expected. */
  public Map<String, String> metadata() {
    return failure.metadata();
  }

  /** The least time to wait before another try, if the coordinator asked for one. */
  public Optional<Duration> retryAfter() {
    return Optional.ofNullable(failure.retryAfter());
  }

  Failure failure() {
    return failure;
  }
}
