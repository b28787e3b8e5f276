package dev.swarmlog.server;

import dev.swarmlog.storage.BelowHorizonException;
import dev.swarmlog.v1.ErrorReason;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An expected "no": a value that travels back along the path and becomes a status at its edge.
 *
 * @param reason decides the gRPC code and what a client does by itself
 * @param message for a person: "Expected …, but …"
 * @param metadata for the client's code, such as {@code expected_number}; keys in lower_snake_case
 * @param retryAfter earliest time to try again, where the coordinator knows it
 * @param quota the limit that was used up, if it was one
 */
public record Refusal(
    ErrorReason reason,
    String message,
    Map<String, String> metadata,
    @Nullable Duration retryAfter,
    @Nullable Quota quota) {

  /**
   * A limit that is used up.
   *
   * @param subject whose and which, such as {@code swarm:fleet/operations}
   * @param description what it allows
   */
  public record Quota(String subject, String description) {}

  public Refusal {
    metadata = Map.copyOf(metadata);
  }

  /** A refusal with nothing but a reason and a message. */
  public static Refusal of(ErrorReason reason, String message) {
    return new Refusal(reason, message, Map.of(), null, null);
  }

  /** A refusal with metadata for the client's code. */
  public static Refusal of(ErrorReason reason, String message, Map<String, String> metadata) {
    return new Refusal(reason, message, metadata, null, null);
  }

  /** The refusal of what a log no longer knows. */
  public static Refusal of(BelowHorizonException failure) {
    return of(
        ErrorReason.ERROR_REASON_BELOW_HORIZON,
        String.valueOf(failure.getMessage()),
        Map.of("horizon_op_id", Long.toString(failure.horizonOpId())));
  }

  /**
   * What a session is told. One that the horizon has passed while it was being planned, read or
   * compared comes again, and is given what is left: only how it resumes then decides whether it is
   * refused for good.
   */
  public Refusal forSession() {
    return reason == ErrorReason.ERROR_REASON_BELOW_HORIZON
        ? of(
            ErrorReason.ERROR_REASON_SESSION_NOT_FOUND,
            "Expected to go on, but the log was compacted meanwhile, and the session has ended:"
                + " connect again. "
                + message,
            metadata)
        : this;
  }

  /** The same refusal, not to be retried before {@code retryAfter} has passed. */
  public Refusal withRetryAfter(Duration retryAfter) {
    return new Refusal(reason, message, metadata, retryAfter, quota);
  }

  /** The same refusal, naming the limit that was used up. */
  public Refusal withQuota(Quota quota) {
    return new Refusal(reason, message, metadata, retryAfter, quota);
  }
}
