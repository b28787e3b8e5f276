package dev.swarmlog.storage;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

final class DeltaBoundsTest {

  @Test
  void shouldRefuseBoundsThatNoReaderCanHave() {
    assertThatThrownBy(() -> DeltaBounds.from(-1, 2)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> DeltaBounds.from(3, 2)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> DeltaBounds.inexact(3, 2))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> DeltaBounds.resumed(2, 1, 3, 4))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> DeltaBounds.resumed(1, 3, 2, 4))
        .isInstanceOf(IllegalArgumentException.class);
  }

  /**
   * x=a, y=a, x=b: a reader who stopped at 2 on his way to 3 has no x, and nothing gives it him.
   */
  @Test
  void shouldRefuseToGoOnToBeforeTheInterruptedTarget() {
    assertThatThrownBy(() -> DeltaBounds.resumed(0, 2, 3, 2))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("but got 0, 2, 3 and 2");
  }
}
