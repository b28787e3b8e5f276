// A session that is open, without streams and clocks.
import { create } from "@bufbuild/protobuf";

import type { Operation } from "../gen/swarmlog/v1/operation_pb.js";
import type { Position } from "../gen/swarmlog/v1/position_pb.js";
import { LogPlanSchema, LogResumeSchema, type LogPlan } from "../gen/swarmlog/v1/resume_pb.js";
import {
  Capability,
  ControlResponseSchema,
  HelloSchema,
  type ControlResponse,
  type DataResponse,
} from "../gen/swarmlog/v1/session_pb.js";
import { Backoff } from "../src/backoff.js";
import { HandlerTable } from "../src/handling/handler-table.js";
import { wireLog } from "../src/names.js";
import { AgentSession } from "../src/session/agent-session.js";
import { LaneLedger } from "../src/session/lane-ledger.js";
import type { LaneStep } from "../src/session/lane-step.js";
import { Scope } from "../src/session/scope.js";
import type { SessionListener, SessionOutput } from "../src/session/session-output.js";
import { randomness } from "./fraction-random.js";

/** A session at a position, of an agent that has a handler of commands for all. */
export class ProbedSession {
  readonly #handlers = new HandlerTable();
  readonly #ledger: LaneLedger;
  readonly #session: AgentSession;
  #handed: LaneStep | undefined;
  #hasEnded = false;
  /** What was new. */
  readonly applied: Operation[] = [];
  /** Of that, what there is a handler for. */
  readonly handled: Operation[] = [];

  /** @param inSync the coordinator sends deltas, and the plan is to be followed */
  constructor(stands: Position, plan: LogPlan, inSync: boolean) {
    const commands = new Scope("commands").toMessage();
    const stored = create(LogResumeSchema, { position: stands, scopes: [commands] });
    this.#handlers.add("commands", undefined, () => undefined);
    this.#ledger = new LaneLedger(stored, true, []);
    const output: Partial<SessionOutput> = {
      deliver: (step) => {
        this.#handed = step;
      },
      endStreams: () => {
        this.#hasEnded = true;
      },
    };
    this.#session = new AgentSession({
      identity: create(HelloSchema),
      stored: new Map([["main", stored]]),
      lacking: new Set(),
      output: orNothing(output) as SessionOutput,
      listener: orNothing({}) as SessionListener,
      backoffs: () => new Backoff(randomness(0)),
      stateIntervalNs: undefined,
    });
    this.#session.start();
    const { $typeName: _, ...fields } = plan;
    const followed = create(LogPlanSchema, { ...fields, log: wireLog("main"), scopes: [commands] });
    const capabilities = inSync ? BigInt(Capability.SYNC) : 0n;
    this.control(
      create(ControlResponseSchema, {
        frame: { case: "welcome", value: { sessionId: "s", capabilities, plans: [followed] } },
      }),
    );
  }

  /** A frame of Control has come. */
  control(frame: ControlResponse): void {
    this.#session.controlFrame(frame, 0, 0n);
  }

  /** A frame of the lane has come; what it brings is applied. */
  data(frame: DataResponse): void {
    if (this.#hasEnded) {
      return;
    }
    this.#session.laneFrame("main", frame, 0);
    const step = this.#handed;
    this.#handed = undefined;
    if (step !== undefined) {
      const done = this.#ledger.prepare(step);
      const { messages } = done.batch;
      this.applied.push(...messages);
      this.handled.push(...messages.filter((message) => this.#handlers.find(message) !== undefined));
      this.#session.applied("main", done, 0, 0n);
    }
  }

  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** Operations that were applied before. */
  get ignored(): number {
    return this.#session.lane("main").ignored;
  }

  /** Frames that did not follow. */
  get outOfOrder(): number {
    return this.#session.lane("main").outOfOrder;
  }

  /** Where the lane stands. */
  get readUpTo(): bigint {
    return this.#session.lane("main").position?.opId ?? 0n;
  }
}

/** All else that a session wants done, and tells, is of no use here. */
function orNothing(some: object): unknown {
  return new Proxy(some, {
    get: (target, name): unknown => Reflect.get(target, name) ?? (() => undefined),
  });
}
