package dev.swarmlog.bench.storm;

import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/**
 * One run of one contender: publishes what is due, starts and ends the storm, and reads the figures
 * once a second. Used once, by one thread.
 *
 * <p>Threads: one per swarm publishes; the clock's thread counts the seconds, and owns what is
 * noted at each; the storm's thread starts and ends the misbehaving agent, whose loop has one of
 * its own.
 */
final class StormRun implements AutoCloseable {

  private static final long CONNECTED_MS = 500;
  private static final long POLL_MS = 20;
  private static final long LAST_ANSWERS_MS = 1_000;
  private static final double US_PER_MS = 1_000;

  private final ContenderKind kind;
  private final StormWorkload workload;
  private final CommandLedger ledger;
  private final StormHandlers handlers;
  private final Contender contender;
  private final StormListener listener;
  private final RetryLoop.StormCounts counts = new RetryLoop.StormCounts();
  private final CompletableFuture<Boolean> ended = new CompletableFuture<>();
  private final ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor();
  private final ExecutorService storm = Executors.newSingleThreadExecutor();
  private final ExecutorService threads = Executors.newCachedThreadPool();

  // Of the clock's thread, until the run has ended.
  private final double[] cpuSecAt;
  private final StormTotals[] stormAt;
  private int second;
  private long doneBefore;
  private long lastProgressNs = Long.MIN_VALUE;

  // Of the storm's thread.
  private @Nullable BrokenAgent broken;
  private @Nullable RetryLoop loop;

  private volatile boolean closed;

  StormRun(
      ContenderKind kind,
      StormWorkload workload,
      CommandLedger ledger,
      StormHandlers handlers,
      Contender contender,
      StormListener listener) {
    this.kind = kind;
    this.workload = workload;
    this.ledger = ledger;
    this.handlers = handlers;
    this.contender = contender;
    this.listener = listener;
    this.cpuSecAt = new double[workload.totalSeconds() + 1];
    this.stormAt = new StormTotals[workload.totalSeconds() + 1];
    Arrays.fill(stormAt, StormTotals.NONE);
  }

  StormResult run() throws Exception {
    handlers.onError(ended::completeExceptionally);
    listener.progress(
        kind, "connecting %,d agents".formatted(workload.swarms() * workload.agents()));
    contender.connect();
    listener.ready(kind);

    long beganNs = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(CONNECTED_MS);
    handlers.begin(beganNs);
    for (int swarm = 0; swarm < workload.swarms(); swarm++) {
      int ofSwarm = swarm;
      threads.execute(() -> guarded(() -> publish(ofSwarm, beganNs)));
    }
    var unused =
        clock.scheduleAtFixedRate(
            () -> guarded(this::tick),
            beganNs - System.nanoTime(),
            TimeUnit.SECONDS.toNanos(1),
            TimeUnit.NANOSECONDS);
    awaitEnd();
    return StormResult.of(kind, workload, ledger, cpuSecAt, List.of(stormAt));
  }

  private void publish(int swarm, long beganNs) {
    for (int command = 0; command < workload.commandsPerSwarm() && !closed; command++) {
      long dueNs = beganNs + workload.dueNs(command);
      long leftNs = dueNs - System.nanoTime();
      while (leftNs > 0 && !closed) {
        LockSupport.parkNanos(this, leftNs);
        leftNs = dueNs - System.nanoTime();
      }
      contender.publish(swarm, command);
    }
  }

  /** A second is over, or the first one begins. */
  private void tick() {
    if (second > workload.totalSeconds()) {
      return;
    }
    cpuSecAt[second] = contender.cpu().toNanos() / 1e9;
    stormAt[second] = counts.now();
    if (second > 0) {
      sample();
    }
    boolean stormed = second > 0 && workload.storming(second - 1);
    boolean storming = second < workload.totalSeconds() && workload.storming(second);
    handlers.enter(second);
    if (storming && !stormed) {
      int rate = workload.stormRate(second);
      storm.execute(() -> guarded(() -> beginStorm(rate)));
    } else if (stormed && !storming) {
      storm.execute(() -> guarded(this::endStorm));
    }
    if (second == workload.totalSeconds()) {
      listener.progress(kind, "waiting for what is under way");
      long endNs = System.nanoTime();
      var unused =
          clock.scheduleAtFixedRate(() -> settle(endNs), POLL_MS, POLL_MS, TimeUnit.MILLISECONDS);
    }
    second++;
  }

  private void sample() {
    int ofSecond = second - 1;
    long done = ledger.done();
    Histogram us = handlers.latencyOfInterval();
    listener.sample(
        new StormSample(
            kind,
            second,
            workload.phase(TimeUnit.SECONDS.toNanos(ofSecond)),
            workload.storming(ofSecond),
            workload.failing(ofSecond),
            cpuSecAt[second] - cpuSecAt[ofSecond],
            done - doneBefore,
            us.getValueAtPercentile(50) / US_PER_MS,
            us.getValueAtPercentile(99) / US_PER_MS,
            stormAt[second].since(stormAt[ofSecond]).made()));
    doneBefore = done;
  }

  private void settle(long endNs) {
    long nowNs = System.nanoTime();
    long done = ledger.done();
    if (done != doneBefore) {
      doneBefore = done;
      lastProgressNs = nowNs;
    }
    long quietNs = nowNs - Math.max(endNs, lastProgressNs);
    if (done == ledger.commands() || quietNs > contender.patience().toNanos()) {
      ended.complete(true);
    }
  }

  private void beginStorm(int ratePerSecond) throws Exception {
    broken = contender.beginStorm();
    loop = new RetryLoop(broken, ratePerSecond, counts);
    threads.execute(loop);
  }

  private void endStorm() throws Exception {
    if (loop != null) {
      loop.end();
      boolean unused = loop.awaitAnswers(LAST_ANSWERS_MS);
    }
    if (broken != null) {
      broken.close();
    }
    contender.endStorm();
  }

  private interface Step {
    void run() throws Exception;
  }

  private void guarded(Step step) {
    try {
      step.run();
    } catch (Exception e) {
      ended.completeExceptionally(e);
    }
  }

  private void awaitEnd() throws Exception {
    try {
      boolean unused = ended.get();
    } catch (ExecutionException e) {
      throw e.getCause() instanceof Exception failure ? failure : e;
    }
  }

  @Override
  public void close() {
    closed = true;
    clock.shutdownNow();
    if (loop != null) {
      loop.end();
    }
    storm.shutdownNow();
    threads.shutdownNow();
  }
}
