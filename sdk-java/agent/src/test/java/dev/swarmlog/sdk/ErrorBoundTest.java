package dev.swarmlog.sdk;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class ErrorBoundTest {

  @Test
  void shouldLetTenASecondThroughAndSayHowManyItLeftOut() {
    // given
    ErrorBound bound = new ErrorBound();
    long nowNs = -5;
    for (int i = 0; i < ErrorBound.MAX_PER_SECOND; i++) {
      assertThat(bound.take(nowNs + i)).isEqualTo(OptionalLong.of(0));
    }
    // when
    long secondNs = Duration.ofSeconds(1).toNanos();
    OptionalLong eleventh = bound.take(nowNs + 20);
    OptionalLong twelfth = bound.take(nowNs + secondNs - 1);
    OptionalLong next = bound.take(nowNs + secondNs);
    OptionalLong after = bound.take(nowNs + secondNs);
    // then
    assertThat(eleventh).isEmpty();
    assertThat(twelfth).isEmpty();
    assertThat(next).isEqualTo(OptionalLong.of(2));
    assertThat(after).isEqualTo(OptionalLong.of(0));
  }
}
