package dev.swarmlog.bench.storm;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import java.util.function.IntToLongFunction;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

class RecoveryTest {

  private static final double QUIET_P99_MS = 10;
  private static final long QUICK_NS = TimeUnit.MILLISECONDS.toNanos(15);
  private static final long SLOW_NS = TimeUnit.MILLISECONDS.toNanos(25);

  private final StormWorkload workload = Workloads.small(1, 5);
  private final long endOfStormNs = TimeUnit.SECONDS.toNanos(workload.beginSecond(Phase.AFTER));
  private final CommandLedger ledger = new CommandLedger(1, workload.commandsPerSwarm());

  @Test
  void shouldRecoverAtOnceWhereNothingWasSlow() {
    // given
    tookNs(command -> QUICK_NS);

    // then
    assertThat(Recovery.seconds(workload, ledger, QUIET_P99_MS)).hasValue(0);
  }

  @Test
  void shouldRecoverBehindTheLastCommandThatWasSlow() {
    // given
    int slow = healthyFrom(endOfStormNs + TimeUnit.MILLISECONDS.toNanos(1_500));
    tookNs(command -> command == slow ? SLOW_NS : QUICK_NS);
    double slowDueSec = (workload.dueNs(slow) - endOfStormNs) / 1e9;

    // when
    double seconds = Recovery.seconds(workload, ledger, QUIET_P99_MS).orElseThrow();

    // then
    assertThat(seconds).isCloseTo(slowDueSec + 0.1, Offset.offset(0.01));
  }

  @Test
  void shouldNotRecoverWhileTheLastCommandsAreSlow() {
    // given
    tookNs(command -> SLOW_NS);

    // then
    assertThat(Recovery.seconds(workload, ledger, QUIET_P99_MS)).isEmpty();
  }

  @Test
  void shouldTakeACommandThatWasNeverDoneForASlowOne() {
    // given
    int lost = healthyFrom(endOfStormNs + TimeUnit.SECONDS.toNanos(3));
    for (int command = 0; command < workload.commandsPerSwarm(); command++) {
      if (command != lost) {
        ledger.succeeded(0, command, workload.dueNs(command) + QUICK_NS);
      }
    }

    // then
    assertThat(Recovery.seconds(workload, ledger, QUIET_P99_MS)).isEmpty();
  }

  private void tookNs(IntToLongFunction took) {
    for (int command = 0; command < workload.commandsPerSwarm(); command++) {
      ledger.succeeded(0, command, workload.dueNs(command) + took.applyAsLong(command));
    }
  }

  private int healthyFrom(long atNs) {
    int command = 0;
    while (workload.dueNs(command) < atNs
        || StormWorkload.misbehaves(0, workload.agentOf(0, command))) {
      command++;
    }
    return command;
  }
}
