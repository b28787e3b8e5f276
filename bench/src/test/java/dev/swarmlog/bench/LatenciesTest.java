package dev.swarmlog.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Map;
import org.HdrHistogram.Histogram;
import org.junit.jupiter.api.Test;

class LatenciesTest {

  @Test
  void shouldGivePercentilesInMilliseconds() {
    // given
    Histogram histogram = Latencies.histogram();
    for (int us = 1_000; us <= 1_000_000; us += 1_000) {
      Latencies.record(histogram, us);
    }

    // when
    Map<String, Double> percentiles = Latencies.percentilesMs(histogram, 50, 99, 99.9);

    // then
    assertThat(percentiles.keySet()).containsExactly("p50", "p99", "p999");
    assertThat(percentiles.get("p50")).isCloseTo(500, within(5.0));
    assertThat(percentiles.get("p99")).isCloseTo(990, within(10.0));
    assertThat(percentiles.get("p999")).isCloseTo(999, within(10.0));
  }

  @Test
  void shouldCountWhatLiesOutsideOfItsRange() {
    // given
    Histogram histogram = Latencies.histogram();

    // when
    Latencies.record(histogram, -5);
    Latencies.record(histogram, Long.MAX_VALUE);

    // then
    assertThat(histogram.getTotalCount()).isEqualTo(2);
  }
}
