package dev.swarmlog.sdk;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.Test;

class BackoffTest {
  @Test
  void shouldDoubleItsCeilingUpToThirtySeconds() {
    // given
    Backoff backoff = new Backoff(new FixedRandom());
    // when, then
    for (long ms : new long[] {100, 200, 400, 800, 1_600, 3_200, 6_400, 12_800, 25_600}) {
      assertThat(backoff.nextDelayNs(0, null)).isEqualTo(Duration.ofMillis(ms).toNanos());
    }
    for (int i = 0; i < 100; i++) {
      assertThat(backoff.nextDelayNs(0, null)).isEqualTo(Duration.ofSeconds(30).toNanos());
    }
  }

  @Test
  void shouldStayInTheUpperHalfWhereItIsToWaitLong() {
    // given
    Random random = new Random(1);
    // when, then
    for (int i = 0; i < 1_000; i++) {
      Backoff backoff = new Backoff(random);
      backoff.nextDelayNs(0, null);
      assertThat(Duration.ofNanos(backoff.longDelayNs(0, Duration.ofSeconds(2))))
          .isBetween(Duration.ofMillis(2_100), Duration.ofMillis(2_200));
    }
  }

  @Test
  void shouldSpreadOverAllOfTheInterval() {
    // given
    Random random = new Random(1);
    int early = 0;
    int late = 0;
    // when
    for (int i = 0; i < 1_000; i++) {
      long delayNs = new Backoff(random).nextDelayNs(0, Duration.ofSeconds(2));
      assertThat(Duration.ofNanos(delayNs))
          .isBetween(Duration.ofSeconds(2), Duration.ofMillis(2_100));
      early += delayNs < Duration.ofMillis(2_010).toNanos() ? 1 : 0;
      late += delayNs > Duration.ofMillis(2_090).toNanos() ? 1 : 0;
    }
    // then
    assertThat(early).isBetween(60, 140);
    assertThat(late).isBetween(60, 140);
  }

  @Test
  void shouldWaitAsLongAsItIsToldAndATenthMoreAtMost() {
    // given
    Backoff latest = new Backoff(new FixedRandom());
    // when, then
    assertThat(latest.toldDelayNs(Duration.ofSeconds(2)))
        .isEqualTo(Duration.ofMillis(2_200).toNanos());
    assertThat(latest.toldDelayNs(Duration.ofMillis(1))).isEqualTo(Duration.ofMillis(11).toNanos());
    assertThat(latest.toldDelayNs(Duration.ofDays(1)))
        .isEqualTo(Duration.ofDays(1).plusSeconds(30).toNanos());
    // and nothing is doubled by that
    assertThat(latest.nextDelayNs(0, null)).isEqualTo(Duration.ofMillis(100).toNanos());
  }

  @Test
  void shouldStartAgainOnlyAfterAStablePeriod() {
    // given
    Backoff backoff = new Backoff(new FixedRandom());
    backoff.nextDelayNs(0, null);
    backoff.nextDelayNs(0, null);
    // when, then
    backoff.succeeded(0);
    backoff.succeeded(Backoff.STABLE_NS - 1);
    assertThat(backoff.nextDelayNs(Backoff.STABLE_NS - 1, null))
        .isEqualTo(Duration.ofMillis(400).toNanos());
    backoff.succeeded(0);
    assertThat(backoff.nextDelayNs(Backoff.STABLE_NS, null))
        .isEqualTo(Duration.ofMillis(100).toNanos());
  }
}
