package dev.swarmlog.sdk;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class RetryBudgetTest {
  private final RetryBudget budget = new RetryBudget();

  @Test
  void shouldAllowATenthOfWhatSucceeded() {
    // given
    assertThat(taken()).isEqualTo(RetryBudget.AT_FIRST);
    // when
    for (int i = 0; i < 55; i++) {
      budget.succeeded();
    }
    // then
    assertThat(taken()).isEqualTo(5);
  }

  @Test
  void shouldNotSaveUpMoreThanAHundred() {
    // when
    for (int i = 0; i < 1_000_000; i++) {
      budget.succeeded();
    }
    // then
    assertThat(taken()).isEqualTo(RetryBudget.MOST);
  }

  private int taken() {
    int taken = 0;
    while (budget.take()) {
      taken++;
    }
    return taken;
  }
}
