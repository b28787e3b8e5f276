package dev.swarmlog.sdk;

/**
 * A publication was sent, and whether it is in the log is not known: the connection broke before it
 * was answered, and then the publisher was closed, or the coordinator refused it when it came again
 * because a limit, a grant or a term had changed meanwhile. The {@link #reason()} is that of the
 * last refusal.
 *
 * <p>Look in the log. Published again it may be there twice, unless both have the same {@linkplain
 * Publication#withIdempotencyKey idempotency key}: then the coordinator gives the first answer, if
 * there was one.
 */
public final class OutcomeUnknownException extends SwarmlogException {
  private static final long serialVersionUID = 1L;

  OutcomeUnknownException(Failure failure) {
    super(failure);
  }
}
