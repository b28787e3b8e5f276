// One lane of a session: which frame may be read, and which step is with the handler.
import { create } from "@bufbuild/protobuf";

import { session } from "../../gen/swarmlog/v1/constants.js";
import { NackReply_Outcome, type Nack, type NackReply } from "../../gen/swarmlog/v1/parking_pb.js";
import type { Position } from "../../gen/swarmlog/v1/position_pb.js";
import { LogPlanSchema, type LogPlan, type LogResume } from "../../gen/swarmlog/v1/resume_pb.js";
import { StatusSchema } from "../../gen/google/rpc/status_pb.js";
import type { DataResponse } from "../../gen/swarmlog/v1/session_pb.js";
import type { Backoff } from "../backoff.js";
import { Failure } from "../failure.js";
import type { Log } from "../names.js";
import { NS_PER_MS } from "../units.js";
import { isSameHistory } from "./deliveries.js";
import type { HandlerBreaker } from "./handler-breaker.js";
import type { AckOutput } from "./lane-acks.js";
import type { LaneOutcome } from "./lane-outcome.js";
import { LaneReader } from "./lane-reader.js";
import { endOf, type LaneStep, type PreparedStep, type SessionTerms } from "./lane-step.js";
import type { SumsSchedule } from "./sums-schedule.js";
import type { TimerKind } from "./timer-key.js";

const TAKEN: ReadonlySet<NackReply_Outcome> = new Set([
  NackReply_Outcome.RETRY,
  NackReply_Outcome.PARKED,
  NackReply_Outcome.SKIPPED,
  NackReply_Outcome.SUPERSEDED,
]);

type LaneState = "detached" | "reading" | "applying" | "retrying" | "refusing" | "holding";

/** What a lane wants done. */
export interface LaneOutput extends AckOutput {
  /** Asks the stream for one more frame. */
  requestFrame(log: Log): void;
  /** Hands the step to the handler and commits it; answered by applied, failed or refused. */
  deliver(step: LaneStep): void;
  /** Hands the same step over again. */
  deliverAgain(log: Log): void;
  /** Hands the same step over again, from behind the operation that was refused. */
  goOn(log: Log): void;
  /** Tells the coordinator on Control what the agent cannot apply. */
  sendNack(nack: Nack): void;
}

/** What a lane is made of. */
export interface LaneParts {
  readonly log: Log;
  readonly stored: LogResume | undefined;
  readonly lacksKeys: boolean;
  readonly output: LaneOutput;
  readonly retryBackoff: Backoff;
  readonly breaker: HandlerBreaker;
  readonly sums: SumsSchedule;
}

/**
 * One lane of a session: which frame may be read, and which step is with the handler.
 *
 * What frames say, and where the lane stands, its `LaneReader` knows. It outlives streams: a step that a handler holds when
 * a stream breaks is finished, and only then the lane attaches again, so operations are never applied by two calls at a
 * time.
 *
 *                   attach               frame with content            applied
 *        detached --------> reading ----------------------------> applying --------> reading
 *           ^                  |                                   |     ^      (or detached)
 *           |  stream ended    |                    handler failed |     | retry timer
 *           +------------------+                                   v     |
 *                                                                 retrying
 *
 *                   handler refuses an operation       coordinator has taken it
 *        applying -----------------------------> refusing ---------------> applying, behind it
 *                                                   |
 *                                                   | it cannot be asked, or says no for good
 *                                                   v
 *                                                retrying
 *
 *                   coordinator has taken it,
 *                   the breaker is open                breaker timer
 *        refusing -------------------------> holding ----------------> applying, behind it
 *
 * A stream that ends while applying, retrying, refusing or holding leaves the state. One frame at a time is asked for, so at
 * most one is held.
 *
 * While refusing nothing of the step is committed. A Nack goes to whichever session there is: it is sent when the handler
 * stops, again with each new session, and again where no answer or "later" comes. The coordinator gives the same answer
 * however often it is asked.
 *
 * A step that a handler has when Hello is sent, and what the plan then knows of it: see `ResumePoint`.
 */
export class LaneSession {
  readonly log: Log;
  readonly #output: LaneOutput;
  readonly #retryBackoff: Backoff;
  readonly #breaker: HandlerBreaker;
  readonly #reader: LaneReader;
  #state: LaneState = "detached";
  #attached = false;
  #paused = false;
  #plan: LogPlan | undefined;
  // With the handler, unless detached or reading.
  #applying: LaneStep | undefined;
  // Of its operations, those whose outcome the breaker knows.
  #judged = 0;
  // What is refused of it, while refusing.
  #refused: Nack | undefined;
  #heldForNs = 0;
  // Who would read a Nack now.
  #nackReader: "nobody" | "older coordinator" | "coordinator" = "nobody";
  // At most one frame is asked for: either it is outstanding, or held, or being applied.
  #outstanding = false;
  #held: DataResponse | undefined;

  constructor(parts: LaneParts) {
    this.log = parts.log;
    this.#output = parts.output;
    this.#retryBackoff = parts.retryBackoff;
    this.#breaker = parts.breaker;
    const turn = {
      request: () => {
        this.#request();
      },
      hand: (step: LaneStep) => {
        this.#hand(step);
      },
    };
    const { log, stored, lacksKeys, output, sums } = parts;
    this.#reader = new LaneReader(log, stored, lacksKeys, output, turn, sums);
  }

  /** Telemetry is never caught up with, nor behind. */
  get isCaughtUp(): boolean {
    return this.#reader.isCaughtUp || this.log === "telemetry";
  }

  /** Whether a handler holds a step now. */
  get isApplying(): boolean {
    return this.#state === "applying";
  }

  /** Where the lane stands; undefined if it has no position yet. */
  get position(): Position | undefined {
    return this.#reader.position;
  }

  /** What is applied, or with a handler that may have applied it; undefined if there is nothing. */
  get appliedPosition(): Position | undefined {
    const step = this.#applying;
    return step === undefined || this.log === "telemetry" ? this.#reader.position : endOf(step);
  }

  /** Operations handed over since the lane was attached. */
  get received(): number {
    return this.#reader.received;
  }

  /** Operations that came again since the lane was attached. */
  get duplicates(): number {
    return this.#reader.duplicates;
  }

  /** Operations that came again since the agent was started. */
  get ignored(): number {
    return this.#reader.ignored;
  }

  /** Frames that did not follow on what the lane had since the agent was started. */
  get outOfOrder(): number {
    return this.#reader.outOfOrder;
  }

  /** For how long the breaker of the handler holds the lane; 0 if it does not. */
  get heldForNs(): number {
    return this.#state === "holding" ? this.#heldForNs : 0;
  }

  /** What Hello says of the lane; undefined if there is nothing to say. */
  present(): LogResume | undefined {
    return this.#reader.present(this.#applying);
  }

  /** Takes the coordinator's plan. */
  takePlan(plan: LogPlan | undefined, terms: SessionTerms): void {
    this.#plan = plan ?? create(LogPlanSchema);
    this.#reader.expect(terms);
    this.#nackReader = terms.nacks ? "coordinator" : "older coordinator";
    this.#refuse();
  }

  /** What is to be followed, while the lane waits to be attached to the current session; else undefined. */
  get planToAttach(): LogPlan | undefined {
    return this.#state === "detached" ? this.#plan : undefined;
  }

  /** Why the plan cannot be followed, now that no handler has a step; undefined if it can. */
  planMisfit(plan: LogPlan): string | undefined {
    return this.#reader.planMisfit(plan);
  }

  /** A stream is open for the lane. */
  attach(): void {
    const plan = this.#plan;
    this.#plan = undefined;
    this.#reader.attach(plan);
    this.#attached = true;
    this.#paused = false;
    this.#state = "reading";
    this.#outstanding = false;
    this.#request();
  }

  /** The lane's stream is gone, or about to be. */
  detach(): void {
    this.#attached = false;
    this.#plan = undefined;
    this.#nackReader = "nobody";
    this.#held = undefined;
    this.#reader.detach();
    if (this.#state === "reading") {
      this.#state = "detached";
    }
    if (this.#state === "detached") {
      this.#reader.standAtCommitted();
    }
  }

  /** Reads nothing more; what is being applied is finished and acknowledged. */
  pause(): void {
    this.#paused = true;
    this.#held = undefined;
  }

  /** A frame has come. */
  frame(frame: DataResponse): LaneOutcome {
    this.#outstanding = false;
    if (!this.#attached || this.#paused) {
      return undefined; // It comes again: nothing of it was acknowledged.
    }
    if (this.#state !== "reading") {
      this.#held = frame;
      return undefined;
    }
    return this.#reader.frame(frame);
  }

  /**
   * The handler is done with the step, and it is committed.
   *
   * @param appliedUnixNs when that was, by the agent's clock
   */
  applied(done: PreparedStep, appliedUnixNs: bigint): LaneOutcome {
    const step = this.#applying;
    if (step === undefined) {
      throw new Error("Expected a step with the handler, but there is none.");
    }
    this.#applying = undefined;
    this.#breaker.applied(done.batch.messages.length - this.#judged);
    this.#retryBackoff.reset();
    this.#state = this.#attached ? "reading" : "detached";
    const outcome = this.#reader.applied(step, done, this.#attached, appliedUnixNs);
    if (!this.#attached || this.#paused || outcome?.kind === "resync") {
      return outcome;
    }
    this.#reader.report();
    const held = this.#held;
    if (held !== undefined && outcome === undefined) {
      this.#held = undefined;
      return this.frame(held);
    }
    this.#request();
    return outcome;
  }

  /** The handler failed, and is to try again. */
  applyFailed(): void {
    this.#retryInPlace();
  }

  /**
   * The handler stopped at an operation, which it cannot apply.
   *
   * @param appliedBefore the operations it applied since it started or stopped last
   */
  refuse(nack: Nack, appliedBefore: number): void {
    this.#breaker.applied(appliedBefore);
    this.#breaker.failed();
    this.#judged += appliedBefore + 1;
    this.#state = "refusing";
    this.#refused = nack;
    this.#refuse();
  }

  /** The coordinator has answered a Nack; answers whether it was for what is refused now. */
  nackReply(reply: NackReply): boolean {
    if (this.#state !== "refusing" || this.#refused?.opId !== reply.opId) {
      return false;
    }
    if (TAKEN.has(reply.outcome)) {
      this.#taken();
      return true;
    }
    const why = Failure.ofStatus(reply.status ?? create(StatusSchema));
    if (why.retryable) {
      this.#startTimer("nack", this.#retryBackoff.nextDelayNs(0, why.retryAfterNs));
    } else {
      this.#retryInPlace();
    }
    return true;
  }

  /** The handler has been left alone for long enough. */
  breakerDue(): void {
    if (this.#state === "holding") {
      this.#breaker.probe();
      this.#goOn();
    }
  }

  /** It is time to ask again, because the coordinator said so or did not answer. */
  nackDue(): void {
    this.#refuse();
  }

  /** It is time to try again. */
  retryDue(): void {
    if (this.#state === "retrying") {
      this.#state = "applying";
      this.#output.deliverAgain(this.log);
    }
  }

  /** Commits and acknowledges a position that moved without operations. */
  flush(): void {
    if (this.#state === "reading") {
      this.#reader.flush();
    }
  }

  /** It is time to report sums again. */
  sumsDue(): void {
    this.#reader.sumsDue();
    if (this.#state === "reading" && !this.#paused) {
      this.#reader.report();
    }
  }

  #hand(step: LaneStep): void {
    this.#applying = step;
    this.#judged = 0;
    this.#state = "applying";
    this.#output.deliver(step);
  }

  #request(): void {
    if (!this.#outstanding) {
      this.#outstanding = true;
      this.#output.requestFrame(this.log);
    }
  }

  #taken(): void {
    this.#retryBackoff.reset();
    this.#refused = undefined;
    if (this.#breaker.isOpen) {
      this.#state = "holding";
      this.#heldForNs = this.#breaker.waitNs();
      this.#startTimer("breaker", this.#heldForNs);
    } else {
      this.#goOn();
    }
  }

  /**
   * Says what is refused, if there is anything and somebody to tell. The number of an operation means another one in another
   * history.
   */
  #refuse(): void {
    const asked = this.#refused;
    if (this.#state !== "refusing" || asked === undefined || this.#nackReader === "nobody") {
      return;
    }
    if (this.#nackReader === "older coordinator" || this.#isOfAnotherHistory()) {
      this.#retryInPlace();
    } else {
      this.#output.sendNack(asked);
      this.#startTimer("nack", session.nackPatienceMs * NS_PER_MS);
    }
  }

  #goOn(): void {
    this.#state = "applying";
    this.#output.goOn(this.log);
  }

  #isOfAnotherHistory(): boolean {
    const start = this.#plan?.start;
    return this.#applying !== undefined && start !== undefined && !isSameHistory(endOf(this.#applying), start);
  }

  #retryInPlace(): void {
    this.#refused = undefined;
    this.#state = "retrying";
    this.#startTimer("retry", this.#retryBackoff.nextDelayNs(0));
  }

  #startTimer(kind: TimerKind, delayNs: number): void {
    this.#output.startTimer({ kind, lane: this.log }, delayNs);
  }
}
