package dev.swarmlog.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class CheckingCostTest {

  private static final FanoutWorkload WORKLOAD =
      new FanoutWorkload(1, 1, Stamp.BYTES, Duration.ZERO, Duration.ofSeconds(1), false, 100, 1);

  @Test
  void shouldMeasureWithAndWithoutInTurns() throws Exception {
    // given
    List<String> intervals = new ArrayList<>();

    // when
    CheckingCost cost =
        CheckingCost.measure(
            "5s",
            3,
            interval -> {
              intervals.add(interval);
              return result(1, 0);
            });

    // then
    assertThat(intervals).containsExactly("0s", "5s", "5s", "0s", "0s", "5s");
    assertThat(cost.checked()).hasSize(3);
    assertThat(cost.unchecked()).hasSize(3);
  }

  @Test
  void shouldCompareProcessorTimePerDelivery() {
    CheckingCost cost =
        new CheckingCost(
            "5s",
            List.of(result(0.9, 0), result(1.03, 0), result(1.2, 0)),
            List.of(result(2, 0), result(1, 0), result(0.5, 0)));

    assertThat(cost.map()).containsEntry("checkCpuRatio", 1.03).containsEntry("correct", true);
    assertThat(cost.lines())
        .contains(
            "  with         103.00 µs (90.00 to 120.00) of the coordinator's processor time per delivery",
            "  so           +3.0 %");
  }

  @Test
  void shouldFailIfDriftWasFoundInAnyRun() {
    CheckingCost cost = new CheckingCost("5s", List.of(result(1, 0), result(1, 2)), List.of());

    assertThat(cost.correct()).isFalse();
    assertThat(cost.lines().get(4)).contains("FAILED", "drift was found 2 times");
  }

  private static FanoutResult result(double serverCpuSec, long drifts) {
    return new FanoutResult(
        WORKLOAD,
        1,
        500,
        10_000,
        Latencies.histogram(),
        Latencies.histogram(),
        serverCpuSec,
        100,
        0,
        0,
        0,
        drifts);
  }
}
