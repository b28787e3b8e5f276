package dev.swarmlog.sdk;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.rpc.Status;
import dev.swarmlog.v1.ErrorReason;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.Position;
import dev.swarmlog.v1.ProducerHello;
import dev.swarmlog.v1.ProducerWelcome;
import dev.swarmlog.v1.PublishAck;
import dev.swarmlog.v1.PublishGroup;
import dev.swarmlog.v1.PublishRefusal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What a publisher does that is refused again and again, where chance would have it hurry. */
class ProducerRetryTest implements ProducerSession.Output<String> {
  private final RandomGenerator hasty = () -> 0;
  private final List<Long> delaysNs = new ArrayList<>();
  private final ProducerSession<String> session =
      new ProducerSession<>("s", "p", "id", Log.LOG_MAIN, 8, this, new Backoff(hasty));
  private static final int RETRIES_AT_FIRST = 10;
  private static final int APPENDED_PER_RETRY = 10;

  // Null where the wait was over.
  private final List<@Nullable ErrorReason> waitsFor = new ArrayList<>();
  private long number;
  private PublisherState.@Nullable Breaker breaker;

  @Test
  void shouldWaitForLongBeyondItsBudget() {
    // given
    connected();
    // when every second attempt is refused
    for (int i = 0; i <= RETRIES_AT_FIRST; i++) {
      refuse();
      append();
    }
    // then
    assertThat(delaysNs).isEmpty();
    // when
    refuse();
    // then
    assertThat(session.state()).isEqualTo(ProducerSession.State.PAUSED);
    assertThat(delaysNs).containsExactly(Backoff.MAX_CEILING_NS / 2);
    // when what is sent then is appended, with enough others
    session.timer();
    for (int i = 0; i < APPENDED_PER_RETRY; i++) {
      append();
    }
    refuse();
    // then
    assertThat(session.state()).isEqualTo(ProducerSession.State.OPEN);
    // when
    refuse();
    // then
    assertThat(delaysNs).hasSize(2).allMatch(delayNs -> delayNs > Duration.ofSeconds(1).toNanos());
  }

  @Test
  void shouldWaitAsItIsToldAndNoLongerHoweverOften() {
    // given
    connected();
    // when
    for (int i = 0; i < 3 * RETRIES_AT_FIRST; i++) {
      refuse(Statuses.status("RATE_LIMITED", Map.of(), 50));
      assertThat(session.state()).isEqualTo(ProducerSession.State.PAUSED);
      session.timer();
    }
    // then
    assertThat(delaysNs)
        .hasSize(3 * RETRIES_AT_FIRST)
        .containsOnly(Duration.ofMillis(50).toNanos());
    // when it is refused for another reason
    append();
    refuse();
    // then no retry has been spent, and nothing was doubled
    assertThat(session.state()).isEqualTo(ProducerSession.State.OPEN);
  }

  @Test
  void shouldSayWhatItWaitsFor() {
    // given
    connected();
    // when
    refuse(Statuses.status("RATE_LIMITED", Map.of(), 50_000));
    // then
    assertThat(waitsFor).containsExactly(ErrorReason.ERROR_REASON_RATE_LIMITED);
    // when the stream breaks meanwhile, which would be a shorter wait
    session.streamEnded(Statuses.failure("UNAVAILABLE", 0), 0);
    // then
    assertThat(waitsFor).containsOnly(ErrorReason.ERROR_REASON_RATE_LIMITED).hasSize(2);
    // when it is over, and then the coordinator is not there
    session.timer();
    session.streamEnded(Statuses.failure("BREAKER_OPEN", 1_000), 0);
    // then
    assertThat(waitsFor)
        .containsExactly(
            ErrorReason.ERROR_REASON_RATE_LIMITED,
            ErrorReason.ERROR_REASON_RATE_LIMITED,
            null,
            ErrorReason.ERROR_REASON_BREAKER_OPEN);
  }

  @Test
  void shouldWaitForLongWhileTheBreakerIsOpen() {
    // given
    connected();
    // when
    for (int i = 1; i < PublishBreaker.IN_A_ROW; i++) {
      refuse();
    }
    // then
    assertThat(delaysNs).isEmpty();
    assertThat(breaker).isNull();
    // when
    refuse();
    // then
    assertThat(breaker).isEqualTo(PublisherState.Breaker.OPEN);
    assertThat(delaysNs).containsExactly(Backoff.MIN_CEILING_NS << (PublishBreaker.IN_A_ROW - 2));
    // when
    session.timer();
    assertThat(breaker).isEqualTo(PublisherState.Breaker.HALF_OPEN);
    append();
    // then
    assertThat(breaker).isEqualTo(PublisherState.Breaker.CLOSED);
  }

  @Test
  void shouldTryOneAndThenEverMore() {
    // given
    for (int i = 0; i < 20; i++) {
      session.offer("group", PublishGroup.getDefaultInstance());
    }
    connected();
    assertThat(sendAll()).isEqualTo(8);
    // when the first is refused, and the others behind it
    answer(1, "RATE_LIMITED");
    for (int behind = 2; behind <= 8; behind++) {
      answer(behind, "OUT_OF_SEQUENCE");
    }
    session.timer();
    // then
    assertThat(sendAll()).isEqualTo(1);
    append(1);
    assertThat(sendAll()).isEqualTo(2);
    append(2);
    append(3);
    assertThat(sendAll()).isEqualTo(8);
  }

  private int sendAll() {
    int sent = 0;
    while (session.poll() != null) {
      sent++;
    }
    return sent;
  }

  private void answer(long answered, String reason) {
    session.refused(
        PublishRefusal.newBuilder()
            .setNumber(answered)
            .setStatus(Statuses.status(reason, Map.of(), 50))
            .build(),
        0);
  }

  private void append(long answered) {
    session.acked(PublishAck.newBuilder().setNumber(answered).build(), 0);
  }

  private void connected() {
    session.offer("group", PublishGroup.getDefaultInstance());
    session.welcome(
        ProducerWelcome.newBuilder()
            .setProducerEpoch(1)
            .setNextNumber(1)
            .setMaxInFlightGroups(8)
            .build(),
        0);
  }

  private void refuse() {
    refuse(Statuses.status("OVERLOADED"));
  }

  private void refuse(Status why) {
    send();
    session.refused(PublishRefusal.newBuilder().setNumber(number).setStatus(why).build(), 0);
  }

  private void append() {
    send();
    session.acked(PublishAck.newBuilder().setNumber(number).build(), 0);
    session.offer("group", PublishGroup.getDefaultInstance());
  }

  private void send() {
    PublishGroup sent = session.poll();
    assertThat(sent).isNotNull();
    number = sent.getNumber();
  }

  @Override
  public void openStream(ProducerHello hello) {}

  @Override
  public void endStream() {}

  @Override
  public void sent(String token) {}

  @Override
  public void appended(String token, GroupPosition where) {}

  @Override
  public void failed(String token, Failure why) {}

  @Override
  public void acknowledgedLost(long groups, Position newest) {
    throw new AssertionError("Expected all to be kept, but lost " + groups);
  }

  @Override
  public void outcomeUnknown(String token, Failure why) {}

  @Override
  public void breakerChanged(PublisherState.Breaker changed, @Nullable Failure why, long forNs) {
    breaker = changed;
  }

  @Override
  public void waits(Failure why, long forNs) {
    waitsFor.add(why.reason());
    assertThat(forNs).isEqualTo(delaysNs.get(delaysNs.size() - 1));
  }

  @Override
  public void resumed() {
    waitsFor.add(null);
  }

  @Override
  public void startTimer(long delayNs) {
    delaysNs.add(delayNs);
  }
}
