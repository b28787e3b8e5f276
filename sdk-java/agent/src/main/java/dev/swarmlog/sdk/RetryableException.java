package dev.swarmlog.sdk;

/** An error that another try may not meet: the coordinator is away, restarting, or asks to wait. */
public sealed class RetryableException extends SwarmlogException permits QueueFullException {
  private static final long serialVersionUID = 1L;

  RetryableException(Failure failure) {
    super(failure);
  }
}
