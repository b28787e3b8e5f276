package dev.swarmlog.sdk;

import dev.swarmlog.v1.DataResponse;
import dev.swarmlog.v1.Delivery;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.LogPlan;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.Position;
import dev.swarmlog.v1.TelemetryDelivery;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One lane of an {@link AgentSession}: which frame may be read, which batch is with the handler,
 * and where the lane stands. It outlives streams: a batch that a handler holds when a stream breaks
 * is finished, and only then the lane attaches again, so operations are never applied by two calls
 * at a time.
 *
 * <pre>
 *              attach               frame with operations          applied
 *   DETACHED --------> READING ----------------------------> APPLYING --------> READING (or DETACHED)
 *      ^                  |                                   |     ^
 *      |  stream ended    |                    handler failed |     | retry timer
 *      +------------------+                                   v     |
 *                                                            RETRYING
 * </pre>
 *
 * A stream that ends while APPLYING or RETRYING leaves the state; {@code attached} tells whether
 * there is a stream. One frame at a time is asked for, so at most one is held. Pure, not
 * thread-safe.
 */
final class LaneSession {
  static final long FLUSH_DELAY_NS = Duration.ofMillis(250).toNanos();

  enum State {
    DETACHED,
    READING,
    APPLYING,
    RETRYING
  }

  /** What a lane wants done. */
  interface Output {
    /** Ask the stream for one more frame. */
    void requestFrame(Log log);

    /** Hand the batch to the handler and commit the cursor; answered by applied or applyFailed. */
    void deliver(Batch batch);

    /** Hand the same batch over again. */
    void deliverAgain(Log log);

    /** Tell the coordinator what is durably applied. */
    void sendAck(Position applied);

    void startTimer(TimerKey key, long delayNs);
  }

  /** What a frame means for the session. */
  sealed interface Outcome {
    /** Nothing. */
    record Ok() implements Outcome {}

    /** The stream does not fit the position: connect again and resume from it. */
    record Resync(String why) implements Outcome {}

    /** The lane has caught up. */
    record CaughtUp() implements Outcome {}

    /** The lane has fallen behind. */
    record FellBehind(Position head) implements Outcome {}

    /** Telemetry was lost. */
    record Dropped(long count) implements Outcome {}
  }

  private static final Outcome OK = new Outcome.Ok();

  private final Log log;
  private final Output output;
  private final Backoff retryBackoff;
  private State state = State.DETACHED;
  private boolean attached;
  private boolean paused;
  private boolean caughtUp;
  // Everything at or below it is applied, or not for this agent. Never goes back within an epoch.
  private @Nullable Position position;
  // What a restart would resume from; committed <= position.
  private @Nullable Position committed;
  private @Nullable LogPlan planToAdopt;
  // At most one frame is asked for: either it is outstanding, or held, or being applied.
  private boolean outstanding;
  private @Nullable DataResponse held;
  private long received;
  private long duplicates;

  LaneSession(Log log, @Nullable Position stored, Output output, Backoff retryBackoff) {
    this.retryBackoff = retryBackoff;
    this.log = log;
    this.output = output;
    this.position = stored;
    this.committed = stored;
  }

  Log log() {
    return log;
  }

  State state() {
    return state;
  }

  /** Telemetry is never caught up with, nor behind. */
  boolean isCaughtUp() {
    return caughtUp || log == Log.LOG_TELEMETRY;
  }

  /** Whether a handler holds a batch now. */
  boolean isApplying() {
    return state == State.APPLYING;
  }

  @Nullable Position position() {
    return position;
  }

  long received() {
    return received;
  }

  long duplicates() {
    return duplicates;
  }

  /**
   * Takes the coordinator's plan; true if the lane can attach at once, else it can after {@link
   * #applied}.
   */
  boolean plan(LogPlan plan) {
    planToAdopt = plan;
    return state == State.DETACHED;
  }

  /** Whether the lane waits to be attached to the current session. */
  boolean canAttach() {
    return planToAdopt != null && state == State.DETACHED;
  }

  /** A stream is open for the lane. */
  void attach() {
    LogPlan plan = planToAdopt;
    planToAdopt = null;
    if (plan != null && plan.hasStart()) {
      adopt(plan.getStart());
    }
    attached = true;
    paused = false;
    caughtUp = false;
    received = 0;
    duplicates = 0;
    state = State.READING;
    outstanding = false;
    if (position != null && position.getOpId() > committedOpId()) {
      startFlushTimer(); // The one before may have come while there was no stream.
    }
    request();
  }

  /** The lane's stream is gone, or about to be. */
  void detach() {
    attached = false;
    planToAdopt = null;
    held = null;
    caughtUp = false;
    if (state == State.READING) {
      state = State.DETACHED;
    }
  }

  /** Reads nothing more; what is being applied is finished and acknowledged. */
  void pause() {
    paused = true;
    held = null;
  }

  Outcome frame(DataResponse frame) {
    outstanding = false;
    if (!attached || paused) {
      return OK; // It comes again: nothing of it was acknowledged.
    }
    if (state != State.READING) {
      held = frame;
      return OK;
    }
    return switch (frame.getFrameCase()) {
      case DELIVERY -> delivery(frame.getDelivery());
      case CAUGHT_UP -> caughtUp(frame.getCaughtUp().getPosition());
      case FELL_BEHIND -> {
        caughtUp = false;
        request();
        yield new Outcome.FellBehind(frame.getFellBehind().getHead());
      }
      case TELEMETRY -> telemetry(frame.getTelemetry());
      case SNAPSHOT, RECEIPT, NOTICE, FRAME_NOT_SET -> {
        // A frame of a later version; what must not be missed would come as a capability we did not
        // ask for.
        request();
        yield OK;
      }
    };
  }

  /** The handler is done with the batch, and the cursor is committed at its end. */
  Outcome applied(Position to) {
    retryBackoff.reset();
    state = attached ? State.READING : State.DETACHED;
    if (log != Log.LOG_TELEMETRY) {
      if (position == null || isSameHistory(position, to)) {
        if (position == null || to.getOpId() > position.getOpId()) {
          position = to;
        }
        committed = to;
      }
      if (attached) {
        output.sendAck(to);
      }
    }
    if (!attached || paused) {
      return OK;
    }
    DataResponse next = held;
    if (next != null) {
      held = null;
      return frame(next);
    }
    request();
    return OK;
  }

  void applyFailed() {
    state = State.RETRYING;
    output.startTimer(new TimerKey(TimerKey.Kind.RETRY, log), retryBackoff.nextDelayNs(0, null));
  }

  void retryDue() {
    if (state == State.RETRYING) {
      state = State.APPLYING;
      output.deliverAgain(log);
    }
  }

  /** Commits and acknowledges a position that moved without operations. */
  void flush() {
    if (state != State.READING || position == null || position.getOpId() <= committedOpId()) {
      return;
    }
    state = State.APPLYING;
    output.deliver(new Batch(log, committedOpId(), position, List.of()));
  }

  private void startFlushTimer() {
    output.startTimer(new TimerKey(TimerKey.Kind.FLUSH, log), FLUSH_DELAY_NS);
  }

  private void request() {
    if (!outstanding) {
      outstanding = true;
      output.requestFrame(log);
    }
  }

  private Outcome delivery(Delivery delivery) {
    Position to = delivery.getTo();
    Position from = position;
    if (from != null && !isSameHistory(from, to)) {
      return new Outcome.Resync(
          "Expected deliveries of epoch %016x, but got one of epoch %016x"
              .formatted(from.getEpoch(), to.getEpoch()));
    }
    long fromOpId = from == null ? delivery.getFromOpId() : from.getOpId();
    if (delivery.getFromOpId() > fromOpId) {
      return new Outcome.Resync(
          "Expected a delivery that starts at operation %d or before, but it starts at %d"
              .formatted(fromOpId, delivery.getFromOpId()));
    }
    if (!isOrdered(delivery)) {
      return new Outcome.Resync(
          "Expected operations in ascending order within (%d, %d], but got another order"
              .formatted(delivery.getFromOpId(), to.getOpId()));
    }
    List<Operation> fresh = above(fromOpId, delivery.getOperationsList());
    duplicates += delivery.getOperationsCount() - fresh.size();
    if (fresh.isEmpty()) {
      if (committed != null && delivery.getOperationsCount() > 0) {
        // Applied while the lane was detached: nothing else would acknowledge it on this stream.
        output.sendAck(to.getOpId() <= committed.getOpId() ? to : committed);
      }
      move(to);
      request();
      return OK;
    }
    received += fresh.size();
    state = State.APPLYING;
    output.deliver(new Batch(log, fromOpId, to, fresh));
    return OK;
  }

  private Outcome caughtUp(Position at) {
    if (position == null || isSameHistory(position, at)) {
      move(at);
    }
    caughtUp = true;
    request();
    return new Outcome.CaughtUp();
  }

  private Outcome telemetry(TelemetryDelivery delivery) {
    if (delivery.getOperationsCount() == 0) {
      request();
    } else {
      received += delivery.getOperationsCount();
      state = State.APPLYING;
      Position nowhere = Position.newBuilder().setLog(log).build();
      output.deliver(new Batch(log, 0, nowhere, delivery.getOperationsList()));
    }
    return delivery.getDroppedCount() == 0 ? OK : new Outcome.Dropped(delivery.getDroppedCount());
  }

  /** Moves the position without operations, and sees to it that it is committed in a moment. */
  private void move(Position to) {
    if (log == Log.LOG_TELEMETRY || (position != null && to.getOpId() <= position.getOpId())) {
      return;
    }
    boolean first = position == null || position.getOpId() <= committedOpId();
    position = to;
    if (first && to.getOpId() > committedOpId()) {
      startFlushTimer();
    }
  }

  /**
   * A start in another history replaces the position; in the same one it can only move it over what
   * is lost.
   */
  private void adopt(Position start) {
    if (position == null
        || !isSameHistory(position, start)
        || start.getOpId() > position.getOpId()) {
      position = start;
      committed = start;
    }
  }

  private long committedOpId() {
    return committed == null ? 0 : committed.getOpId();
  }

  private static boolean isSameHistory(Position a, Position b) {
    return a.getEpoch() == b.getEpoch() && a.getIncarnation() == b.getIncarnation();
  }

  private static boolean isOrdered(Delivery delivery) {
    long last = delivery.getFromOpId();
    for (int i = 0; i < delivery.getOperationsCount(); i++) {
      long opId = delivery.getOperations(i).getOpId();
      if (opId <= last) {
        return false;
      }
      last = opId;
    }
    return last <= delivery.getTo().getOpId();
  }

  private static List<Operation> above(long opId, List<Operation> ascending) {
    int first = 0;
    while (first < ascending.size() && ascending.get(first).getOpId() <= opId) {
      first++;
    }
    return first == 0 ? ascending : ascending.subList(first, ascending.size());
  }
}
