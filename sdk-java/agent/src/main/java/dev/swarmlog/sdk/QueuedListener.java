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

/** Takes each call to the user's listener off the thread it happens on. Thread-safe. */
final class QueuedListener implements AgentListener {
  private final AgentListener listener;
  private final Executor queue;

  QueuedListener(AgentListener listener, Executor queue) {
    this.listener = listener;
    this.queue = queue;
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
    queue.execute(() -> listener.parted(applied, fork));
  }

  @Override
  public void publishedLost(Log log, long groups, Position newest) {
    queue.execute(() -> listener.publishedLost(log, groups, newest));
  }

  @Override
  public void lost(Log log, List<LostEvents> lost) {
    queue.execute(() -> listener.lost(log, lost));
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
