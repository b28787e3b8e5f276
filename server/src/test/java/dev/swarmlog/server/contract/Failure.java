package dev.swarmlog.server.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.rpc.ErrorInfo;
import com.google.rpc.RetryInfo;
import com.google.rpc.Status;
import dev.swarmlog.v1.ErrorReason;
import dev.swarmlog.v1.ErrorsProto;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;

/** A refusal as a client sees it. Its form is checked on the way in. */
record Failure(ErrorReason reason, String message, Map<String, String> metadata, boolean retry) {

  /** Reads a status and checks what every refusal of the coordinator must be like. */
  static Failure of(Status status) {
    assertThat(status).as("a status with details").isNotNull();
    assertThat(status.getSerializedSize()).isLessThanOrEqualTo(4096);
    List<ErrorInfo> infos = new ArrayList<>();
    boolean retry = false;
    try {
      for (Any detail : status.getDetailsList()) {
        if (detail.is(ErrorInfo.class)) {
          infos.add(detail.unpack(ErrorInfo.class));
        }
        retry |= detail.is(RetryInfo.class);
      }
    } catch (InvalidProtocolBufferException e) {
      throw new AssertionError(e);
    }
    assertThat(infos).as("%s", status).hasSize(1);
    ErrorInfo info = infos.get(0);
    assertThat(info.getDomain()).isEqualTo("swarmlog.dev");
    ErrorReason reason = ErrorReason.valueOf("ERROR_REASON_" + info.getReason());
    assertThat(status.getCode())
        .as("code of %s", reason)
        .isEqualTo(
            reason
                .getValueDescriptor()
                .getOptions()
                .getExtension(ErrorsProto.reason)
                .getCode()
                .getNumber());
    return new Failure(reason, status.getMessage(), info.getMetadataMap(), retry);
  }

  /** What a blocking call is refused with. */
  static Failure of(ThrowingCallable call) {
    StatusRuntimeException thrown = catchThrowableOfType(StatusRuntimeException.class, call);
    assertThat(thrown).as("a refusal").isNotNull();
    return of(StatusProto.fromThrowable(thrown));
  }

  /** Checks reason, and that the message says what was expected and what came instead. */
  Failure is(ErrorReason expected, String... parts) {
    assertThat(reason).as(message).isEqualTo(expected);
    assertThat(message).startsWith("Expected ").contains(", but ");
    for (String part : parts) {
      assertThat(message).contains(part);
    }
    return this;
  }

  /** Checks one whose message is a statement: nothing the client did is wrong. */
  Failure says(ErrorReason expected, String wholeMessage) {
    assertThat(reason).as(message).isEqualTo(expected);
    assertThat(message).isEqualTo(wholeMessage);
    return this;
  }
}
