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

/**
 * Is told what happens to an agent, and to its {@linkplain SwarmAgent#publisher() publisher}.
 * Called one call at a time, in order, on a thread of the connection's executor, never on a network
 * thread; a slow listener delays later calls to it, and nothing else but what handlers wait for:
 * {@link #lost} and {@link #parted}. What it throws is logged.
 */
public interface AgentListener extends PublisherListener {
  /**
   * A session is open.
   *
   * @param plans of each log in the view: how the coordinator brings the agent up to date, and why
   */
  default void connected(String sessionId, List<LogPlan> plans) {}

  /**
   * The log has been compacted beyond where the agent stood: these must-deliver events can never be
   * handed out to it. Told before the first batch of the session is, which waits until this call
   * has returned: until then the agent stands where it stood, and is told again if it ends
   * meanwhile. Keyed state is taken over whole, so nothing is missing there.
   *
   * @param lost by scope; a count of 0 if it is not known how many
   */
  default void lost(Log log, List<LostEvents> lost) {}

  /**
   * The coordinator has lost operations that it had acknowledged, and the agent may have applied
   * some of them: those above the fork, up to where it stood, are in the log no more, and others
   * may have their numbers. Keyed state is taken over as the log has it now. Events stay applied:
   * what they did has to be looked at. Told before the first batch of a session is, which waits
   * until this call has returned, and again with each session until something has been applied in
   * it. Not told where the history that the agent knows is part of the log's, though another epoch
   * has begun.
   *
   * @param applied where the agent stood, in the epoch that ended
   * @param fork the last operation that both histories have; empty if the coordinator does not know
   */
  default void parted(Position applied, Optional<Position> fork) {}

  /**
   * Everything up to the position has been applied and its cursor committed. Told once per lane and
   * session, and after each {@link #fellBehind}.
   *
   * @param received operations applied on this lane since it attached
   * @param ignoredDuplicates operations that came again since it attached and were ignored
   */
  default void caughtUp(Position position, long received, long ignoredDuplicates) {}

  /**
   * A sync of one log ended: what it brought, and whether the agent holds now what it should hold.
   * Told before {@link #caughtUp}. Where the keyed state differs, the agent connects again by
   * itself and takes it over whole, once; events that differ cannot be fetched again. Not told by a
   * coordinator that sends no receipts.
   */
  default void synced(SyncReport report) {}

  /**
   * What the agent held of a scope differed from the log: the coordinator noticed it by the sums
   * that the agent reports while it is live, and mended it. Told when the repair has been applied
   * and committed. Something is wrong where the agent runs: its store, its handlers, or what else
   * writes to its state.
   */
  default void drifted(RepairReport repair) {}

  /**
   * The agent is behind what the coordinator holds in memory and is served from disk until it has
   * caught up: it gets one operation per changed key, however far it is behind.
   */
  default void fellBehind(Position position, Position head) {}

  /** The coordinator is about to go; the agent finishes its batches and connects again. */
  default void draining(String reason) {}

  /** The session ended, or could not be opened. The agent tries again by itself. */
  default void disconnected(RetryableException why, Duration retryIn) {}

  /**
   * The agent has stopped for good: trying again would give the same answer. {@code why} says what
   * to do.
   */
  default void refused(TerminalException why) {}

  /**
   * A handler threw.
   *
   * @param attempts how often it has been tried by now
   */
  default void handlerFailed(
      List<Operation> operations,
      Throwable failure,
      int attempts,
      HandlerFailurePolicy.Decision decision) {}

  /**
   * The coordinator has answered what becomes of an operation that a handler could not apply
   * ({@link HandlerFailurePolicy.Decision#RETRY_LATER}, {@link
   * HandlerFailurePolicy.Decision#PARK}).
   *
   * @param reply refused: its status says why, and the lane waits; it asks again after a backoff,
   *     or has the handler try again where asking is no use. Any other outcome: the lane goes on
   *     behind the operation.
   */
  default void nackAnswered(NackReply reply) {}

  /**
   * The handler of a lane fails nearly always: the lane is held and reads nothing, then tries the
   * next operation. Told each time; when that one is applied, it goes on as before.
   *
   * @param retryIn 5 s at first, doubling up to 5 minutes, and up to 30 s of jitter
   */
  default void handlerHeld(Log log, Duration retryIn) {}

  /** Telemetry the agent was not given, because it was too slow or away. */
  default void telemetryDropped(long count) {}

  /** {@link SwarmAgent#state()} changed. */
  default void stateChanged(AgentState state) {}
}
