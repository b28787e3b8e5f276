package dev.swarmlog.sdk;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swarmlog.v1.ErrorReason;
import dev.swarmlog.v1.Log;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class PublisherMonitorTest {
  private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
  private static final long WAIT_NS = Duration.ofSeconds(2).toNanos();

  private final List<PublisherState> told = new ArrayList<>();
  private final QueueBound bound = new QueueBound(10, 1_000, () -> 0);
  private final PublisherMonitor monitor =
      new PublisherMonitor(
          Log.LOG_MAIN,
          bound,
          InstantSource.fixed(NOW),
          new PublisherLog("s", "p", Log.LOG_MAIN, "db:7400", () -> 0),
          new PublisherListener() {
            @Override
            public void publisherChanged(PublisherState state) {
              told.add(state);
            }
          },
          Runnable::run);

  @Test
  void shouldTellOnceThatARateLimitIsFeltAndOnceThatItIsNoMore() {
    try (ProgramLog program = new ProgramLog()) {
      // given
      publish(3);
      // when it is refused, and again after one was taken
      monitor.waits(Statuses.failure("RATE_LIMITED", 2_000), WAIT_NS);
      PublisherState waiting = monitor.state();
      monitor.resumed();
      answer();
      PublisherState sending = monitor.state();
      publish(1);
      monitor.waits(Statuses.failure("RATE_LIMITED", 2_000), WAIT_NS);
      monitor.resumed();
      answer();
      answer();
      // then
      assertThat(waiting.breaker()).isEqualTo(PublisherState.Breaker.CLOSED);
      assertThat(waiting.until()).contains(NOW.plusSeconds(2));
      assertThat(waiting.why().orElseThrow().reason())
          .isEqualTo(ErrorReason.ERROR_REASON_RATE_LIMITED);
      assertThat(sending.until()).isEmpty();
      assertThat(sending.why().orElseThrow().reason())
          .isEqualTo(ErrorReason.ERROR_REASON_RATE_LIMITED);
      assertThat(told).hasSize(1);
      // when the last of those that waited is answered, while another came
      publish(1);
      answer();
      // then
      assertThat(told).hasSize(2);
      assertThat(told.get(1).why()).isEmpty();
      assertThat(told.get(1).queuedGroups()).isEqualTo(1);
      assertThat(monitor.state().why()).isEmpty();
      assertThat(program.lines())
          .singleElement()
          .asString()
          .startsWith(
              "WARNING Limited by db:7400, while 3 groups wait: publisher 'p' of swarm 's', in main: RATE_LIMITED: ");
    }
  }

  @Test
  void shouldShowWhatItWaitsForAndTellNobody() {
    // when
    monitor.waits(Statuses.failure("OVERLOADED", 0), WAIT_NS);
    // then
    assertThat(monitor.state().why().orElseThrow().reason())
        .isEqualTo(ErrorReason.ERROR_REASON_OVERLOADED);
    assertThat(monitor.state().until()).contains(NOW.plusSeconds(2));
    // when
    monitor.resumed();
    // then
    assertThat(monitor.state().why()).isEmpty();
    assertThat(monitor.state().until()).isEmpty();
    assertThat(told).isEmpty();
  }

  private void publish(int groups) {
    for (int i = 0; i < groups; i++) {
      assertThat(bound.tryAcquire(1)).isTrue();
    }
  }

  private void answer() {
    bound.release(1);
    monitor.answered();
  }
}
