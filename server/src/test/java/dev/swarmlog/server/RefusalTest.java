package dev.swarmlog.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swarmlog.storage.BelowHorizonException;
import dev.swarmlog.v1.ErrorReason;
import dev.swarmlog.v1.ErrorsProto;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.Retry;
import org.junit.jupiter.api.Test;

class RefusalTest {

  @Test
  void shouldHaveASessionComeAgainThatTheHorizonHasPassed() {
    // given: its log was compacted while it was reading
    Refusal passed = Refusal.of(new BelowHorizonException("fleet", Log.LOG_MAIN, 7, 9));
    assertThat(retry(passed)).isEqualTo(Retry.RETRY_NEVER);

    // when
    Refusal told = passed.forSession();

    // then
    assertThat(retry(told)).isEqualTo(Retry.RETRY_BACKOFF);
    assertThat(told.message()).contains("connect again").contains(passed.message());
    assertThat(told.metadata()).containsEntry("horizon_op_id", "9");
  }

  @Test
  void shouldTellASessionEverythingElseAsItIs() {
    Refusal refusal = Refusal.of(ErrorReason.ERROR_REASON_INTERNAL, "Expected to read.");

    assertThat(refusal.forSession()).isSameAs(refusal);
  }

  private static Retry retry(Refusal refusal) {
    return refusal
        .reason()
        .getValueDescriptor()
        .getOptions()
        .getExtension(ErrorsProto.reason)
        .getRetry();
  }
}
