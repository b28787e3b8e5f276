// The input and output of an agent's session: streams, timers, handlers.
import type { DigestReport } from "../gen/swarmlog/v1/drift_pb.js";
import type { Nack } from "../gen/swarmlog/v1/parking_pb.js";
import type { Position } from "../gen/swarmlog/v1/position_pb.js";
import type { LogPlan } from "../gen/swarmlog/v1/resume_pb.js";
import type { Ack, Heartbeat, Hello } from "../gen/swarmlog/v1/session_pb.js";
import { attachOf, ControlStream, LaneStream } from "./agent-streams.js";
import { Backoff } from "./backoff.js";
import { monotonicNs, unixNano } from "./clock.js";
import type { Connection } from "./connection.js";
import type { Failure } from "./failure.js";
import type { Answers, LaneHandler } from "./handling/lane-handler.js";
import type { AckSpans } from "./handling/step-spans.js";
import type { SyncSpans } from "./handling/sync-spans.js";
import type { Logger } from "./logger.js";
import { logNamed, type Log } from "./names.js";
import { AgentSession, type SessionParts } from "./session/agent-session.js";
import type { LaneStep, PreparedStep } from "./session/lane-step.js";
import type { SyncReport } from "./session/reports.js";
import type { SessionOutput } from "./session/session-output.js";
import type { TimerKey, TimerKind } from "./session/timer-key.js";
import { NS_PER_MS } from "./units.js";

/** What a shell is made of; of the session, what it does not do itself. */
export interface ShellParts extends Omit<SessionParts, "output" | "backoffs"> {
  readonly connection: Connection;
  readonly syncs: SyncSpans;
  readonly logger: Logger;
  /** Makes the handler of a lane, which answers the shell. */
  readonly handlerOf: (log: Log, answers: Answers) => LaneHandler;
}

interface Timer {
  readonly kind: TimerKind;
  readonly atNs: number;
  readonly handle: NodeJS.Timeout;
}

/** The input and output of an agent's session: streams, timers, handlers. */
export class AgentShell implements SessionOutput, Answers {
  readonly session: AgentSession;
  readonly #connection: Connection;
  readonly #syncs: SyncSpans;
  readonly #logger: Logger;
  readonly #handlers = new Map<Log, LaneHandler>();
  #control: ControlStream | undefined;
  readonly #lanes = new Map<Log, LaneStream>();
  readonly #timers = new Map<string, Timer>();
  // While the session is told that a step is committed.
  #acking: AckSpans | undefined;
  // Streams that are not over.
  readonly #streams = new Set<Promise<void>>();
  #watches = false;

  constructor(parts: ShellParts) {
    const { connection } = parts;
    this.#connection = connection;
    this.#syncs = parts.syncs;
    this.#logger = parts.logger;
    this.session = new AgentSession({ ...parts, output: this, backoffs: () => new Backoff(connection.random) });
    for (const log of parts.stored.keys()) {
      this.#handlers.set(log, parts.handlerOf(log, this));
    }
  }

  /** Connects. */
  start(): void {
    this.session.start();
  }

  /** Finishes what handlers hold, and ends the session. */
  close(): void {
    this.session.close(monotonicNs());
  }

  /** Ends everything now; resolves when nothing is left of the streams. */
  async abort(): Promise<void> {
    this.session.abort();
    for (const timer of this.#timers.values()) {
      clearTimeout(timer.handle);
    }
    this.#timers.clear();
    for (const handler of this.#handlers.values()) {
      handler.abort();
    }
    await Promise.all(this.#streams);
  }

  // From handlers.

  applied(log: Log, done: PreparedStep, acks: AckSpans): void {
    this.#acking = acks;
    try {
      this.session.applied(log, done, monotonicNs(), unixNano());
    } finally {
      this.#acking = undefined;
      acks.notSent();
    }
  }

  failed(log: Log): void {
    this.session.applyFailed(log, monotonicNs());
  }

  refused(log: Log, nack: Nack, appliedBefore: number): void {
    this.session.refused(log, nack, appliedBefore, monotonicNs());
  }

  stopped(why: Failure): void {
    this.session.handlerStopped(why);
  }

  // From the session.

  openControl(hello: Hello): void {
    const listener = {
      frame: (frame: Parameters<AgentSession["controlFrame"]>[0]) =>
        this.session.controlFrame(frame, monotonicNs(), unixNano()),
      ended: (why: Failure) => this.#streamEnded(why),
    };
    this.#control = new ControlStream(this.#connection, hello, listener, this.#logger);
    this.#keep(this.#control);
  }

  openLane(sessionId: string, log: Log, plan: LogPlan): void {
    const attach = attachOf(sessionId, log, this.#syncs.attach(log, plan));
    const listener = {
      frame: (frame: Parameters<AgentSession["laneFrame"]>[1]) => {
        this.#syncs.frame(log, frame);
        this.session.laneFrame(log, frame, monotonicNs());
      },
      ended: (why: Failure) => this.#streamEnded(why),
    };
    const lane = new LaneStream(this.#connection, attach, listener, this.#logger);
    this.#lanes.set(log, lane);
    this.#keep(lane);
  }

  deltaBegan(stands: Position, head: Position): void {
    this.#syncs.fellBehind(stands, head);
  }

  syncEnded(log: Log, report: SyncReport | undefined, received: number, duplicates: number): void {
    this.#syncs.ended(log, report, received, duplicates);
  }

  endStreams(gently: boolean): void {
    this.#syncs.interrupted();
    for (const lane of this.#lanes.values()) {
      lane.end(gently);
    }
    this.#lanes.clear();
    this.#control?.end(gently);
    this.#control = undefined;
  }

  sendHeartbeat(known: Heartbeat): void {
    const handlers = [...this.#handlers.values()];
    known.sentUnixNano = unixNano();
    known.handlerRunningMs = BigInt(Math.max(0, ...handlers.map((handler) => handler.runningMs)));
    known.handlerHeldMs = BigInt(this.#heldMs());
    this.#control?.send({ case: "heartbeat", value: known });
  }

  sendNack(nack: Nack): void {
    this.#control?.send({ case: "nack", value: nack });
  }

  sendAck(ack: Ack): void {
    const lane = this.#lanes.get(logNamed(ack.applied?.log ?? 0));
    if (lane !== undefined) {
      lane.sendAck(ack);
      this.#acking?.sent();
    }
  }

  sendDigests(log: Log, report: DigestReport): void {
    this.#lanes.get(log)?.sendDigests(report);
  }

  requestFrame(log: Log): void {
    this.#lanes.get(log)?.request();
  }

  deliver(step: LaneStep): void {
    this.#handler(step.log).deliver(step);
  }

  deliverAgain(log: Log): void {
    this.#handler(log).deliverAgain();
  }

  goOn(log: Log): void {
    this.#handler(log).goOn();
  }

  startTimer(key: TimerKey, delayNs: number): void {
    const name = `${key.kind} ${key.lane ?? ""}`;
    clearTimeout(this.#timers.get(name)?.handle);
    // Rounded up: it must not be early.
    const handle = setTimeout(() => this.#fire(name, key), Math.ceil(delayNs / NS_PER_MS));
    this.#timers.set(name, { kind: key.kind, atNs: monotonicNs() + delayNs, handle });
  }

  #fire(name: string, key: TimerKey): void {
    this.#timers.delete(name);
    this.session.timer(key, monotonicNs());
  }

  #handler(log: Log): LaneHandler {
    const handler = this.#handlers.get(log);
    if (handler === undefined) {
      throw new RangeError(`Expected a log of the view, but got ${log}.`);
    }
    return handler;
  }

  /** For how long the lane that is held longest is held from now on. */
  #heldMs(): number {
    const nowNs = monotonicNs();
    const left = [...this.#timers.values()]
      .filter((timer) => timer.kind === "breaker")
      .map((timer) => Math.round((timer.atNs - nowNs) / NS_PER_MS));
    return Math.max(0, ...left);
  }

  #streamEnded(why: Failure): void {
    this.session.streamEnded(why, monotonicNs());
    if (this.session.waitsUnserved && !this.#watches) {
      this.#watches = true;
      void this.#watchConnection();
    }
  }

  async #watchConnection(): Promise<void> {
    await this.#connection.lost();
    this.#watches = false;
    this.session.connectionLost(monotonicNs());
  }

  #keep(stream: ControlStream | LaneStream): void {
    const over = stream.closed().finally(() => this.#streams.delete(over));
    this.#streams.add(over);
  }
}
