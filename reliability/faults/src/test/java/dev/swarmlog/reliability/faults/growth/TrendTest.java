package dev.swarmlog.reliability.faults.growth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Random;
import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class TrendTest {

  private static final double SHARE = 0.1;
  private static final double AT_LEAST = 2;

  private final Random noise = new Random(5);

  @Test
  void shouldSeeALeakThroughNoise() {
    // given: 20 more per third, of 135, and each sample is off by up to 10
    Trend trend = of(i -> 100 + i + 10 * noise.nextDouble());

    // then
    assertThat(trend.grows(SHARE, AT_LEAST)).as(trend.toString()).isTrue();
    assertThat(trend.growth()).isBetween(15.0, 25.0);
  }

  @Test
  void shouldNotTakeNoiseForALeak() {
    Trend trend = of(i -> 100 + 30 * noise.nextGaussian());

    assertThat(trend.grows(SHARE, AT_LEAST)).as(trend.toString()).isFalse();
  }

  @Test
  void shouldNotTakeASawToothForALeak() {
    // given: compacted every ninth time
    Trend trend = of(i -> 50 + 10 * (i % 9));

    assertThat(trend.grows(SHARE, AT_LEAST)).as(trend.toString()).isFalse();
  }

  @Test
  void shouldForgiveWarmUp() {
    Trend trend = of(i -> Math.min(i, 18) * 10);

    assertThat(trend.grows(SHARE, AT_LEAST)).as(trend.toString()).isFalse();
    assertThat(trend.last()).isEqualTo(180);
  }

  @Test
  void shouldForgiveAStepThatIsNotFollowedByAnother() {
    // given: a cache that filled once, late
    Trend trend = of(i -> i < 50 ? 100 : 130);

    assertThat(trend.grows(SHARE, AT_LEAST)).as(trend.toString()).isFalse();
  }

  @Test
  void shouldAllowAFewUnitsOfWhatIsSmall() {
    Trend trend = of(i -> i / 20.0);

    assertThat(trend.grows(SHARE, AT_LEAST)).as(trend.toString()).isFalse();
    assertThat(trend.grows(SHARE, /* atLeast= */ 0.5)).as(trend.toString()).isTrue();
  }

  @Test
  void shouldWantEnoughSamples() {
    assertThatThrownBy(() -> Trend.of("disk", List.of(1.0, 2.0)))
        .hasMessageContaining("Expected at least 6 samples of disk, but got 2");
  }

  private static Trend of(IntToDoubleFunction sample) {
    return Trend.of("disk", IntStream.range(0, 60).mapToObj(sample::applyAsDouble).toList());
  }
}
