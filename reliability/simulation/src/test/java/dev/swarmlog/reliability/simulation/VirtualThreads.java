package dev.swarmlog.reliability.simulation;

import dev.swarmlog.server.Threads;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.function.LongSupplier;

/** The threads of a coordinator, as events. */
final class VirtualThreads implements Threads {

  private static final int SENDERS = 2;

  private final VirtualTime time;
  private final VirtualProcess process;
  private final LongSupplier delayNs;
  private final List<Loops> loops = new ArrayList<>();

  /** One loop: a step is taken when it is woken, and once in a while. */
  final class Loops implements Running {
    private final Step step;
    private final End end;
    private final long waitNs;
    private boolean busy;
    private boolean scheduled;
    private boolean ended;

    private Loops(Step step, End end, long waitNs) {
      this.step = step;
      this.end = end;
      this.waitNs = waitNs;
      tick();
    }

    private void tick() {
      if (!ended) {
        step();
        time.schedule(process, waitNs, this::tick);
      }
    }

    /** There is something to do. */
    void wake() {
      if (!scheduled && !busy && !ended) {
        scheduled = true;
        time.schedule(
            process,
            delayNs.getAsLong(),
            () -> {
              scheduled = false;
              step();
            });
      }
    }

    private void step() {
      if (busy || ended) {
        return;
      }
      busy = true;
      try {
        if (!step.run(0)) {
          end(null);
        }
      } catch (InterruptedException e) {
        end(null);
      } catch (VirtualProcess.Died e) {
        throw e;
      } catch (RuntimeException | Error e) {
        end(e);
      } finally {
        busy = false;
      }
    }

    private void end(Throwable failure) {
      ended = true;
      end.run(failure);
    }

    @Override
    public boolean join(Duration timeout) {
      while (!ended) {
        step();
      }
      return true;
    }
  }

  /**
   * Threads that have not begun.
   *
   * @param delayNs how long the next step waits for its turn
   */
  VirtualThreads(VirtualTime time, VirtualProcess process, LongSupplier delayNs) {
    this.time = time;
    this.process = process;
    this.delayNs = delayNs;
  }

  @Override
  public Running start(String name, long waitNs, Step step, End end) {
    Loops started = new Loops(step, end, Math.max(waitNs, 500_000_000L));
    loops.add(started);
    return started;
  }

  /** The loop that was started as the n-th. */
  Loops loop(int index) {
    return loops.get(index);
  }

  @Override
  public List<ExecutorService> senders() {
    List<ExecutorService> senders = new ArrayList<>();
    for (int i = 0; i < SENDERS; i++) {
      senders.add(new VirtualExecutor(time, process, /* serial= */ true, delayNs));
    }
    return senders;
  }
}
