package dev.swarmlog.bench.storm;

import dev.swarmlog.bench.Latencies;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;

/**
 * What a contender did in a phase.
 *
 * @param seconds how long it was
 * @param cpuSec processor time of the coordinator's process
 * @param useful commands done for the first time, by any agent, in the phase
 * @param stormRequests of the misbehaving agent
 * @param doneUs of the commands for healthy agents that were due in the phase: from then until they
 *     were done
 * @param deliveredUs of the same: until they were first handed to their agent
 */
record PhaseFigures(
    int seconds,
    double cpuSec,
    long useful,
    long stormRequests,
    Histogram doneUs,
    Histogram deliveredUs) {

  /**
   * Takes them from the ledger.
   *
   * @param cpuSec processor time in the phase
   */
  static PhaseFigures of(
      StormWorkload workload,
      Phase phase,
      CommandLedger ledger,
      double cpuSec,
      long stormRequests) {
    Histogram doneUs = Latencies.histogram();
    Histogram deliveredUs = Latencies.histogram();
    long useful = 0;
    long beginNs = TimeUnit.SECONDS.toNanos(workload.beginSecond(phase));
    long endNs = TimeUnit.SECONDS.toNanos(workload.endSecond(phase));
    for (int swarm = 0; swarm < workload.swarms(); swarm++) {
      for (int command = 0; command < workload.commandsPerSwarm(); command++) {
        long doneNs = ledger.doneNs(swarm, command);
        if (doneNs >= beginNs && doneNs < endNs) {
          useful++;
        }
        long dueNs = workload.dueNs(command);
        if (dueNs < beginNs
            || dueNs >= endNs
            || StormWorkload.misbehaves(swarm, workload.agentOf(swarm, command))) {
          continue;
        }
        if (ledger.isDone(swarm, command)) {
          Latencies.record(doneUs, TimeUnit.NANOSECONDS.toMicros(doneNs - dueNs));
        }
        if (ledger.isDelivered(swarm, command)) {
          Latencies.record(
              deliveredUs,
              TimeUnit.NANOSECONDS.toMicros(ledger.deliveredNs(swarm, command) - dueNs));
        }
      }
    }
    return new PhaseFigures(
        workload.endSecond(phase) - workload.beginSecond(phase),
        cpuSec,
        useful,
        stormRequests,
        doneUs,
        deliveredUs);
  }

  /** Both phases as one. */
  PhaseFigures plus(PhaseFigures other) {
    Histogram done = doneUs.copy();
    done.add(other.doneUs);
    Histogram delivered = deliveredUs.copy();
    delivered.add(other.deliveredUs);
    return new PhaseFigures(
        seconds + other.seconds,
        cpuSec + other.cpuSec,
        useful + other.useful,
        stormRequests + other.stormRequests,
        done,
        delivered);
  }

  /**
   * Processor seconds of the coordinator per 1,000 useful commands; infinite if there were none.
   */
  double cpuSecPer1000() {
    return useful == 0 ? Double.POSITIVE_INFINITY : cpuSec * 1_000 / useful;
  }

  double goodputPerSec() {
    return (double) useful / seconds;
  }

  double stormRequestsPerSec() {
    return (double) stormRequests / seconds;
  }

  /** A percentile of {@link #doneUs} in milliseconds. */
  double doneMs(double percentile) {
    return doneUs.getValueAtPercentile(percentile) / 1_000.0;
  }
}
