package dev.swarmlog.bench.storm;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Test;

class PhaseFiguresTest {

  private final StormWorkload workload = Workloads.small(1, 2);
  private final CommandLedger ledger = new CommandLedger(1, workload.commandsPerSwarm());

  @Test
  void shouldCountACommandInThePhaseInWhichItWasFirstDone() {
    // given
    int dueBefore = firstDue(Phase.BEFORE, 1);
    done(dueBefore, TimeUnit.SECONDS.toNanos(workload.beginSecond(Phase.STORM)));

    // when
    boolean again = ledger.succeeded(0, dueBefore, Long.MAX_VALUE);

    // then
    assertThat(again).isFalse();
    assertThat(figures(Phase.BEFORE).useful()).isZero();
    assertThat(figures(Phase.STORM).useful()).isEqualTo(1);
    assertThat(ledger.done()).isEqualTo(1);
  }

  @Test
  void shouldCountLatencyInThePhaseInWhichTheCommandWasDueAndFromThen() {
    // given
    int dueBefore = firstDue(Phase.BEFORE, 1);
    ledger.attempted(0, dueBefore, workload.dueNs(dueBefore) + 5_000_000);
    done(dueBefore, workload.dueNs(dueBefore) + 6_000_000_000L);

    // when
    PhaseFigures figures = figures(Phase.BEFORE);

    // then
    assertThat(figures.doneUs().getTotalCount()).isEqualTo(1);
    assertThat(figures.doneMs(99)).isCloseTo(6_000, Percentage.withPercentage(1));
    assertThat(figures.deliveredUs().getValueAtPercentile(99))
        .isCloseTo(5_000, Percentage.withPercentage(1));
    assertThat(figures(Phase.STORM).doneUs().getTotalCount()).isZero();
  }

  @Test
  void shouldCountWhatTheMisbehavingAgentDidButNotHowLate() {
    // given
    int command = firstDue(Phase.AFTER, 0);
    done(command, workload.dueNs(command) + 1);

    // when
    PhaseFigures figures = figures(Phase.AFTER);

    // then
    assertThat(figures.useful()).isEqualTo(1);
    assertThat(figures.doneUs().getTotalCount()).isZero();
  }

  @Test
  void shouldAddPhases() {
    // given
    int command = firstDue(Phase.STORM, 1);
    done(command, workload.dueNs(command) + 1);

    // when
    PhaseFigures both = figures(Phase.STORM_FAILING).plus(figures(Phase.STORM));

    // then
    assertThat(both.seconds()).isEqualTo(4);
    assertThat(both.cpuSec()).isEqualTo(4);
    assertThat(both.useful()).isEqualTo(1);
    assertThat(both.cpuSecPer1000()).isEqualTo(4_000);
    assertThat(both.goodputPerSec()).isEqualTo(0.25);
    assertThat(both.stormRequestsPerSec()).isEqualTo(50);
    assertThat(both.doneUs().getTotalCount()).isEqualTo(1);
  }

  @Test
  void shouldCostWithoutEndWhatDidNothingUseful() {
    // then
    assertThat(figures(Phase.STORM).cpuSecPer1000()).isInfinite();
  }

  private PhaseFigures figures(Phase phase) {
    return PhaseFigures.of(workload, phase, ledger, 2, 100);
  }

  private int firstDue(Phase phase, int agent) {
    int command = workload.beginSecond(phase) * workload.ratePerSecond();
    while (workload.agentOf(0, command) != agent) {
      command++;
    }
    return command;
  }

  private void done(int command, long atNs) {
    assertThat(ledger.succeeded(0, command, atNs)).isTrue();
  }
}
