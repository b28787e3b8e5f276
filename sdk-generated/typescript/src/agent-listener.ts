// Who is told what happens to an agent.
import type { NackReply } from "../gen/swarmlog/v1/parking_pb.js";
import type { Position } from "../gen/swarmlog/v1/position_pb.js";
import type { LogPlan, LostEvents } from "../gen/swarmlog/v1/resume_pb.js";
import type { RetryableError, TerminalError } from "./errors.js";
import type { Decision } from "./handling/failure-policy.js";
import type { Log } from "./names.js";
import type { Operation } from "./operation.js";
import type { PublisherListener } from "./publishing/state.js";
import type { AgentState } from "./session/agent-state.js";
import type { RepairReport, SyncReport } from "./session/reports.js";

/**
 * Is told what happens to an agent, and to its publisher. Implement what is of interest.
 *
 * Called one call after the other, in order; it must not block the event loop. What it throws, or what its promises reject with,
 * is logged. Nobody awaits these but handlers those of lost and parted.
 */
export interface AgentListener extends PublisherListener {
  /** A session is open. The plans say of each log in the view how the coordinator brings the agent up to date, and why. */
  connected?(sessionId: string, plans: readonly LogPlan[]): unknown;

  /**
   * The log has been compacted beyond where the agent stood: these must-deliver events can never be handed out to it, by scope; a
   * count of 0 if it is not known how many. Told before the first batch of the session is, which waits until what this returns is
   * settled: until then the agent stands where it stood, and is told again if it ends meanwhile. So it must not wait for the agent.
   * Keyed state is taken over whole, so nothing is missing there.
   */
  lost?(log: Log, lost: readonly LostEvents[]): unknown;

  /**
   * The coordinator has lost operations that it had acknowledged, and the agent may have applied some of them: those above the fork,
   * up to where it stood, are in the log no more, and others may have their numbers. Keyed state is taken over as the log has it
   * now. Events stay applied: what they did has to be looked at. Told before the first batch of a session is, which waits as for
   * lost, and again with each session until something has been applied in it. Not told where the history that the agent knows is
   * part of the log's, though another epoch has begun.
   *
   * @param applied where the agent stood, in the epoch that ended
   * @param fork the last operation that both histories have; undefined if the coordinator does not know
   */
  parted?(applied: Position, fork: Position | undefined): unknown;

  /**
   * Everything up to the position has been applied and its cursor committed. Told once per lane and session, and after each
   * `fellBehind`.
   *
   * @param received the operations applied on this lane since it attached
   * @param duplicates those that came again since then and were ignored
   */
  caughtUp?(position: Position, received: number, duplicates: number): unknown;

  /**
   * A sync of one log ended: what it brought, and whether the agent holds what it should. Told before `caughtUp`. Where the keyed
   * state differs, the agent connects again by itself and takes it over whole, once; events that differ cannot be fetched again.
   * Not told by a coordinator that sends no receipts.
   */
  synced?(report: SyncReport): unknown;

  /**
   * What the agent held of a scope differed from the log, and was mended. The coordinator noticed it by the sums that the agent
   * reports while it is live. Told when the repair has been applied and committed. Something is wrong where the agent runs: its
   * store, its handlers, or what else writes to its state.
   */
  drifted?(repair: RepairReport): unknown;

  /**
   * The agent is behind what the coordinator holds in memory. It is served from disk until it has caught up: it gets one operation
   * per changed key, however far it is behind.
   */
  fellBehind?(position: Position, head: Position): unknown;

  /** The coordinator is about to go; the agent finishes its batches and connects again. */
  draining?(reason: string): unknown;

  /** The session ended, or could not be opened. The agent tries again by itself, after so many milliseconds. */
  disconnected?(why: RetryableError, retryInMs: number): unknown;

  /** The agent has stopped for good: trying again would give the same answer. `why` says what to do. */
  refused?(why: TerminalError): unknown;

  /** A handler threw; `attempts` is how often it has been tried by now. */
  handlerFailed?(operations: readonly Operation[], failure: unknown, attempts: number, decision: Decision): unknown;

  /**
   * The coordinator has answered what becomes of an operation that could not be applied. Refused: its status says why, and the lane
   * waits; it asks again after a backoff, or has the handler try again where asking is no use. Any other outcome: the lane goes on
   * behind the operation.
   */
  nackAnswered?(reply: NackReply): unknown;

  /**
   * The handler of a lane fails nearly always: the lane is held and reads nothing for so many milliseconds, then tries the next
   * operation. Told each time; when that one is applied, it goes on as before. 5 s at first, doubling up to 5 minutes, and up to
   * 30 s of jitter.
   */
  handlerHeld?(log: Log, retryInMs: number): unknown;

  /** Telemetry the agent was not given, because it was too slow or away. */
  telemetryDropped?(count: bigint): unknown;

  /** The agent is in another state. */
  stateChanged?(state: AgentState): unknown;
}
