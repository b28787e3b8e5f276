package dev.swarmlog.sdk;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.ProducerHello;
import dev.swarmlog.v1.ProducerWelcome;
import dev.swarmlog.v1.PublishAck;
import dev.swarmlog.v1.PublishGroup;
import dev.swarmlog.v1.PublishRefusal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

/** What a publisher does that is refused again and again, where chance would have it hurry. */
class ProducerRetryTest implements ProducerSession.Output<String> {
  private final RandomGenerator hasty = () -> 0;
  private final List<Long> delaysNs = new ArrayList<>();
  private final ProducerSession<String> session =
      new ProducerSession<>("s", "p", "id", Log.LOG_MAIN, 8, this, new Backoff(hasty));
  private long number;

  @Test
  void shouldWaitForLongBeyondItsBudget() {
    // given
    connected();
    // when
    for (int i = 0; i < RetryBudget.AT_FIRST; i++) {
      refuse();
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
    for (int i = 0; i < RetryBudget.PER_RETRY; i++) {
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
    send();
    session.refused(
        PublishRefusal.newBuilder()
            .setNumber(number)
            .setStatus(Statuses.status("OVERLOADED"))
            .build(),
        0);
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
  public void appended(String token, GroupPosition where) {}

  @Override
  public void failed(String token, Failure why) {}

  @Override
  public void startTimer(long delayNs) {
    delaysNs.add(delayNs);
  }
}
