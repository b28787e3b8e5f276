package dev.swarmlog.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Any;
import com.google.rpc.Code;
import com.google.rpc.ErrorInfo;
import com.google.rpc.RetryInfo;
import com.google.rpc.Status;
import dev.swarmlog.server.Limits;
import dev.swarmlog.server.Refusal;
import dev.swarmlog.storage.StorageException;
import dev.swarmlog.v1.ErrorReason;
import dev.swarmlog.v1.ErrorsProto;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

final class ErrorStatusTest {

  @ParameterizedTest
  @EnumSource(
      value = ErrorReason.class,
      names = {"ERROR_REASON_UNSPECIFIED", "UNRECOGNIZED"},
      mode = EnumSource.Mode.EXCLUDE)
  void shouldUseCodeThatTheContractAnnotates(ErrorReason reason) throws Exception {
    // when
    Status status = ErrorStatus.of(Refusal.of(reason, "Expected a, but got b"));

    // then
    Code annotated =
        reason.getValueDescriptor().getOptions().getExtension(ErrorsProto.reason).getCode();
    assertThat(annotated).isNotEqualTo(Code.OK);
    assertThat(status.getCode()).isEqualTo(annotated.getNumber());
    assertThat(status.getDetailsCount()).isEqualTo(1);
    ErrorInfo info = status.getDetails(0).unpack(ErrorInfo.class);
    assertThat(info.getDomain()).isEqualTo("swarmlog.dev");
    assertThat("ERROR_REASON_" + info.getReason()).isEqualTo(reason.name());
  }

  @Test
  void shouldCarryMetadataAndTimeToRetry() throws Exception {
    // when
    Status status =
        ErrorStatus.of(
            Refusal.of(
                    ErrorReason.ERROR_REASON_OVERLOADED,
                    "Expected room, but there is none",
                    Map.of("queue", "full"))
                .withRetryAfter(Duration.ofMillis(1_500)));

    // then
    assertThat(status.getMessage()).isEqualTo("Expected room, but there is none");
    assertThat(status.getDetails(0).unpack(ErrorInfo.class).getMetadataMap())
        .containsExactly(Map.entry("queue", "full"));
    com.google.protobuf.Duration delay =
        status.getDetails(1).unpack(RetryInfo.class).getRetryDelay();
    assertThat(delay.getSeconds()).isEqualTo(1);
    assertThat(delay.getNanos()).isEqualTo(500_000_000);
  }

  @ParameterizedTest
  @ValueSource(strings = {"a", "é", "€", "𝄞", "\u0000"})
  void shouldStayWithinItsBoundWhateverIsPutIn(String character) {
    // given
    String long_ = character.repeat(10_000);
    Map<String, String> metadata = new HashMap<>();
    for (int i = 0; i < 50; i++) {
      metadata.put("key_" + i, long_);
    }

    // when
    Status status =
        ErrorStatus.of(
            Refusal.of(ErrorReason.ERROR_REASON_INTERNAL, long_, metadata)
                .withRetryAfter(Duration.ofDays(1))
                .withQuota(new Refusal.Quota(long_, long_)));

    // then
    assertThat(status.getSerializedSize()).isLessThanOrEqualTo(Limits.defaults().maxErrorBytes());
    assertThat(status.getMessage()).startsWith(character).endsWith("…").doesNotContain("\uFFFD");
  }

  @Test
  void shouldTellNothingOfUnexpectedFailureButItsIncident() throws Exception {
    // when
    StatusRuntimeException thrown =
        ErrorStatus.exception(new IllegalStateException("password=secret"), "a test");

    // then
    assertThat(thrown.getStatus().getCode()).isEqualTo(io.grpc.Status.Code.INTERNAL);
    assertThat(thrown.getStatus().getCause()).isNull();
    assertThat(thrown.toString()).doesNotContain("secret").doesNotContain("IllegalState");
    ErrorInfo info = info(io.grpc.protobuf.StatusProto.fromThrowable(thrown));
    assertThat(info.getReason()).isEqualTo("INTERNAL");
    assertThat(info.getMetadataMap().get(ErrorStatus.INCIDENT)).matches("[0-9a-f]{12}");
  }

  @Test
  void shouldSayThatTheDiskIsFull() throws Exception {
    // when
    Status status =
        ErrorStatus.of(
            new CompletionException(
                new StorageException(StorageException.Kind.DISK_FULL, "no space on /dev/x")),
            "a test");

    // then
    assertThat(info(status).getReason()).isEqualTo("DISK_FULL");
    assertThat(status.getCode()).isEqualTo(Code.RESOURCE_EXHAUSTED_VALUE);
  }

  @Test
  void shouldLeaveRefusalsThatWereThrownAsTheyAre() {
    // given
    StatusRuntimeException refused =
        ErrorStatus.exception(Refusal.of(ErrorReason.ERROR_REASON_SWARM_NOT_FOUND, "none"));

    // then
    assertThat(ErrorStatus.exception(new CompletionException(refused), "a test")).isSameAs(refused);
  }

  @Test
  void shouldSayAllOfARefusalWithoutPayingForAStackTrace() {
    // given
    Refusal refusal =
        Refusal.of(ErrorReason.ERROR_REASON_BREAKER_OPEN, "not now", Map.of("agent", "a"))
            .withRetryAfter(Duration.ofMillis(1_500));

    // when
    StatusRuntimeException exception = ErrorStatus.exception(refusal);

    // then
    assertThat(StatusProto.fromThrowable(exception)).isEqualTo(ErrorStatus.of(refusal));
    assertThat(exception.getStatus().getDescription()).isEqualTo("not now");
    assertThat(exception.getStackTrace()).isEmpty();
  }

  private static ErrorInfo info(Status status) throws Exception {
    Any detail = status.getDetails(0);
    return detail.unpack(ErrorInfo.class);
  }
}
