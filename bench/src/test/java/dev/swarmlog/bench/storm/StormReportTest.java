package dev.swarmlog.bench.storm;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StormReportTest {

  private final StormWorkload workload = Workloads.small(1, 2);

  @Test
  void shouldCompareWhatAUsefulCommandCostsInTheStorm() {
    // given
    StormReport report =
        new StormReport(
            workload,
            List.of(
                result(ContenderKind.ORCHESTRATOR_NAIVE, 1.2, 0),
                result(ContenderKind.ORCHESTRATOR_POLITE, 0.5, 0),
                result(ContenderKind.SWARMLOG, 0.1, 0)));

    // then
    assertThat(report.cpuRatio()).isCloseTo(12, Offset.offset(1e-6));
    assertThat(report.map()).containsEntry("cpuRatio", 12.0).containsEntry("seed", 7L);
    assertThat(report.correct()).isTrue();
    assertThat(String.join("\n", report.lines()))
        .contains("Swarmlog: 12.0. The aim is 10 or more", "orchestrator-naive");
  }

  @Test
  void shouldGiveEveryPhaseOfEveryContender() {
    // given
    StormReport report = new StormReport(workload, List.of(result(ContenderKind.SWARMLOG, 0.1, 0)));

    // when
    Map<?, ?> contender = (Map<?, ?>) ((List<?>) report.map().get("contenders")).get(0);
    Map<?, ?> phases = (Map<?, ?>) contender.get("phases");

    // then
    assertThat(report.map()).containsEntry("cpuRatio", null);
    assertThat(contender.get("name")).isEqualTo("swarmlog");
    assertThat(contender.get("quietBefore")).isEqualTo(true);
    assertThat(contender.get("secondsToRecover")).isEqualTo(0.0);
    assertThat(phases.keySet().toArray())
        .containsExactly("before", "during", "stormFailing", "stormOnly", "after");
    Map<?, ?> before = (Map<?, ?>) phases.get("before");
    assertThat(before.get("goodputPerSec")).isEqualTo(10.0);
    assertThat(before.get("cpuSecPer1000")).isEqualTo(10.0);
    assertThat(before.get("p99ByP50")).isEqualTo(1.0);
  }

  @Test
  void shouldNotSpeakOfRecoveryWhereItWasNotQuietBefore() {
    // given: what was due in the warm-up is done in the quiet phase
    CommandLedger ledger = new CommandLedger(1, workload.commandsPerSwarm());
    long beginNs = TimeUnit.SECONDS.toNanos(workload.beginSecond(Phase.BEFORE));
    for (int command = 0; command < workload.commandsPerSwarm(); command++) {
      ledger.succeeded(0, command, Math.max(beginNs, workload.dueNs(command)) + 4_000_000);
    }

    // when
    StormResult result =
        StormResult.of(
            ContenderKind.ORCHESTRATOR_NAIVE,
            workload,
            ledger,
            new double[workload.totalSeconds() + 1],
            Collections.nCopies(workload.totalSeconds() + 1, StormTotals.NONE));

    // then
    assertThat(result.quietBefore()).isFalse();
    assertThat(result.recoverySec()).isEmpty();
    StormReport report = new StormReport(workload, List.of(result));
    assertThat(report.lines().get(0))
        .startsWith("orchestrator-naive was not quiet before")
        .contains("A longer --warmup may help");
    assertThat(report.lines(80, "--seconds").get(1)).contains("A longer --seconds may help");
  }

  @ParameterizedTest
  @ValueSource(ints = {60, 79, 80, 120})
  void shouldFitTheColumns(int columns) {
    // given
    StormReport report =
        new StormReport(
            workload,
            List.of(
                result(ContenderKind.ORCHESTRATOR_NAIVE, 1.2, 0),
                result(ContenderKind.SWARMLOG, 0.1, 0)));

    // when
    List<String> lines = report.lines(columns, "--seconds");

    // then
    assertThat(lines).allMatch(line -> line.length() <= columns);
    assertThat(String.join("\n", lines)).contains("orchestrator-naive", "swarmlog", "12.0");
  }

  @Test
  void shouldShowNoLatencyWhereNothingWasDone() {
    // given
    StormResult nothing =
        StormResult.of(
            ContenderKind.ORCHESTRATOR_NAIVE,
            workload,
            new CommandLedger(1, workload.commandsPerSwarm()),
            new double[workload.totalSeconds() + 1],
            Collections.nCopies(workload.totalSeconds() + 1, StormTotals.NONE));

    // when
    List<String> lines = new StormReport(workload, List.of(nothing)).lines();

    // then
    assertThat(lines).anyMatch(line -> line.matches("p99 of healthy agents, ms +- / - / -"));
    assertThat(lines).anyMatch(line -> line.matches("p99 by p50 +- / - / -"));
  }

  @Test
  void shouldNotBeCorrectWhenSwarmlogLostACommand() {
    // given
    StormResult lost = result(ContenderKind.SWARMLOG, 0.1, 1);

    // then
    assertThat(lost.lost()).isEqualTo(1);
    assertThat(lost.recoverySec()).isEmpty();
    assertThat(new StormReport(workload, List.of(lost)).correct()).isFalse();
  }

  private StormResult result(ContenderKind contender, double coresPerSecond, int lostAtTheEnd) {
    CommandLedger ledger = new CommandLedger(1, workload.commandsPerSwarm());
    int left = lostAtTheEnd;
    for (int command = workload.commandsPerSwarm() - 1; command >= 0; command--) {
      boolean healthy = workload.agentOf(0, command) != 0;
      if (healthy && left > 0) {
        left--;
      } else {
        ledger.succeeded(0, command, workload.dueNs(command) + TimeUnit.MILLISECONDS.toNanos(4));
      }
    }
    double[] cpuSecAt = new double[workload.totalSeconds() + 1];
    Arrays.setAll(cpuSecAt, second -> second * coresPerSecond);
    return StormResult.of(
        contender,
        workload,
        ledger,
        cpuSecAt,
        Collections.nCopies(workload.totalSeconds() + 1, StormTotals.NONE));
  }
}
