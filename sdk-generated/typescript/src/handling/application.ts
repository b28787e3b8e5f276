// How a step takes effect.
import type { Operation as OperationMessage } from "../../gen/swarmlog/v1/operation_pb.js";
import { needsAnnouncement, type CommittedCursor } from "../committed-cursor.js";
import type { CursorStore, EffectStore } from "../cursor.js";
import { Operation } from "../operation.js";
import type { PreparedStep } from "../session/lane-step.js";
import type { BatchHandler, HandlerTable, OperationHandler } from "./handler-table.js";
import type { RunWatch } from "./run-watch.js";
import type { StepSpans } from "./step-spans.js";
import { Turns } from "./turns.js";

/** Operations that could not be applied. */
export interface NotApplied {
  readonly operations: readonly OperationMessage[];
  /** Where in the batch they begin. */
  readonly index: number;
  /** What was thrown. */
  readonly cause: unknown;
}

/** How steps take effect. One per lane; one step at a time. */
export interface Application {
  /** Whether it is known which operation failed, and the run can go on behind that one. */
  readonly singlesOut: boolean;

  /**
   * Applies the operations from an index on: 0 at first; where it failed when tried again; after the failed ones when those are
   * skipped. Answers what could not be applied; rejects where a cursor cannot be saved.
   */
  apply(step: PreparedStep, start: number, spans: StepSpans): Promise<NotApplied | undefined>;

  /** Commits the cursor after the step, where `apply` has not done that. */
  commit(step: PreparedStep): Promise<void>;
}

/** What handlers have in common: effects and cursor are two commits. */
class WithStore {
  readonly #cursor: CommittedCursor;
  readonly #store: CursorStore;

  constructor(cursor: CommittedCursor, store: CursorStore) {
    this.#cursor = cursor;
    this.#store = store;
  }

  async announce(step: PreparedStep): Promise<void> {
    if (needsAnnouncement(step)) {
      await this.#cursor.announce(step, this.#store);
    }
  }

  async commit(step: PreparedStep): Promise<void> {
    await this.#cursor.commit(step, this.#store);
  }
}

/** One handler call per operation, inside its trace. */
export class ByOperation extends WithStore implements Application {
  readonly singlesOut = true;
  readonly #handlers: HandlerTable;
  readonly #watch: RunWatch;

  constructor(handlers: HandlerTable, cursor: CommittedCursor, store: CursorStore, watch: RunWatch) {
    super(cursor, store);
    this.#handlers = handlers;
    this.#watch = watch;
  }

  async apply(step: PreparedStep, start: number, spans: StepSpans): Promise<NotApplied | undefined> {
    if (start === 0) {
      await this.announce(step);
    }
    const { messages } = step.batch;
    const turns = new Turns();
    for (let index = start; index < messages.length; index++) {
      const message = messages[index]!;
      const handler = this.#handlers.find(message);
      if (handler === undefined) {
        continue;
      }
      this.#watch.callBegins();
      try {
        const answer = this.#call(handler, message, index, spans);
        if (isThenable(answer)) {
          await answer;
        }
      } catch (cause) {
        return { operations: [message], index, cause };
      }
      if (turns.isOver) {
        await turns.next();
      }
    }
    return undefined;
  }

  #call(handler: OperationHandler, message: OperationMessage, index: number, spans: StepSpans): unknown {
    const operation = new Operation(message);
    return spans.surrounds(message)
      ? spans.around(message, index, () => handler(operation))
      : requireDone(handler(operation));
  }
}

/** One handler call per batch. */
export class ByBatch extends WithStore implements Application {
  readonly singlesOut = false;
  readonly #handler: BatchHandler;
  readonly #watch: RunWatch;

  constructor(handler: BatchHandler, cursor: CommittedCursor, store: CursorStore, watch: RunWatch) {
    super(cursor, store);
    this.#handler = handler;
    this.#watch = watch;
  }

  async apply(step: PreparedStep, start: number, spans: StepSpans): Promise<NotApplied | undefined> {
    const { batch } = step;
    if (start >= batch.messages.length && batch.replaced.length === 0) {
      return undefined;
    }
    await this.announce(step);
    this.#watch.callBegins();
    try {
      await spans.aroundBatch(batch.messages, () => requireDone(this.#handler(batch)));
      return undefined;
    } catch (cause) {
      return { operations: batch.messages, index: 0, cause };
    }
  }
}

/** Effects and cursor in one step. */
export class WithEffects implements Application {
  readonly singlesOut = false;
  readonly #effects: EffectStore;
  readonly #cursor: CommittedCursor;
  readonly #watch: RunWatch;

  constructor(effects: EffectStore, cursor: CommittedCursor, watch: RunWatch) {
    this.#effects = effects;
    this.#cursor = cursor;
    this.#watch = watch;
  }

  async apply(step: PreparedStep, start: number, spans: StepSpans): Promise<NotApplied | undefined> {
    const batch = start > 0 ? step.batch.withoutOperations() : step.batch;
    this.#watch.callBegins();
    try {
      await spans.aroundBatch(batch.messages, () => this.#cursor.commitWithEffects(step, batch, this.#effects));
      return undefined;
    } catch (cause) {
      return { operations: step.batch.messages, index: 0, cause };
    }
  }

  /** Done with the effects. */
  commit(): Promise<void> {
    return Promise.resolve();
  }
}

/** What a handler answered; TypeError if that is a generator, of which nothing has run. */
export function requireDone(answer: unknown): unknown {
  if (typeof answer === "object" && answer !== null && isGenerator(answer)) {
    throw new TypeError(
      "Expected a handler that does its work when it is called, but one returned a generator, of which nothing has run: " +
        "do without `yield`.",
    );
  }
  return answer;
}

function isGenerator(answer: object): boolean {
  return /^\[object (Async)?Generator\]$/.test(Object.prototype.toString.call(answer));
}

function isThenable(answer: unknown): answer is PromiseLike<unknown> {
  return typeof (answer as { then?: unknown } | null | undefined)?.then === "function";
}
