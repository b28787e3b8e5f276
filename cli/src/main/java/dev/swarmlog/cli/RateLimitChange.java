package dev.swarmlog.cli;

import dev.swarmlog.v1.RateLimit;
import org.jspecify.annotations.Nullable;

/** What flags change of a rate limit; null for what stays. */
record RateLimitChange(
    @Nullable RateText operations,
    @Nullable RateText operationsBurst,
    @Nullable RateText bytes,
    @Nullable RateText bytesBurst) {

  private static final long BURSTS_PER_SECOND = 10;

  boolean isEmpty() {
    return operations == null && operationsBurst == null && bytes == null && bytesBurst == null;
  }

  /**
   * Says which flag is missing, or too small: a burst means nothing without its rate.
   *
   * @param limit what {@link #of} made
   * @param flags how the flags begin, such as "--agent"
   * @return null if all is well
   */
  static @Nullable String mistake(RateLimit limit, String flags) {
    if (limit.hasOperationsBurst() && !limit.hasOperationsPerSecond()) {
      return beside(flags + "-rate 100/s", flags + "-burst");
    }
    if (limit.hasBytesBurst() && !limit.hasBytesPerSecond()) {
      return beside(flags + "-bytes 1MiB/s", flags + "-bytes-burst");
    }
    String operations =
        limit.hasOperationsBurst()
            ? tooSmall(limit.getOperationsPerSecond(), limit.getOperationsBurst(), flags + "-burst")
            : null;
    return operations != null || !limit.hasBytesBurst()
        ? operations
        : tooSmall(limit.getBytesPerSecond(), limit.getBytesBurst(), flags + "-bytes-burst");
  }

  /** As the coordinator has it, which says so of fields and not of flags. */
  private static @Nullable String tooSmall(long perSecond, long burst, String flag) {
    long smallest = (perSecond + BURSTS_PER_SECOND - 1) / BURSTS_PER_SECOND;
    return burst >= smallest
        ? null
        : "Expected %s to be at least a tenth of a second's worth, %d for %d/s, but got %d."
            .formatted(flag, smallest, perSecond, burst);
  }

  private static String beside(String rate, String burst) {
    return "Expected a rate, such as %s, beside %s, but there is none, nor is one in force."
        .formatted(rate, burst);
  }

  /** The limit, changed. A burst goes with its rate: with another rate it is the default again. */
  RateLimit of(RateLimit limit) {
    RateLimit.Builder changed = limit.toBuilder();
    if (operations != null) {
      changed.clearOperationsPerSecond().clearOperationsBurst();
      operations.amount().ifPresent(changed::setOperationsPerSecond);
    }
    if (operationsBurst != null) {
      changed.clearOperationsBurst();
      operationsBurst.amount().ifPresent(changed::setOperationsBurst);
    }
    if (bytes != null) {
      changed.clearBytesPerSecond().clearBytesBurst();
      bytes.amount().ifPresent(changed::setBytesPerSecond);
    }
    if (bytesBurst != null) {
      changed.clearBytesBurst();
      bytesBurst.amount().ifPresent(changed::setBytesBurst);
    }
    return changed.build();
  }
}
