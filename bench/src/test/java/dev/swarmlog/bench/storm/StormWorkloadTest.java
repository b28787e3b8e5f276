package dev.swarmlog.bench.storm;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

class StormWorkloadTest {

  private final StormWorkload workload = Workloads.small(2, 5);

  @Test
  void shouldCutARunIntoPhases() {
    // when
    List<Phase> phases =
        IntStream.range(0, workload.totalSeconds() + 1)
            .mapToObj(second -> workload.phase(TimeUnit.SECONDS.toNanos(second)))
            .toList();

    // then
    assertThat(phases)
        .containsExactly(
            Phase.WARM_UP,
            Phase.WARM_UP,
            Phase.WARM_UP,
            Phase.WARM_UP,
            Phase.BEFORE,
            Phase.BEFORE,
            Phase.BEFORE,
            Phase.BEFORE,
            Phase.STORM_FAILING,
            Phase.STORM_FAILING,
            Phase.STORM,
            Phase.STORM,
            Phase.AFTER,
            Phase.AFTER,
            Phase.AFTER,
            Phase.AFTER,
            Phase.AFTER);
  }

  @Test
  void shouldStormInTheWarmUpAndInTheMiddle() {
    // when
    List<Integer> storming =
        IntStream.range(0, workload.totalSeconds()).filter(workload::storming).boxed().toList();
    List<Integer> failing =
        IntStream.range(0, workload.totalSeconds()).filter(workload::failing).boxed().toList();

    // then
    assertThat(storming).containsExactly(1, 2, 8, 9, 10, 11);
    assertThat(failing).containsExactly(1, 2, 8, 9);
  }

  @Test
  void shouldStormAHundredTimesAsOftenAsAPublisherPublishes() {
    // then
    assertThat(workload.stormRate()).isEqualTo(1_000);
    assertThat(workload.stormRate(8)).isEqualTo(1_000);
    assertThat(workload.dueNs(11) - workload.dueNs(10)).isEqualTo(100_000_000);
  }

  @Test
  void shouldOnlyBlowInTheWarmUpSoThatNothingIsLeftOfItWhenItIsQuiet() {
    // then
    assertThat(workload.stormRate(1)).isEqualTo(100);
    assertThat(workload.stormRate(2)).isEqualTo(100);
  }

  @Test
  void shouldSpreadCommandsOverAgentsAndFailOneAttemptInFive() {
    // given
    int commands = 100_000;

    // when
    int[] ofAgent = new int[5];
    int failures = 0;
    for (int command = 0; command < commands; command++) {
      ofAgent[workload.agentOf(1, command)]++;
      failures += workload.attemptFails(1, command, 3) ? 1 : 0;
    }

    // then
    for (int of : ofAgent) {
      assertThat(of / (double) commands).isCloseTo(0.2, Offset.offset(0.01));
    }
    assertThat(failures / (double) commands).isCloseTo(0.2, Offset.offset(0.01));
  }

  @Test
  void shouldDecideTheSameAgain() {
    // given
    StormWorkload again = Workloads.small(2, 5);

    // then
    for (int command = 0; command < 1_000; command++) {
      assertThat(again.agentOf(1, command)).isEqualTo(workload.agentOf(1, command));
      assertThat(again.attemptFails(1, command, 2)).isEqualTo(workload.attemptFails(1, command, 2));
    }
  }
}
