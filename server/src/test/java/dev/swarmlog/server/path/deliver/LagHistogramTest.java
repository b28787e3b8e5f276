package dev.swarmlog.server.path.deliver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Percentage.withPercentage;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Quantiles of the last minute. */
class LagHistogramTest {

  private static final long START_NS = TimeUnit.HOURS.toNanos(1);

  private final LagHistogram histogram = new LagHistogram();

  @Test
  void shouldTellNothingOfNothing() {
    assertThat(histogram.read(START_NS).total()).isZero();
    assertThat(histogram.read(START_NS).quantileUs(0.5)).isZero();
  }

  @Test
  void shouldTellQuantilesToSevenPercent() {
    // given 1 us to 1 s, evenly
    for (int ms = 1; ms <= 1_000; ms++) {
      histogram.add(TimeUnit.MILLISECONDS.toNanos(ms), 3, START_NS);
    }

    // then
    LagHistogram.Lags lags = histogram.read(START_NS);
    assertThat(lags.total()).isEqualTo(3_000);
    assertThat(lags.quantileUs(0.5)).isCloseTo(500_000, withPercentage(7));
    assertThat(lags.quantileUs(0.99)).isCloseTo(990_000, withPercentage(7));
    assertThat(lags.quantileUs(1)).isCloseTo(1_000_000, withPercentage(7));
  }

  @Test
  void shouldTellEachSizeToSevenPercent() {
    for (long us = 1; us < TimeUnit.HOURS.toMicros(10); us = us * 21 / 20 + 1) {
      LagHistogram alone = new LagHistogram();
      alone.add(TimeUnit.MICROSECONDS.toNanos(us), 1, START_NS);
      assertThat(alone.read(START_NS).quantileUs(0.5)).isCloseTo(us, withPercentage(7));
    }
  }

  @Test
  void shouldBearWhatCannotBe() {
    histogram.add(-5, 1, START_NS);
    histogram.add(Long.MAX_VALUE, 1, START_NS);

    assertThat(histogram.read(START_NS).quantileUs(0)).isZero();
    assertThat(histogram.read(START_NS).quantileUs(1)).isGreaterThan(TimeUnit.HOURS.toMicros(10));
  }

  @Test
  void shouldForgetWhatIsLongerAgoThanAMinute() {
    // given
    histogram.add(TimeUnit.SECONDS.toNanos(5), 1, START_NS);
    histogram.add(TimeUnit.MILLISECONDS.toNanos(1), 1, START_NS + TimeUnit.SECONDS.toNanos(40));

    // then
    assertThat(histogram.read(START_NS + TimeUnit.SECONDS.toNanos(44)).total()).isEqualTo(2);
    assertThat(histogram.read(START_NS + TimeUnit.SECONDS.toNanos(61)).total()).isEqualTo(1);
    assertThat(histogram.read(START_NS + TimeUnit.SECONDS.toNanos(120)).total()).isZero();

    // and what comes after a long while is not mixed with it
    histogram.add(1_000, 1, START_NS + TimeUnit.HOURS.toNanos(1));
    assertThat(histogram.read(START_NS + TimeUnit.HOURS.toNanos(1)).total()).isEqualTo(1);
  }
}
