package dev.swarmlog.sdk;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import dev.swarmlog.v1.BackoffConduct;
import dev.swarmlog.v1.HandlerConduct;
import dev.swarmlog.v1.PublisherConduct;
import dev.swarmlog.v1.SessionConduct;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** That the numbers of the contract go together, whatever they are. */
class ContractConductTest {

  @Test
  void shouldHaveEveryNumber() {
    assertThat(unset(ContractConduct.ALL)).isZero();
    assertThat(unset(ContractConduct.BACKOFF)).isZero();
    assertThat(unset(ContractConduct.SESSION)).isZero();
    assertThat(unset(ContractConduct.HANDLER)).isZero();
    assertThat(unset(ContractConduct.PUBLISHER)).isZero();
  }

  @Test
  void shouldOfferAProtocolRange() {
    assertThat(ContractConduct.ALL.getProtocolMin())
        .isLessThanOrEqualTo(ContractConduct.ALL.getProtocolMax());
  }

  @Test
  void shouldBackOffFromAShortTimeToALongOne() {
    BackoffConduct backoff = ContractConduct.BACKOFF;

    assertThat(backoff.getFirstCeilingMs() << backoff.getAttemptAfterLoss())
        .isGreaterThan(backoff.getFirstCeilingMs())
        .isLessThan(backoff.getLastCeilingMs());
    assertThat(backoff.getLeastToldJitterMs()).isLessThan(backoff.getLastCeilingMs());
    assertThat(backoff.getLongestToldMs()).isGreaterThan(backoff.getLastCeilingMs());
  }

  @Test
  void shouldWaitLongerForAWelcomeThanItIsHeldBack() {
    // given: one who goes on asking is answered late
    SessionConduct session = ContractConduct.SESSION;

    // then
    assertThat(session.getHandshakeTimeoutMs()).isGreaterThan(session.getHeartbeatIntervalMs());
    assertThat(session.getMinDigestParts()).isBetween(2, session.getMaxDigestParts());
    assertThat(session.getFlushDelayMs()).isLessThan(session.getHeartbeatIntervalMs());
  }

  @Test
  void shouldGiveHandlersLessThanTheyCouldSave() {
    HandlerConduct handler = ContractConduct.HANDLER;

    assertThat(handler.getFirstRetries()).isLessThanOrEqualTo(handler.getMostRetries());
    assertThat(handler.getBreakerLeast()).isLessThanOrEqualTo(handler.getBreakerWindow());
    assertThat(handler.getBreakerFailedPercent()).isLessThanOrEqualTo(100);
    assertThat(handler.getBreakerFirstWaitMs()).isLessThanOrEqualTo(handler.getBreakerLastWaitMs());
    assertThat(HandlerFailurePolicy.FIRST_RETRY).isLessThan(HandlerFailurePolicy.LAST_RETRY);
    assertThat(handler.getLastRetryMs()).isLessThanOrEqualTo(handler.getLongestRetryMs());
  }

  @Test
  void shouldHaveRoomForWhatPublishersSend() {
    PublisherConduct publisher = ContractConduct.PUBLISHER;

    assertThat(publisher.getFirstRetries()).isLessThanOrEqualTo(publisher.getMostRetries());
    assertThat(publisher.getMaxInFlightGroups())
        .isLessThanOrEqualTo(publisher.getMaxQueuedGroups());
    assertThat(publisher.getMaxTelemetryBatchBytes())
        .isLessThan(ContractConduct.SESSION.getMaxMessageBytes());
  }

  @Test
  void shouldReadTimesWithoutSign() {
    assertThat(ContractConduct.duration(-1)).isEqualTo(Duration.ofMillis(0xffff_ffffL));
    assertThat(ContractConduct.nanos(3)).isEqualTo(3_000_000);
  }

  private static long unset(Message of) {
    return of.getDescriptorForType().getFields().stream()
        .filter((FieldDescriptor field) -> !of.getAllFields().containsKey(field))
        .count();
  }
}
