package dev.swarmlog.bench.storm;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.Recorder;

/**
 * What the handlers of all agents do: fail or succeed as the workload says, and note it. {@link
 * #handle} is called by many threads, {@link #enter} and {@link #latencyOfInterval} by the run's
 * own.
 */
final class StormHandlers {

  private static final long NO_COMMAND = -1;

  private final StormWorkload workload;
  private final CommandLedger ledger;
  private final Recorder interval = new Recorder(TimeUnit.MINUTES.toMicros(10), 2);
  private final AtomicLong failedByMisbehaving = new AtomicLong(NO_COMMAND);

  private volatile long beganNs = System.nanoTime();
  private volatile boolean storming;
  private volatile boolean failing;
  private volatile Consumer<Throwable> onError = error -> {};

  StormHandlers(StormWorkload workload, CommandLedger ledger) {
    this.workload = workload;
    this.ledger = ledger;
  }

  /** From when times count. */
  void begin(long nowNs) {
    beganNs = nowNs;
  }

  /** A second of the workload begins. */
  void enter(int second) {
    storming = workload.storming(second);
    failing = workload.failing(second);
    if (!storming) {
      failedByMisbehaving.set(NO_COMMAND);
    }
  }

  /** Handles a command: whether it succeeded. */
  boolean handle(int swarm, int command) {
    long nowNs = System.nanoTime() - beganNs;
    int attempt = ledger.attempted(swarm, command, nowNs);
    boolean misbehaves = StormWorkload.misbehaves(swarm, workload.agentOf(swarm, command));
    if (misbehaves && storming) {
      failedByMisbehaving.set(command);
      return false;
    }
    if (failing && workload.attemptFails(swarm, command, attempt)) {
      return false;
    }
    if (ledger.succeeded(swarm, command, nowNs) && !misbehaves) {
      interval.recordValue(
          Math.max(1, TimeUnit.NANOSECONDS.toMicros(nowNs - workload.dueNs(command))));
    }
    return true;
  }

  /** The command that the misbehaving agent failed last in this storm; negative if none. */
  long failedByMisbehaving() {
    return failedByMisbehaving.get();
  }

  /** Latencies of what healthy agents did since the last call, in microseconds. */
  Histogram latencyOfInterval() {
    return interval.getIntervalHistogram();
  }

  /** Who is told of what nobody expects. */
  void onError(Consumer<Throwable> listener) {
    onError = listener;
  }

  void error(Throwable error) {
    onError.accept(error);
  }
}
