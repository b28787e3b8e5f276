package dev.swarmlog.sdk;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class RetryBudgetTest {
  private final RetryBudget budget = RetryBudget.ofProducers();

  @Test
  void shouldAllowATenthOfWhatSucceeded() {
    // given
    assertThat(taken()).isEqualTo(10);
    // when
    for (int i = 0; i < 55; i++) {
      budget.succeeded(1);
    }
    // then
    assertThat(taken()).isEqualTo(5);
  }

  @Test
  void shouldNotSaveUpMoreThanAHundred() {
    // when
    budget.succeeded(1_000_000);
    budget.succeeded(Integer.MAX_VALUE);
    // then
    assertThat(taken()).isEqualTo(100);
  }

  private int taken() {
    int taken = 0;
    while (budget.take()) {
      taken++;
    }
    return taken;
  }
}
