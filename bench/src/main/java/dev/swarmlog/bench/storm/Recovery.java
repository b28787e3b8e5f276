package dev.swarmlog.bench.storm;

import dev.swarmlog.bench.Latencies;
import java.util.OptionalDouble;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;

/**
 * When a contender had recovered from the storm: the first moment behind its end from which on the
 * p99 of every window of one second, by when commands were due, is at most twice that of the quiet
 * phase before. Windows begin every 100 ms and lie within the phase behind the storm. A command
 * that was never done is slower than any.
 */
final class Recovery {

  static final double FACTOR = 2;

  private static final long STEP_NS = TimeUnit.MILLISECONDS.toNanos(100);
  private static final long WINDOW_NS = TimeUnit.SECONDS.toNanos(1);
  private static final double PERCENTILE = 99;

  private Recovery() {}

  /** Seconds from the end of the storm; empty if it had not recovered when the run ended. */
  static OptionalDouble seconds(StormWorkload workload, CommandLedger ledger, double quietP99Ms) {
    long endOfStormNs = TimeUnit.SECONDS.toNanos(workload.beginSecond(Phase.AFTER));
    long endNs = TimeUnit.SECONDS.toNanos(workload.endSecond(Phase.AFTER));
    long recoveredNs = -1;
    for (long fromNs = endNs - WINDOW_NS; fromNs >= endOfStormNs; fromNs -= STEP_NS) {
      if (p99Ms(workload, ledger, fromNs) > FACTOR * quietP99Ms) {
        break;
      }
      recoveredNs = fromNs - endOfStormNs;
    }
    return recoveredNs < 0 ? OptionalDouble.empty() : OptionalDouble.of(recoveredNs / 1e9);
  }

  private static double p99Ms(StormWorkload workload, CommandLedger ledger, long fromNs) {
    Histogram us = Latencies.histogram();
    int rate = workload.ratePerSecond();
    int first = (int) (fromNs * rate / WINDOW_NS);
    for (int swarm = 0; swarm < workload.swarms(); swarm++) {
      for (int command = first; command < workload.commandsPerSwarm(); command++) {
        long dueNs = workload.dueNs(command);
        if (dueNs >= fromNs + WINDOW_NS) {
          break;
        }
        if (dueNs >= fromNs && !StormWorkload.misbehaves(swarm, workload.agentOf(swarm, command))) {
          long tookNs =
              ledger.isDone(swarm, command)
                  ? ledger.doneNs(swarm, command) - dueNs
                  : Long.MAX_VALUE;
          Latencies.record(us, TimeUnit.NANOSECONDS.toMicros(tookNs));
        }
      }
    }
    return us.getValueAtPercentile(PERCENTILE) / 1_000.0;
  }
}
