package dev.swarmlog.sdk;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class ClockFilterTest {
  private final ClockFilter filter = new ClockFilter();

  @Test
  void shouldBelieveTheHeartbeatWithTheLeastDelay() {
    // given
    assertThat(filter.offset()).isEmpty();
    // The coordinator is 1,000 ahead. Way there and back: 10 and 10, then 500 and 10.
    filter.sample(0, 1_010, 1_010, 20);
    // when
    filter.sample(100, 1_600, 1_600, 610);
    // then
    assertThat(filter.offset())
        .contains(new ClockOffset(Duration.ofNanos(1_000), Duration.ofNanos(10)));
  }

  @Test
  void shouldForgetAllButTheLastEight() {
    // given
    filter.sample(0, 1_000, 1_000, 0);
    // when
    for (int i = 0; i < 8; i++) {
      filter.sample(0, 2_050, 2_050, 100);
    }
    // then
    assertThat(filter.offset().orElseThrow().offset()).isEqualTo(Duration.ofNanos(2_000));
  }

  @Test
  void shouldLeaveOutSamplesDuringWhichAClockWasSet() {
    // when
    filter.sample(1_000, 5_000, 5_000, 0);
    // then
    assertThat(filter.offset()).isEmpty();
  }
}
