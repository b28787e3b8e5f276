package dev.swarmlog.server.path.deliver;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** The last publish groups of a log. */
class ReceiptTimesTest {

  private final ReceiptTimes times = new ReceiptTimes();

  @Test
  void shouldKeepTheLastGroups() {
    // when groups of two operations come
    for (int group = 1; group <= 1_000; group++) {
      times.received(2 * group - 1, 5_000 + group);
    }

    // then
    int oldest = 1_000 - ReceiptTimes.MAX_GROUPS + 1;
    assertThat(times.find(2 * (oldest - 1) - 1)).isZero();
    for (int group = oldest; group <= 1_000; group++) {
      assertThat(times.find(2 * group - 1)).isEqualTo(5_000 + group);
    }
    assertThat(times.find(2_001)).isZero();
  }

  @Test
  void shouldKeepAllWhileItGrows() {
    for (int group = 1; group <= ReceiptTimes.MAX_GROUPS; group++) {
      times.received(group, group);
      for (int earlier = 1; earlier <= group; earlier++) {
        assertThat(times.find(earlier)).isEqualTo(earlier);
      }
    }
  }
}
