// The agent's side of a session.
import { create } from "@bufbuild/protobuf";

import { Code } from "../../gen/google/rpc/code_pb.js";
import { StatusSchema } from "../../gen/google/rpc/status_pb.js";
import { session } from "../../gen/swarmlog/v1/constants.js";
import type { Nack, NackReply } from "../../gen/swarmlog/v1/parking_pb.js";
import { PositionSchema, type Position } from "../../gen/swarmlog/v1/position_pb.js";
import { Plan, type LogPlan, type LogResume } from "../../gen/swarmlog/v1/resume_pb.js";
import {
  HelloSchema,
  type ControlResponse,
  type DataResponse,
  type Drain,
  type Hello,
  type Welcome,
} from "../../gen/swarmlog/v1/session_pb.js";
import type { Backoff } from "../backoff.js";
import { Failure } from "../failure.js";
import { wireLog, type Log } from "../names.js";
import { NS_PER_MS } from "../units.js";
import { isFinal, type AgentState } from "./agent-state.js";
import { beginning, isSameHistory, isShared } from "./deliveries.js";
import { HandlerBreaker } from "./handler-breaker.js";
import { Heartbeats, type ClockOffset } from "./heartbeats.js";
import type { LaneOutcome } from "./lane-outcome.js";
import { LaneSession } from "./lane-session.js";
import { termsOf, type PreparedStep } from "./lane-step.js";
import type { SyncReport } from "./reports.js";
import type { SessionListener, SessionOutput } from "./session-output.js";
import { SumsSchedule } from "./sums-schedule.js";
import type { TimerKey, TimerKind } from "./timer-key.js";

const MS_PER_SECOND = 1_000;

/** What a session is made of. */
export interface SessionParts {
  /** Hello without positions. */
  readonly identity: Hello;
  /** The lanes of the view, each with what is stored of it. */
  readonly stored: ReadonlyMap<Log, LogResume | undefined>;
  /** The lanes of which the user's state lacks keys that are held by the index. */
  readonly lacking: ReadonlySet<Log>;
  readonly output: SessionOutput;
  readonly listener: SessionListener;
  readonly backoffs: () => Backoff;
  /** How often the user's state is compared at most; undefined if there is none to ask. */
  readonly stateIntervalNs: number | undefined;
}

/**
 * The agent's side of a session: everything that is decided, and nothing that is done.
 *
 * Frames, timers, ends of streams and finished steps come in as calls; what is to be done goes out to the output. No input
 * or output, no clock, no randomness of its own.
 *
 * | in | on | to | doing |
 * |---|---|---|---|
 * | WAITING | start | CONNECTING | open Control with Hello |
 * | CONNECTING | Welcome | CATCHING_UP | open idle lanes, heartbeat |
 * | CONNECTING | Welcome with a REJECT | FAILED | end streams, tell why |
 * | CONNECTING | handshake timer | WAITING | end streams, reconnect timer |
 * | CATCHING_UP | CaughtUp on the last lane | LIVE | tell so |
 * | LIVE | FellBehind | CATCHING_UP | tell so |
 * | CONNECTING, CATCHING_UP, LIVE | retryable end of a stream | WAITING | end streams, reconnect timer |
 * | CATCHING_UP, LIVE | gap, differing state, misfitting plan, three heartbeats unanswered | WAITING | the same |
 * | CATCHING_UP, LIVE | Drain | DRAINING | read nothing more |
 * | DRAINING (coordinator's) | last batch applied, or stream ended | WAITING | end streams, reconnect timer |
 * | WAITING | reconnect timer | CONNECTING | open Control with Hello |
 * | any but CLOSED, FAILED | terminal end of a stream, handler stopped | FAILED | end streams, tell why |
 * | any but CLOSED, FAILED | close | DRAINING | read nothing more |
 * | DRAINING (our own) | last batch applied, or stream ended, or abort | CLOSED | end streams |
 *
 * Any other input leaves the state as it is. While it is waiting because it is not served, a connection that is lost brings
 * the reconnect timer forward.
 *
 * A batch held by a handler survives all of that: see `LaneSession`.
 */
export class AgentSession {
  readonly #identity: Hello;
  readonly #output: SessionOutput;
  readonly #listener: SessionListener;
  readonly #backoff: Backoff;
  readonly #heartbeats = new Heartbeats();
  readonly #lanes = new Map<Log, LaneSession>();
  #state: AgentState = "waiting";
  #closing = false;
  #sessionId: string | undefined;
  #drainedForNs = 0;
  // While waiting, when that is over, and whether the coordinator said so because it does not serve the agent.
  #reconnectAtNs = 0;
  #notServed = false;
  // The session was established, and ended by the other side: perhaps for many agents at once.
  #lost = false;

  /** A session that has not begun. */
  constructor(parts: SessionParts) {
    const { output, backoffs } = parts;
    this.#identity = parts.identity;
    this.#output = output;
    this.#listener = parts.listener;
    this.#backoff = backoffs();
    for (const [log, stored] of parts.stored) {
      const lane = new LaneSession({
        log,
        stored,
        lacksKeys: parts.lacking.has(log),
        output,
        retryBackoff: backoffs(),
        breaker: new HandlerBreaker(backoffs()),
        sums: new SumsSchedule(parts.stateIntervalNs),
      });
      this.#lanes.set(log, lane);
    }
  }

  get state(): AgentState {
    return this.#state;
  }

  /** How far the coordinator's clock is ahead; undefined before a heartbeat was answered. */
  get clockOffset(): ClockOffset | undefined {
    return this.#heartbeats.clockOffset;
  }

  /** The lane of a log of the view. */
  lane(log: Log): LaneSession {
    const lane = this.#lanes.get(log);
    if (lane === undefined) {
      throw new RangeError(`Expected a log of the view, but got ${log}.`);
    }
    return lane;
  }

  /** Connects. */
  start(): void {
    this.#connect();
  }

  /** A frame of Control has come. */
  controlFrame({ frame }: ControlResponse, nowNs: number, nowUnixNs: bigint): void {
    switch (frame.case) {
      case "welcome":
        this.#welcome(frame.value, nowNs);
        break;
      case "heartbeatReply":
        this.#heartbeats.answered(frame.value, nowUnixNs);
        break;
      case "drain":
        this.#drain(frame.value, nowNs);
        break;
      case "nackReply":
        this.#nackReply(frame.value);
        break;
      default:
      // What else there may be is of a later version; what must not be missed would come as a capability we did not ask for.
    }
  }

  /** A frame of a lane has come. */
  laneFrame(log: Log, frame: DataResponse, nowNs: number): void {
    const lane = this.lane(log);
    this.#outcome(lane, lane.frame(frame), nowNs);
  }

  /** A stream of the session ended, or could not be opened. */
  streamEnded(failure: Failure, nowNs: number): void {
    if (isFinal(this.#state) || this.#state === "waiting") {
      return;
    }
    if (this.#closing) {
      this.#finish();
    } else if (failure.retryable) {
      this.#lost = this.#sessionId !== undefined;
      this.#disconnect(failure, nowNs);
    } else {
      this.#fail(failure);
    }
  }

  /** Whether the agent waits because the coordinator does not serve it for a time. */
  get waitsUnserved(): boolean {
    return this.#state === "waiting" && this.#notServed;
  }

  /**
   * The connection is lost over which the coordinator said for how long it does not serve. What comes back may be another
   * one, which knows nothing of that: so the agent comes within 30 s, spread over them as all others that lost it.
   */
  connectionLost(nowNs: number): void {
    if (!this.waitsUnserved || this.#closing) {
      return;
    }
    const delayNs = this.#backoff.anyDelayNs();
    if (delayNs < this.#reconnectAtNs - nowNs) {
      this.#reconnectAtNs = nowNs + delayNs;
      this.#output.startTimer({ kind: "reconnect" }, delayNs);
    }
  }

  /**
   * The handler is done with the lane's step, and it is committed.
   *
   * @param appliedUnixNs when that was, by the agent's clock
   */
  applied(log: Log, done: PreparedStep, nowNs: number, appliedUnixNs: bigint): void {
    const lane = this.lane(log);
    this.#outcome(lane, lane.applied(done, appliedUnixNs), nowNs);
    this.#attachIfWaiting(lane, nowNs);
    this.#finishDrainIfIdle(nowNs);
  }

  /** The handler failed, and is to try again. */
  applyFailed(log: Log, nowNs: number): void {
    this.lane(log).applyFailed();
    this.#finishDrainIfIdle(nowNs);
  }

  /** The handler cannot apply an operation: the coordinator is to say what becomes of it. */
  refused(log: Log, nack: Nack, appliedBefore: number, nowNs: number): void {
    this.lane(log).refuse(nack, appliedBefore);
    this.#finishDrainIfIdle(nowNs);
  }

  /** The handler cannot go on. */
  handlerStopped(failure: Failure): void {
    if (!isFinal(this.#state)) {
      this.#fail(failure);
    }
  }

  /** A timer is over. */
  timer(key: TimerKey, nowNs: number): void {
    if (key.lane !== undefined) {
      if (!isFinal(this.#state)) {
        this.#laneTimer(key.kind, this.lane(key.lane));
      }
    } else if (key.kind === "reconnect") {
      if (this.#state === "waiting" && !this.#closing) {
        this.#connect();
      }
    } else if (key.kind === "heartbeat") {
      this.#heartbeatDue(nowNs);
    } else if (key.kind === "handshake" && this.#state === "connecting") {
      const seconds = session.handshakeTimeoutMs / MS_PER_SECOND;
      const why = `Expected an answer to Hello within ${seconds} s, but there was none`;
      this.#disconnect(Failure.local(Code.DEADLINE_EXCEEDED, why), nowNs);
    }
  }

  /** Finishes what handlers hold, and closes. */
  close(nowNs: number): void {
    if (isFinal(this.#state) || this.#closing) {
      return;
    }
    this.#closing = true;
    for (const lane of this.#lanes.values()) {
      lane.flush();
    }
    this.#pause();
    this.#enter("draining");
    this.#finishDrainIfIdle(nowNs);
  }

  /** Closes without waiting for handlers any longer. */
  abort(): void {
    if (!isFinal(this.#state)) {
      this.#finish();
    }
  }

  #laneTimer(kind: TimerKind, lane: LaneSession): void {
    if (kind === "flush") {
      lane.flush();
    } else if (kind === "sums") {
      lane.sumsDue();
    } else if (this.#closing) {
      return;
    } else if (kind === "retry") {
      lane.retryDue();
    } else if (kind === "nack") {
      lane.nackDue();
    } else if (kind === "breaker") {
      lane.breakerDue();
    }
  }

  #connect(): void {
    const { $typeName: _, $unknown: __, ...identity } = this.#identity;
    const hello = create(HelloSchema, identity);
    for (const lane of this.#lanes.values()) {
      const resume = lane.present();
      if (resume !== undefined) {
        hello.resume.push(resume);
      }
    }
    this.#drainedForNs = 0;
    this.#enter("connecting");
    this.#output.startTimer({ kind: "handshake" }, session.handshakeTimeoutMs * NS_PER_MS);
    this.#output.openControl(hello);
  }

  #welcome(welcome: Welcome, nowNs: number): void {
    if (this.#state !== "connecting") {
      return;
    }
    const rejected = welcome.plans.find((plan) => plan.plan === Plan.REJECT);
    if (rejected !== undefined) {
      this.#fail(Failure.ofStatus(rejected.status ?? create(StatusSchema)));
      return;
    }
    this.#backoff.succeeded(nowNs);
    this.#sessionId = welcome.sessionId;
    this.#heartbeats.begin(welcome.heartbeatIntervalMs);
    this.#enter("catching-up");
    this.#listener.connected(welcome.sessionId, welcome.plans);
    const planOf = (log: Log) => welcome.plans.find((plan) => plan.log === wireLog(log));
    for (const [log, lane] of this.#lanes) {
      const plan = planOf(log);
      if (plan === undefined) {
        continue;
      }
      if (plan.lost.length > 0) {
        this.#listener.lost(log, plan.lost);
      }
      this.#tellParted(lane, plan);
    }
    const terms = termsOf(welcome);
    for (const [log, lane] of this.#lanes) {
      lane.takePlan(planOf(log), terms);
    }
    for (const lane of this.#lanes.values()) {
      this.#attachIfWaiting(lane, nowNs);
    }
    this.#heartbeatDue(nowNs);
  }

  /** What a handler still has counts as applied. */
  #tellParted(lane: LaneSession, plan: LogPlan): void {
    const applied = lane.appliedPosition;
    const { start, fork } = plan;
    if (applied === undefined || applied.opId === 0n || start === undefined) {
      return;
    }
    if (!isSameHistory(applied, start) && !isShared(applied, plan)) {
      this.#listener.parted(applied, fork);
    }
  }

  #nackReply(reply: NackReply): void {
    const lane = [...this.#lanes.values()].find((each) => wireLog(each.log) === reply.log);
    if (lane === undefined || isFinal(this.#state) || !lane.nackReply(reply)) {
      return;
    }
    this.#listener.nackAnswered(reply);
    if (lane.heldForNs > 0) {
      this.#listener.handlerHeld(lane.log, lane.heldForNs);
    }
  }

  #attachIfWaiting(lane: LaneSession, nowNs: number): void {
    const plan = lane.planToAttach;
    if (this.#sessionId === undefined || !this.#inSession || plan === undefined) {
      return;
    }
    const misfit = lane.planMisfit(plan);
    if (misfit !== undefined) {
      this.#disconnect(Failure.local(Code.ABORTED, misfit), nowNs);
      return;
    }
    this.#output.openLane(this.#sessionId, lane.log, plan);
    lane.attach();
  }

  #outcome(lane: LaneSession, outcome: LaneOutcome, nowNs: number): void {
    switch (outcome?.kind) {
      case "caught-up":
        this.#caughtUp(lane, outcome.report);
        break;
      case "fell-behind":
        this.#fellBehind(lane.position ?? beginning(outcome.head), outcome.head);
        break;
      case "mended":
        this.#listener.drifted(outcome.report);
        break;
      case "dropped":
        this.#listener.telemetryDropped(outcome.count);
        break;
      case "resync":
        if (outcome.report !== undefined) {
          this.#output.syncEnded(lane.log, outcome.report, lane.received, lane.duplicates);
          this.#listener.synced(outcome.report);
        }
        if (this.#inSession) {
          this.#disconnect(Failure.local(Code.ABORTED, outcome.why), nowNs);
        }
        break;
      case undefined:
        break;
    }
  }

  #fellBehind(stands: Position, head: Position): void {
    this.#output.deltaBegan(stands, head);
    this.#listener.fellBehind(stands, head);
    if (this.#state === "live") {
      this.#enter("catching-up");
    }
  }

  #caughtUp(lane: LaneSession, report: SyncReport | undefined): void {
    this.#output.syncEnded(lane.log, report, lane.received, lane.duplicates);
    if (report !== undefined) {
      this.#listener.synced(report);
    }
    const position = lane.position ?? create(PositionSchema, { log: wireLog(lane.log) });
    this.#listener.caughtUp(position, lane.received, lane.duplicates);
    if (this.#state === "catching-up" && [...this.#lanes.values()].every((each) => each.isCaughtUp)) {
      this.#enter("live");
    }
  }

  #heartbeatDue(nowNs: number): void {
    if (this.#sessionId === undefined || isFinal(this.#state) || this.#state === "waiting") {
      return;
    }
    if (this.#heartbeats.areUnanswered) {
      const why =
        "Expected an answer to one of the last " + `${session.maxUnansweredHeartbeats} heartbeats, but there was none`;
      this.streamEnded(Failure.local(Code.UNAVAILABLE, why), nowNs);
      return;
    }
    const heartbeat = this.#heartbeats.next();
    for (const lane of this.#lanes.values()) {
      heartbeat.ignoredDuplicates += BigInt(lane.ignored);
      heartbeat.outOfOrder += BigInt(lane.outOfOrder);
    }
    this.#output.sendHeartbeat(heartbeat);
    this.#output.startTimer({ kind: "heartbeat" }, this.#heartbeats.intervalNs);
  }

  #drain(drain: Drain, nowNs: number): void {
    if (!this.#inSession) {
      return;
    }
    this.#drainedForNs = drain.reconnectAfterMs * NS_PER_MS;
    this.#pause();
    this.#enter("draining");
    this.#listener.draining(drain.reason);
    this.#finishDrainIfIdle(nowNs);
  }

  #pause(): void {
    for (const lane of this.#lanes.values()) {
      lane.pause();
    }
  }

  #finishDrainIfIdle(nowNs: number): void {
    const applying = [...this.#lanes.values()].some((lane) => lane.isApplying);
    if (this.#state !== "draining" || applying) {
      return;
    }
    if (this.#closing) {
      this.#finish();
    } else {
      const why = "The coordinator asked to connect again";
      this.#disconnect(Failure.local(Code.UNAVAILABLE, why), nowNs);
    }
  }

  #disconnect(why: Failure, nowNs: number): void {
    const atLeastNs = Math.max(why.retryAfterNs ?? 0, this.#drainedForNs);
    this.#endSession(this.#state === "draining");
    const delayNs = this.#lost
      ? this.#backoff.delayAfterLossNs(nowNs, atLeastNs)
      : this.#backoff.nextDelayNs(nowNs, atLeastNs);
    this.#lost = false;
    this.#reconnectAtNs = nowNs + delayNs;
    this.#notServed = why.reason === "BREAKER_OPEN";
    this.#enter("waiting");
    this.#listener.disconnected(why, delayNs);
    this.#output.startTimer({ kind: "reconnect" }, delayNs);
  }

  #fail(why: Failure): void {
    this.#endSession(false);
    this.#listener.refused(why);
    this.#enter("failed");
  }

  #finish(): void {
    this.#endSession(true);
    this.#enter("closed");
  }

  #endSession(gently: boolean): void {
    this.#sessionId = undefined;
    this.#output.endStreams(gently);
    for (const lane of this.#lanes.values()) {
      lane.detach();
    }
  }

  get #inSession(): boolean {
    return this.#state === "catching-up" || this.#state === "live";
  }

  #enter(following: AgentState): void {
    if (following !== this.#state) {
      this.#state = following;
      this.#listener.stateChanged(following);
    }
  }
}
