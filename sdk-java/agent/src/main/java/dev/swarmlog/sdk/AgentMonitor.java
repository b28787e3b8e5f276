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
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * What others may know of an agent: its state, and why it stopped. Written by the session's steps
 * on the way to the program's log and the user's listener, read and awaited by anyone.
 */
final class AgentMonitor implements AgentListener {
  private final AgentLog log;
  private final AgentListener next;
  private final Object lock = new Object();
  // Both guarded by the lock.
  private AgentState state = AgentState.WAITING;
  private @Nullable TerminalException refusal;

  AgentMonitor(AgentLog log, AgentListener next) {
    this.log = log;
    this.next = next;
  }

  AgentState state() {
    synchronized (lock) {
      return state;
    }
  }

  @Nullable TerminalException refusal() {
    synchronized (lock) {
      return refusal;
    }
  }

  /** Waits for a state; answers with the one there is when it was met or the time was over. */
  AgentState await(Predicate<AgentState> met, Duration timeout) throws InterruptedException {
    long deadlineNs = System.nanoTime() + timeout.toNanos();
    synchronized (lock) {
      while (!met.test(state)) {
        long leftMs = (deadlineNs - System.nanoTime()) / 1_000_000;
        if (leftMs <= 0) {
          return state;
        }
        lock.wait(leftMs);
      }
      return state;
    }
  }

  @Override
  public void stateChanged(AgentState changed) {
    synchronized (lock) {
      state = changed;
      lock.notifyAll();
    }
    next.stateChanged(changed);
  }

  @Override
  public void refused(TerminalException why) {
    synchronized (lock) {
      refusal = why;
    }
    log.refused(why);
    next.refused(why);
  }

  @Override
  public void connected(String sessionId, List<LogPlan> plans) {
    log.connected();
    next.connected(sessionId, plans);
  }

  @Override
  public void caughtUp(Position position, long received, long ignoredDuplicates) {
    next.caughtUp(position, received, ignoredDuplicates);
  }

  @Override
  public void parted(Position applied, Optional<Position> fork) {
    log.parted(applied, fork);
    next.parted(applied, fork);
  }

  @Override
  public void publishedLost(Log log, long groups, Position newest) {
    next.publishedLost(log, groups, newest);
  }

  @Override
  public void lost(Log log, List<LostEvents> lost) {
    next.lost(log, lost);
  }

  @Override
  public void synced(SyncReport report) {
    next.synced(report);
  }

  @Override
  public void drifted(RepairReport repair) {
    next.drifted(repair);
  }

  @Override
  public void fellBehind(Position position, Position head) {
    next.fellBehind(position, head);
  }

  @Override
  public void draining(String reason) {
    log.draining();
    next.draining(reason);
  }

  @Override
  public void disconnected(RetryableException why, Duration retryIn) {
    log.disconnected(why, retryIn);
    next.disconnected(why, retryIn);
  }

  @Override
  public void handlerFailed(
      List<Operation> operations,
      Throwable failure,
      int attempts,
      HandlerFailurePolicy.Decision decision) {
    next.handlerFailed(operations, failure, attempts, decision);
  }

  @Override
  public void nackAnswered(NackReply reply) {
    log.nackAnswered(reply);
    next.nackAnswered(reply);
  }

  @Override
  public void handlerHeld(Log log, Duration retryIn) {
    this.log.handlerHeld(log, retryIn);
    next.handlerHeld(log, retryIn);
  }

  @Override
  public void telemetryDropped(long count) {
    next.telemetryDropped(count);
  }

  @Override
  public void publisherChanged(PublisherState state) {
    next.publisherChanged(state);
  }
}
