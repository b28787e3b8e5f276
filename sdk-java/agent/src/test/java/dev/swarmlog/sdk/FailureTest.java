package dev.swarmlog.sdk;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Any;
import com.google.rpc.RetryInfo;
import dev.swarmlog.v1.ErrorReason;
import dev.swarmlog.v1.ErrorsProto;
import dev.swarmlog.v1.Retry;
import io.grpc.Status;
import io.grpc.protobuf.StatusProto;
import java.io.IOException;
import java.net.ConnectException;
import java.net.UnknownHostException;
import java.nio.channels.ClosedChannelException;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class FailureTest {
  private static final String TARGET = "db:7400";

  @ParameterizedTest
  @EnumSource(
      mode = EnumSource.Mode.EXCLUDE,
      names = {"ERROR_REASON_UNSPECIFIED", "UNRECOGNIZED"})
  void shouldBeWhatTheContractSaysOfTheReason(ErrorReason reason) {
    // given
    String name = reason.name().substring("ERROR_REASON_".length());
    // when
    SwarmlogException read =
        Failure.of(StatusProto.toStatusRuntimeException(Statuses.status(name)), TARGET)
            .toException();
    // then
    var detail = reason.getValueDescriptor().getOptions().getExtension(ErrorsProto.reason);
    assertThat(read.reason()).isEqualTo(reason);
    assertThat(read.action()).isEqualTo(detail.getAction());
    assertThat(read.code().value()).isEqualTo(detail.getCodeValue());
    assertThat(read)
        .isInstanceOf(
            detail.getRetry() == Retry.RETRY_BACKOFF
                ? RetryableException.class
                : TerminalException.class);
    assertThat(read).hasMessageContaining(name).hasMessageContaining(detail.getAction());
  }

  @Test
  void shouldReadMetadataAndTheTimeToWait() {
    // when
    SwarmlogException read =
        Failure.of(Statuses.status("RATE_LIMITED", Map.of("scope", "agent"), 1_500)).toException();
    // then
    assertThat(read.metadata()).containsEntry("scope", "agent");
    assertThat(read.retryAfter()).contains(Duration.ofMillis(1_500));
  }

  @ParameterizedTest
  @CsvSource({
    "9223372036854775807, 999999999, P1D",
    "86400, 0, P1D",
    "0, 1, PT0.000000001S",
    "0, 0,",
    "-9223372036854775808, -1,",
    "-1, 0,"
  })
  void shouldWaitForADayAtMostAndNeverForLessThanNothing(
      long seconds, int nanos, Duration expected) {
    // when
    Failure read =
        Failure.of(
            Statuses.status("RATE_LIMITED").toBuilder()
                .addDetails(
                    Any.pack(
                        RetryInfo.newBuilder()
                            .setRetryDelay(
                                com.google.protobuf.Duration.newBuilder()
                                    .setSeconds(seconds)
                                    .setNanos(nanos))
                            .build()))
                .build());
    // then
    assertThat(read.retryAfter()).isEqualTo(expected);
    assertThat(read.waitTold()).isEqualTo(expected);
  }

  @Test
  void shouldJudgeByTheCodeWhereThereIsNoReason() {
    assertThat(Failure.of(Status.UNAVAILABLE.asRuntimeException(), TARGET).retryable()).isTrue();
    assertThat(Failure.of(Status.INTERNAL.asRuntimeException(), TARGET).retryable()).isTrue();
    assertThat(Failure.of(Status.UNIMPLEMENTED.asRuntimeException(), TARGET).retryable()).isFalse();
    assertThat(Failure.of(Status.UNAUTHENTICATED.asRuntimeException(), TARGET).retryable())
        .isFalse();
    assertThat(
            Failure.of(Status.UNAVAILABLE.withDescription("no route").asRuntimeException(), TARGET))
        .extracting(Failure::describe)
        .isEqualTo("UNAVAILABLE: Expected to reach the coordinator at db:7400, but got: no route");
  }

  @Test
  void shouldSayWhereTheCoordinatorWasLookedForAndWhatIsWrong() {
    // given
    Throwable refused = new ConnectException("Connection refused");
    Throwable annotated = new IOException("Connection refused: db/10.0.0.1:7400", refused);
    Throwable unknown = new UnknownHostException("db");
    // when, then
    assertThat(messageOf(Status.UNAVAILABLE.withDescription("io exception").withCause(annotated)))
        .isEqualTo("Expected to reach the coordinator at db:7400, but got: Connection refused");
    assertThat(messageOf(Status.UNAVAILABLE.withDescription("No such host").withCause(unknown)))
        .isEqualTo(
            "Expected to reach the coordinator at db:7400, but got: No such host: UnknownHostException: db");
    assertThat(messageOf(Status.UNAVAILABLE.withCause(new ClosedChannelException())))
        .isEqualTo("Expected to reach the coordinator at db:7400, but got: ClosedChannelException");
    assertThat(messageOf(Status.INTERNAL)).isEqualTo("the call ended without a message");
  }

  private static String messageOf(Status status) {
    return Failure.of(status.asRuntimeException(), TARGET).message();
  }

  @Test
  void shouldJudgeByTheCodeWhereTheReasonIsUnknown() {
    // given
    com.google.rpc.Status status =
        com.google.rpc.Status.newBuilder()
            .setCode(Status.Code.UNAVAILABLE.value())
            .setMessage("Expected less")
            .addDetails(
                Any.pack(
                    com.google.rpc.ErrorInfo.newBuilder()
                        .setDomain("swarmlog.dev")
                        .setReason("FROM_THE_FUTURE")
                        .build()))
            .build();
    // when, then
    assertThat(Failure.of(status).retryable()).isTrue();
    assertThat(Failure.of(status).reason()).isEqualTo(ErrorReason.ERROR_REASON_UNSPECIFIED);
  }
}
