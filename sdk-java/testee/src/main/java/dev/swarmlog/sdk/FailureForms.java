package dev.swarmlog.sdk;

import dev.swarmlog.v1.ErrorReason;

/** Errors as the suite is told them. */
final class FailureForms {
  private static final String PREFIX = "ERROR_REASON_";

  private FailureForms() {}

  static dev.swarmlog.conformance.v1.Failure of(SwarmlogException thrown) {
    Failure failure = thrown.failure();
    return dev.swarmlog.conformance.v1.Failure.newBuilder()
        .setReason(name(failure.reason()))
        .setCode(failure.code().value())
        .setMessage(failure.message())
        .setAction(failure.action())
        .setRetryable(failure.retryable())
        .build();
  }

  /** What has no status: the SDK refused it before it came to that. */
  static dev.swarmlog.conformance.v1.Failure of(IllegalArgumentException refused) {
    return dev.swarmlog.conformance.v1.Failure.newBuilder()
        .setCode(io.grpc.Status.Code.INVALID_ARGUMENT.value())
        .setMessage(String.valueOf(refused.getMessage()))
        .build();
  }

  /** Without its prefix; empty if there is none. */
  static String name(ErrorReason reason) {
    return reason == ErrorReason.ERROR_REASON_UNSPECIFIED
        ? ""
        : reason.name().substring(PREFIX.length());
  }
}
