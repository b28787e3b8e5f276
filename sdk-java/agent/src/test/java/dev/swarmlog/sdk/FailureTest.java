package dev.swarmlog.sdk;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swarmlog.v1.ErrorReason;
import dev.swarmlog.v1.ErrorsProto;
import dev.swarmlog.v1.Retry;
import io.grpc.Status;
import io.grpc.protobuf.StatusProto;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class FailureTest {
  @ParameterizedTest
  @EnumSource(
      mode = EnumSource.Mode.EXCLUDE,
      names = {"ERROR_REASON_UNSPECIFIED", "UNRECOGNIZED"})
  void shouldBeWhatTheContractSaysOfTheReason(ErrorReason reason) {
    // given
    String name = reason.name().substring("ERROR_REASON_".length());
    // when
    SwarmlogException read =
        Failure.of(StatusProto.toStatusRuntimeException(Statuses.status(name))).toException();
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

  @Test
  void shouldJudgeByTheCodeWhereThereIsNoReason() {
    assertThat(Failure.of(Status.UNAVAILABLE.asRuntimeException()).retryable()).isTrue();
    assertThat(Failure.of(Status.INTERNAL.asRuntimeException()).retryable()).isTrue();
    assertThat(Failure.of(Status.UNIMPLEMENTED.asRuntimeException()).retryable()).isFalse();
    assertThat(Failure.of(Status.UNAUTHENTICATED.asRuntimeException()).retryable()).isFalse();
    assertThat(Failure.of(Status.UNAVAILABLE.withDescription("no route").asRuntimeException()))
        .extracting(Failure::describe)
        .isEqualTo("UNAVAILABLE: no route");
  }

  @Test
  void shouldJudgeByTheCodeWhereTheReasonIsUnknown() {
    // given
    com.google.rpc.Status status =
        com.google.rpc.Status.newBuilder()
            .setCode(Status.Code.UNAVAILABLE.value())
            .setMessage("Expected less")
            .addDetails(
                com.google.protobuf.Any.pack(
                    com.google.rpc.ErrorInfo.newBuilder().setReason("FROM_THE_FUTURE").build()))
            .build();
    // when, then
    assertThat(Failure.of(status).retryable()).isTrue();
    assertThat(Failure.of(status).reason()).isEqualTo(ErrorReason.ERROR_REASON_UNSPECIFIED);
  }
}
