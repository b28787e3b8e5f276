package dev.swarmlog.sdk;

/** A publisher's queue is full: the coordinator takes less than is published. Nothing was sent. */
public final class QueueFullException extends RetryableException {
  private static final long serialVersionUID = 1L;

  QueueFullException(Failure failure) {
    super(failure);
  }
}
