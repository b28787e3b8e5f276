package dev.swarmlog.reliability.simulation;

import java.util.ArrayDeque;
import java.util.List;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.Callable;
import java.util.concurrent.Delayed;
import java.util.concurrent.FutureTask;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Threads of a process, as events. A serial one runs what it is given in order, one at a time; else
 * each task runs when its own delay is over.
 */
final class VirtualExecutor extends AbstractExecutorService implements ScheduledExecutorService {

  private final VirtualTime time;
  private final VirtualProcess process;
  private final boolean serial;
  private final LongSupplier delayNs;
  private final ArrayDeque<Runnable> waiting = new ArrayDeque<>();
  private boolean busy;
  private boolean shutdown;

  /**
   * Threads of a process.
   *
   * @param delayNs how long the next task waits for its turn
   */
  VirtualExecutor(VirtualTime time, VirtualProcess process, boolean serial, LongSupplier delayNs) {
    this.time = time;
    this.process = process;
    this.serial = serial;
    this.delayNs = delayNs;
  }

  @Override
  public void execute(Runnable task) {
    if (shutdown) {
      throw new RejectedExecutionException("Expected a process that runs, but it stops");
    }
    if (!serial) {
      time.schedule(process, delayNs.getAsLong(), task);
      return;
    }
    waiting.add(task);
    if (!busy) {
      runNext();
    }
  }

  private void runNext() {
    Runnable next = waiting.poll();
    busy = next != null;
    if (next != null) {
      time.schedule(
          process,
          delayNs.getAsLong(),
          () -> {
            try {
              next.run();
            } finally {
              runNext();
            }
          });
    }
  }

  @Override
  public ScheduledFuture<?> schedule(Runnable command, long delay, TimeUnit unit) {
    return new Timer<>(command, null, unit.toNanos(delay), 0);
  }

  @Override
  public <V> ScheduledFuture<V> schedule(Callable<V> callable, long delay, TimeUnit unit) {
    throw new UnsupportedOperationException("Expected only actions to be scheduled");
  }

  @Override
  public ScheduledFuture<?> scheduleAtFixedRate(
      Runnable command, long initialDelay, long period, TimeUnit unit) {
    return scheduleWithFixedDelay(command, initialDelay, period, unit);
  }

  @Override
  public ScheduledFuture<?> scheduleWithFixedDelay(
      Runnable command, long initialDelay, long delay, TimeUnit unit) {
    return new Timer<>(command, null, unit.toNanos(initialDelay), unit.toNanos(delay));
  }

  @Override
  public void shutdown() {
    shutdown = true;
  }

  @Override
  public List<Runnable> shutdownNow() {
    shutdown = true;
    return List.of();
  }

  @Override
  public boolean isShutdown() {
    return shutdown;
  }

  @Override
  public boolean isTerminated() {
    return shutdown;
  }

  @Override
  public boolean awaitTermination(long timeout, TimeUnit unit) {
    return true;
  }

  /** An event by way of a future. */
  private final class Timer<V> extends FutureTask<V> implements ScheduledFuture<V> {
    private final long periodNs;
    private VirtualTime.Event event;

    Timer(Runnable command, V result, long firstNs, long periodNs) {
      super(command, result);
      this.periodNs = periodNs;
      this.event = time.schedule(process, firstNs, this::fire);
    }

    private void fire() {
      if (isCancelled()) {
        return;
      }
      if (periodNs == 0) {
        run();
      } else {
        runAndReset();
        event = time.schedule(process, periodNs, this::fire);
      }
    }

    @Override
    protected void setException(Throwable failure) {
      super.setException(failure);
      if (failure instanceof Error error) {
        throw error;
      }
      throw new IllegalStateException("Expected a timer not to throw, but " + failure, failure);
    }

    @Override
    public boolean cancel(boolean mayInterrupt) {
      event.cancel();
      return super.cancel(mayInterrupt);
    }

    @Override
    public long getDelay(TimeUnit unit) {
      return unit.convert(event.atNs() - time.nowNs(), TimeUnit.NANOSECONDS);
    }

    @Override
    public int compareTo(Delayed other) {
      return Long.compare(getDelay(TimeUnit.NANOSECONDS), other.getDelay(TimeUnit.NANOSECONDS));
    }
  }
}
