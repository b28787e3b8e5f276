package dev.swarmlog.demo.polyglot;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Comparator;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FaultScheduleTest {
  private static final long DURATION_MS = 10_000;

  @ParameterizedTest
  @ValueSource(ints = {1, 14})
  void shouldDoEverythingOnceToEachAgentWithinTheTime(int agents) {
    // when
    FaultSchedule schedule = FaultSchedule.of(agents, DURATION_MS, new Random(3));

    // then
    assertThat(schedule.faults())
        .isSortedAccordingTo(Comparator.comparingLong(FaultSchedule.Planned::atMs))
        .allMatch(planned -> planned.atMs() >= 1_000 && planned.atMs() <= 9_000);
    assertThat(schedule.faults().stream().map(each -> each.agent() + " " + each.fault()))
        .containsExactlyInAnyOrderElementsOf(
            IntStream.range(0, agents)
                .boxed()
                .flatMap(agent -> Arrays.stream(Fault.values()).map(f -> agent + " " + f))
                .toList());
    assertThat(schedule.coordinatorKillAtMs()).isEqualTo(5_000);
  }

  @Test
  void shouldBeTheSameForTheSameSeed() {
    assertThat(FaultSchedule.of(3, DURATION_MS, new Random(7)))
        .isEqualTo(FaultSchedule.of(3, DURATION_MS, new Random(7)))
        .isNotEqualTo(FaultSchedule.of(3, DURATION_MS, new Random(8)));
  }
}
