package dev.swarmlog.conformance.coordinator;

import com.google.protobuf.Any;
import com.google.protobuf.Duration;
import com.google.rpc.ErrorInfo;
import com.google.rpc.RetryInfo;
import com.google.rpc.Status;
import dev.swarmlog.v1.ConductProto;
import dev.swarmlog.v1.ErrorReason;
import dev.swarmlog.v1.ErrorsProto;
import dev.swarmlog.v1.ReasonDetail;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import java.util.Map;

/** Errors as a coordinator sends them. */
public final class Statuses {
  private static final String PREFIX = "ERROR_REASON_";
  private static final String DOMAIN =
      ConductProto.getDescriptor().getOptions().getExtension(ConductProto.conduct).getErrorDomain();

  private Statuses() {}

  /**
   * The end of a stream.
   *
   * @param reason without its prefix
   * @param retryAfterMs 0 for none
   */
  public static StatusRuntimeException of(
      String reason, int retryAfterMs, Map<String, String> metadata) {
    return StatusProto.toStatusRuntimeException(status(reason, retryAfterMs, metadata));
  }

  /** The same, for a frame. */
  public static Status status(String reason, int retryAfterMs, Map<String, String> metadata) {
    ReasonDetail detail =
        ErrorReason.valueOf(PREFIX + reason)
            .getValueDescriptor()
            .getOptions()
            .getExtension(ErrorsProto.reason);
    Status.Builder status =
        Status.newBuilder()
            .setCode(detail.getCode().getNumber())
            .setMessage("Expected no %s, but the case says so.".formatted(reason))
            .addDetails(
                Any.pack(
                    ErrorInfo.newBuilder()
                        .setDomain(DOMAIN)
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
                          .setNanos(retryAfterMs % 1_000 * 1_000_000))
                  .build()));
    }
    return status.build();
  }
}
