package dev.swarmlog.sdk;

import com.google.protobuf.Any;
import com.google.protobuf.Duration;
import com.google.rpc.ErrorInfo;
import com.google.rpc.RetryInfo;
import com.google.rpc.Status;
import dev.swarmlog.v1.ErrorReason;
import dev.swarmlog.v1.ErrorsProto;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import java.util.Map;

/** Error statuses as a coordinator makes them. */
final class Statuses {
  private Statuses() {}

  static Status status(String reason, Map<String, String> metadata, long retryAfterMs) {
    ErrorReason known = ErrorReason.valueOf("ERROR_REASON_" + reason);
    Status.Builder status =
        Status.newBuilder()
            .setCode(
                known
                    .getValueDescriptor()
                    .getOptions()
                    .getExtension(ErrorsProto.reason)
                    .getCodeValue())
            .setMessage("Expected something else, but it is a test.")
            .addDetails(
                Any.pack(
                    ErrorInfo.newBuilder()
                        .setDomain("swarmlog.dev")
                        .setReason(reason)
                        .putAllMetadata(metadata)
                        .build()));
    if (retryAfterMs > 0) {
      status.addDetails(
          Any.pack(
              RetryInfo.newBuilder()
                  .setRetryDelay(
                      Duration.newBuilder()
                          .setSeconds(retryAfterMs / 1_000)
                          .setNanos((int) (retryAfterMs % 1_000) * 1_000_000))
                  .build()));
    }
    return status.build();
  }

  static Status status(String reason) {
    return status(reason, Map.of(), 0);
  }

  static StatusRuntimeException exception(String reason) {
    return StatusProto.toStatusRuntimeException(status(reason));
  }

  /** The failure of that reason, or of that bare gRPC code. */
  static Failure failure(String reasonOrCode, long retryAfterMs) {
    try {
      io.grpc.Status.Code code = io.grpc.Status.Code.valueOf(reasonOrCode);
      return Failure.of(io.grpc.Status.fromCode(code).asRuntimeException(), "coordinator:7400");
    } catch (IllegalArgumentException e) {
      return Failure.of(status(reasonOrCode, Map.of(), retryAfterMs));
    }
  }
}
