package dev.swarmlog.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;

import java.util.stream.DoubleStream;
import org.junit.jupiter.api.Test;

class SpreadTest {

  @Test
  void shouldTakeTheOneInTheMiddle() {
    assertThat(Spread.of(DoubleStream.of(7, 1, 3))).isEqualTo(new Spread(3, 1, 7));
  }

  @Test
  void shouldTakeTheMeanOfTheTwoInTheMiddle() {
    assertThat(Spread.of(DoubleStream.of(8, 1, 4, 3))).isEqualTo(new Spread(3.5, 1, 8));
  }

  @Test
  void shouldRoundToPartsOfOne() {
    assertThat(new Spread(1.26, 0.04, 2.05).map(10))
        .containsExactly(entry("median", 1.3), entry("min", 0.0), entry("max", 2.1));
  }
}
