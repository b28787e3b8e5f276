// Runs a lane's steps, one at a time.
import { create } from "@bufbuild/protobuf";

import { Code } from "../../gen/google/rpc/code_pb.js";
import { handler } from "../../gen/swarmlog/v1/constants.js";
import type { Operation as OperationMessage } from "../../gen/swarmlog/v1/operation_pb.js";
import { Nack_Reaction, NackSchema, type Nack } from "../../gen/swarmlog/v1/parking_pb.js";
import { CursorStoreError } from "../cursor.js";
import { SwarmlogError } from "../errors.js";
import { Failure } from "../failure.js";
import { wireLog, type Log } from "../names.js";
import { Operation } from "../operation.js";
import type { Randomness } from "../randomness.js";
import { RetryBudget } from "../retry-budget.js";
import type { LaneLedger } from "../session/lane-ledger.js";
import { endOf, type LaneStep, type PreparedStep } from "../session/lane-step.js";
import { isRedelivery, triedBefore } from "../session/redelivery.js";
import { textOf } from "../thrown.js";
import type { AgentTracing } from "./agent-tracing.js";
import type { Application, NotApplied } from "./application.js";
import { requireDecision, retryLaterInMs, type Decision, type FailurePolicy } from "./failure-policy.js";
import type { HandlerLog } from "./handler-log.js";
import type { RunWatch } from "./run-watch.js";
import { readStates, type StateSource } from "./state-reader.js";
import { StepSpans, type AckSpans } from "./step-spans.js";

const NOT_COMMITTED = "Expected the step to be committed, but the agent stopped before";

/** Where the answer goes. */
export interface Answers {
  /** The step is applied and committed. */
  applied(log: Log, done: PreparedStep, acks: AckSpans): void;
  /** It is to be tried again. */
  failed(log: Log): void;
  /**
   * An operation cannot be applied.
   *
   * @param appliedBefore the operations since the run started or stopped last
   */
  refused(log: Log, nack: Nack, appliedBefore: number): void;
  /** The agent cannot go on. */
  stopped(why: Failure): void;
}

/** Who is told that a handler threw. */
export interface FailureListener {
  /** Resolves when what handlers wait for has been told; never rejects. */
  readonly heard: Promise<unknown>;
  handlerFailed(operations: readonly Operation[], failure: unknown, attempts: number, decision: Decision): void;
}

/** What the handler of a lane is made of. */
export interface LaneHandlerParts {
  readonly log: Log;
  readonly ledger: LaneLedger;
  readonly application: Application;
  readonly policy: FailurePolicy;
  readonly stateOf: StateSource | undefined;
  readonly watch: RunWatch;
  readonly answers: Answers;
  readonly listener: FailureListener;
  readonly random: Randomness;
  readonly handlerLog: HandlerLog;
  readonly tracing: AgentTracing;
}

/** How far a step has come. */
interface Run {
  readonly step: LaneStep;
  readonly spans: StepSpans;
  prepared?: PreparedStep;
  next: number;
  attempts: number;
  applied: number;
  // By index; what comes before, the coordinator has been told of.
  untold: number;
}

type Answer =
  | { readonly kind: "applied"; readonly done: PreparedStep; readonly acks: AckSpans }
  | { readonly kind: "failed" }
  | { readonly kind: "refused"; readonly nack: Nack }
  | { readonly kind: "stopped"; readonly why: Failure };

/** Runs a lane's steps, one at a time, each once the listener has heard what it has to hear before. A step is delivered again only after it was answered, so runs never overlap. */
export class LaneHandler {
  readonly #parts: LaneHandlerParts;
  #run: Run | undefined;
  // Or skipped, by index.
  #refused = new Set<number>();
  readonly #atOnce = RetryBudget.ofHandlers();
  #aborted = false;

  constructor(parts: LaneHandlerParts) {
    this.#parts = parts;
  }

  /** Runs a step. */
  deliver(step: LaneStep): void {
    const spans = new StepSpans(this.#parts.tracing, step);
    this.#run = { step, spans, next: 0, attempts: 0, applied: 0, untold: 0 };
    this.#refused = new Set();
    this.deliverAgain();
  }

  /** Runs the step again, from behind the operation that was refused. */
  goOn(): void {
    const run = this.#underWay();
    this.#refused.add(run.next);
    run.next++;
    run.untold = run.next;
    run.applied = 0;
    run.attempts = 0;
    this.deliverAgain();
  }

  /** Runs the step again, from where it failed. */
  deliverAgain(): void {
    void this.#go(this.#underWay());
  }

  /** How long the call of a handler that is under way has been running, in milliseconds; 0 if there is none. */
  get runningMs(): number {
    return this.#parts.watch.runningMs;
  }

  /** Answers nothing any more: what the run under way does is not committed. */
  abort(): void {
    this.#aborted = true;
    this.#run?.spans.abandon(NOT_COMMITTED);
  }

  /** Never rejects. */
  async #go(run: Run): Promise<void> {
    // Not within the step of the session that delivers it.
    await this.#parts.listener.heard;
    if (!this.#aborted) {
      await this.#applyAndAnswer(run);
    }
  }

  async #applyAndAnswer(run: Run): Promise<void> {
    const answer = await this.#apply(run).catch((thrown: unknown): Answer => {
      const said = thrown instanceof CursorStoreError ? thrown.message : `a step failed: ${textOf(thrown)}`;
      return { kind: "stopped", why: Failure.localTerminal(said, thrown) };
    });
    // Before the answer: that may start the next run.
    this.#parts.watch.runEnds();
    if (this.#aborted) {
      return;
    }
    const { answers, log } = this.#parts;
    switch (answer.kind) {
      case "applied":
        answers.applied(log, answer.done, answer.acks);
        break;
      case "failed":
        answers.failed(log);
        break;
      case "refused":
        answers.refused(log, answer.nack, run.applied);
        break;
      case "stopped":
        run.spans.abandon(NOT_COMMITTED);
        answers.stopped(answer.why);
        break;
    }
  }

  async #apply(run: Run): Promise<Answer> {
    const { application, ledger, handlerLog } = this.#parts;
    const ready = (run.prepared ??= await this.#prepare(run.step));
    for (;;) {
      run.spans.begin(run.next, run.attempts);
      const failed = await application.apply(ready, run.next, run.spans);
      if (failed === undefined) {
        this.#atOnce.succeeded(ready.batch.messages.length - this.#refused.size);
        const done = ledger.applied(ready, this.#refused);
        await application.commit(done);
        handlerLog.applied(run.step, done);
        return { kind: "applied", done, acks: run.spans.committed() };
      }
      const { decision, nack } = await this.#decide(run, ready, failed);
      if (nack !== undefined) {
        return { kind: "refused", nack };
      }
      if (decision === "stop") {
        return { kind: "stopped", why: this.#stopped(run, failed) };
      }
      if (decision === "skip") {
        run.next = failed.index + Math.max(1, failed.operations.length);
        for (let i = failed.index; i < run.next; i++) {
          this.#refused.add(i);
        }
        run.attempts = 0;
      } else if (decision !== "retry-at-once") {
        return { kind: "failed" };
      }
    }
  }

  async #prepare(step: LaneStep): Promise<PreparedStep> {
    const { ledger, stateOf } = this.#parts;
    return stateOf === undefined
      ? ledger.prepare(step)
      : ledger.prepare(step, await readStates(stateOf, ledger.compares(step)));
  }

  /** What becomes of what could not be applied, and what the coordinator is told of it. */
  async #decide(
    run: Run,
    ready: PreparedStep,
    { operations, index, cause }: NotApplied,
  ): Promise<{ decision: Decision; nack: Nack | undefined }> {
    const { policy, handlerLog, listener } = this.#parts;
    run.applied += index - run.next;
    run.attempts = index === run.next ? run.attempts + 1 : 1;
    run.next = index;
    const first = operations[0];
    const tried = run.attempts + (first === undefined ? 0 : triedBefore(first));
    const given = operations.map((message) => new Operation(message));
    const decided = requireDecision(await policy.decide(given, cause, tried));
    const decision = this.#feasible(this.#affordable(decided, run.attempts), ready, index);
    const refuses = first !== undefined && (decision === "retry-later" || decision === "park");
    const nack = refuses ? this.#nack(first, decision, cause) : undefined;
    if (nack !== undefined) {
      nack.appliedBefore = BigInt(this.#appliedUntold(run, ready));
    }
    const opId = first?.opId ?? endOf(run.step).opId;
    handlerLog.failed({ opId, tried, decision, nack, cause });
    listener.handlerFailed(given, cause, tried, decision);
    return { decision, nack };
  }

  #affordable(decided: Decision, attempts: number): Decision {
    const tooMany = attempts > handler.maxRetriesAtOnce;
    return decided === "retry-at-once" && (tooMany || !this.#atOnce.take()) ? "retry-later" : decided;
  }

  /** Only an operation of the log, and known by itself, can be refused. */
  #feasible(decided: Decision, ready: PreparedStep, index: number): Decision {
    const { log, application } = this.#parts;
    const can = log !== "telemetry" && application.singlesOut && !ready.made.has(index);
    return (decided === "retry-later" || decided === "park") && !can ? "retry" : decided;
  }

  #nack(operation: OperationMessage, decision: Decision, cause: unknown): Nack {
    const nack = create(NackSchema, {
      log: wireLog(this.#parts.log),
      opId: operation.opId,
      reaction: Nack_Reaction.PARK,
      status: {
        code: cause instanceof SwarmlogError ? cause.code : Code.UNKNOWN,
        message: [...textOf(cause)].slice(0, handler.maxStatusMessageChars).join(""),
      },
    });
    if (decision === "retry-later") {
      const longestMs = retryLaterInMs(this.#parts.policy, 1 + triedBefore(operation));
      nack.reaction = Nack_Reaction.RETRY;
      nack.retryAfterMs = BigInt(longestMs - this.#parts.random.below(Math.floor(longestMs / 2) + 1));
    }
    return nack;
  }

  /** As Nack counts: operations of the lane that came for the first time. */
  #appliedUntold(run: Run, ready: PreparedStep): number {
    if (run.step.content.kind !== "delivered") {
      return 0;
    }
    let count = 0;
    for (let i = run.untold; i < run.next; i++) {
      const message = ready.batch.messages[i];
      if (message !== undefined && !this.#refused.has(i) && !ready.made.has(i) && !isRedelivery(message)) {
        count++;
      }
    }
    return count;
  }

  #stopped(run: Run, { operations, cause }: NotApplied): Failure {
    const opId = operations[0]?.opId ?? endOf(run.step).opId;
    return Failure.localTerminal(
      `Expected the handler to apply operation ${opId} of ${this.#parts.log}, but it failed ${run.attempts} times ` +
        `and its policy says stop: ${textOf(cause)}`,
      cause,
    );
  }

  #underWay(): Run {
    if (this.#run === undefined) {
      throw new Error("Expected a step to run, but there is none.");
    }
    return this.#run;
  }
}
