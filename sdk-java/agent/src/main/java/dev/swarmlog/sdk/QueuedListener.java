package dev.swarmlog.sdk;

import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.LogPlan;
import dev.swarmlog.v1.LostEvents;
import dev.swarmlog.v1.NackReply;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.Position;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Takes each call to the user's listener off the thread it happens on. What a program must know
 * before it is given more, such as what it can never be given, handlers wait for. Thread-safe.
 */
final class QueuedListener implements AgentListener {
  private final AgentListener listener;
  private final Executor queue;

  /** Calls that handlers wait for, and that have not returned. */
  private final AtomicInteger unheard = new AtomicInteger();

  /** On which one of them is made. */
  private volatile @Nullable Thread hearing;

  QueuedListener(AgentListener listener, Executor queue) {
    this.listener = listener;
    this.queue = queue;
  }

  /**
   * Runs something once the listener has heard all that it was told before and that handlers wait
   * for: at once if there is nothing of that kind.
   */
  void whenHeard(Runnable task) {
    if (unheard.get() == 0) {
      task.run();
    } else {
      queue.execute(task);
    }
  }

  /** Whether the calling thread is in a call that handlers wait for. */
  boolean isCurrentThread() {
    return hearing == Thread.currentThread();
  }

  private void tellFirst(Runnable call) {
    unheard.incrementAndGet();
    queue.execute(
        () -> {
          hearing = Thread.currentThread();
          try {
            call.run();
          } finally {
            hearing = null;
            unheard.decrementAndGet();
          }
        });
  }

  @Override
  public void connected(String sessionId, List<LogPlan> plans) {
    queue.execute(() -> listener.connected(sessionId, plans));
  }

  @Override
  public void caughtUp(Position position, long received, long ignoredDuplicates) {
    queue.execute(() -> listener.caughtUp(position, received, ignoredDuplicates));
  }

  @Override
  public void parted(Position applied, Optional<Position> fork) {
    tellFirst(() -> listener.parted(applied, fork));
  }

  @Override
  public void publishedLost(Log log, long groups, Position newest) {
    queue.execute(() -> listener.publishedLost(log, groups, newest));
  }

  @Override
  public void lost(Log log, List<LostEvents> lost) {
    tellFirst(() -> listener.lost(log, lost));
  }

  @Override
  public void synced(SyncReport report) {
    queue.execute(() -> listener.synced(report));
  }

  @Override
  public void drifted(RepairReport repair) {
    queue.execute(() -> listener.drifted(repair));
  }

  @Override
  public void fellBehind(Position position, Position head) {
    queue.execute(() -> listener.fellBehind(position, head));
  }

  @Override
  public void draining(String reason) {
    queue.execute(() -> listener.draining(reason));
  }

  @Override
  public void disconnected(RetryableException why, Duration retryIn) {
    queue.execute(() -> listener.disconnected(why, retryIn));
  }

  @Override
  public void refused(TerminalException why) {
    queue.execute(() -> listener.refused(why));
  }

  @Override
  public void handlerFailed(
      List<Operation> operations,
      Throwable failure,
      int attempts,
      HandlerFailurePolicy.Decision decision) {
    queue.execute(() -> listener.handlerFailed(operations, failure, attempts, decision));
  }

  @Override
  public void nackAnswered(NackReply reply) {
    queue.execute(() -> listener.nackAnswered(reply));
  }

  @Override
  public void handlerHeld(Log log, Duration retryIn) {
    queue.execute(() -> listener.handlerHeld(log, retryIn));
  }

  @Override
  public void telemetryDropped(long count) {
    queue.execute(() -> listener.telemetryDropped(count));
  }

  @Override
  public void stateChanged(AgentState state) {
    queue.execute(() -> listener.stateChanged(state));
  }

  @Override
  public void publisherChanged(PublisherState state) {
    queue.execute(() -> listener.publisherChanged(state));
  }
}
