package dev.swarmlog.cli;

import dev.swarmlog.v1.RateLimit;
import org.jspecify.annotations.Nullable;

/** What flags change of a rate limit; null for what stays. */
record RateLimitChange(
    @Nullable RateText operations,
    @Nullable RateText operationsBurst,
    @Nullable RateText bytes,
    @Nullable RateText bytesBurst) {

  boolean isEmpty() {
    return operations == null && operationsBurst == null && bytes == null && bytesBurst == null;
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
