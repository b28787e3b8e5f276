// The spans of a step: of what is applied and acknowledged of it.
import type * as otel from "@opentelemetry/api";

import type { Operation } from "../../gen/swarmlog/v1/operation_pb.js";
import { monotonicNs } from "../clock.js";
import { topicLabel } from "../names.js";
import { TraceChoice, type LaneStep } from "../session/lane-step.js";
import { triedBefore } from "../session/redelivery.js";
import { textOf } from "../thrown.js";
import { api, type Instruments } from "../tracing.js";
import { destinationOf, publishedIn, type AgentTracing } from "./agent-tracing.js";
import { requireDone } from "./application.js";

interface Applied {
  readonly operation: Operation;
  readonly span: otel.Span;
}

/** From the commit of a step until its ack is handed to the stream: one of each recorded. */
export class AckSpans {
  readonly #instruments: Instruments;
  #open: readonly otel.Span[];

  constructor(instruments: Instruments, spans: readonly otel.Span[]) {
    this.#instruments = instruments;
    this.#open = spans;
  }

  /** The ack is with the stream. */
  sent(): void {
    for (const span of this.#open) {
      this.#instruments.attempt(() => span.end());
    }
    this.#open = [];
  }

  /** There is no stream: the next session begins with what would have been acknowledged. */
  notSent(): void {
    for (const span of this.#open) {
      this.#instruments.attempt(() => span.addEvent("no stream: told with the next Hello"));
    }
    this.sent();
  }
}

/**
 * The spans of one step: of what is applied of it, until that is committed. Handlers run inside them.
 *
 * Where nobody records anything, handlers run inside the trace of the publish all the same, as the application may have spans
 * without the SDK having some.
 */
export class StepSpans {
  readonly #agent: AgentTracing;
  readonly #step: LaneStep;
  readonly #records: boolean;
  readonly #choice: TraceChoice;
  // Where the run begins, and how often that was tried before.
  #start = 0;
  #triedBefore = 0;
  // What is applied, and not committed.
  #open: Applied[] = [];
  #repair: otel.Span | undefined;

  constructor(agent: AgentTracing, step: LaneStep) {
    this.#agent = agent;
    this.#step = step;
    this.#records = agent.records;
    this.#choice = step.content.kind === "delivered" ? step.content.traced : TraceChoice.none;
  }

  /** A run begins. */
  begin(start: number, triedBefore: number): void {
    this.#start = start;
    this.#triedBefore = triedBefore;
    const { content, log } = this.#step;
    if (content.kind === "repaired" && this.#records) {
      this.#repair ??= this.#agent.repair(log, content.repair, triedBefore + 1);
    }
  }

  /** Whether there is anything to do around the handler of an operation. */
  surrounds(message: Operation): boolean {
    return this.#records || (api !== undefined && message.traceparent !== "");
  }

  /** Calls the handler of one operation. */
  async around(message: Operation, index: number, call: () => unknown): Promise<void> {
    const published = publishedIn(message);
    if (!this.#records) {
      await inContext(this.#context(message, published, undefined), call);
      return;
    }
    const attempt = 1 + (index === this.#start ? this.#triedBefore : 0);
    const tried = attempt + triedBefore(message);
    const span =
      published !== undefined && this.#takes(message, published)
        ? this.#agent.apply(this.#step.log, message, published, tried)
        : undefined;
    if (attempt === 1) {
      this.#agent.instruments.consumed(topicLabel(message.topic));
    }
    const context = this.#context(message, published, span);
    await this.#recorded([message], span === undefined ? [] : [{ operation: message, span }], context, tried, call);
  }

  /** Calls what applies a whole batch. */
  async aroundBatch(messages: readonly Operation[], call: () => unknown): Promise<void> {
    if (!this.#records) {
      await call();
      return;
    }
    const applied: Applied[] = [];
    for (const operation of messages) {
      const published = publishedIn(operation);
      if (published !== undefined && this.#takes(operation, published)) {
        const span = this.#agent.apply(this.#step.log, operation, published, this.#triedBefore + 1);
        if (span !== undefined) {
          applied.push({ operation, span });
        }
      }
      if (this.#triedBefore === 0) {
        this.#agent.instruments.consumed(topicLabel(operation.topic));
      }
    }
    const current = applied.length === 1 ? applied[0]?.span : this.#repair;
    const context = current === undefined ? undefined : api?.trace.setSpan(api.context.active(), current);
    await this.#recorded(messages, applied, context, this.#triedBefore + 1, call);
  }

  /** Once the step is committed, what was applied of it is. */
  committed(): AckSpans {
    const { instruments } = this.#agent;
    const applied = this.#open;
    this.#endRepair();
    this.#open = [];
    const acks: otel.Span[] = [];
    for (const { operation, span } of applied) {
      instruments.attempt(() => span.end());
      const isSampled = api !== undefined && (span.spanContext().traceFlags & api.TraceFlags.SAMPLED) !== 0;
      if (this.#step.log !== "telemetry" && isSampled) {
        const ack = this.#agent.ack(this.#step.log, operation, span);
        if (ack !== undefined) {
          acks.push(ack);
        }
      }
    }
    return new AckSpans(instruments, acks);
  }

  /** The step will not be committed, or not in this run of the agent. */
  abandon(why: string): void {
    const left = this.#open.map(({ span }) => span);
    if (this.#repair !== undefined) {
      left.push(this.#repair);
    }
    this.#open = [];
    this.#repair = undefined;
    for (const span of left) {
      this.#agent.instruments.attempt(() => {
        span.setStatus({ code: api?.SpanStatusCode.ERROR ?? 0, message: why });
        span.end();
      });
    }
  }

  async #recorded(
    messages: readonly Operation[],
    applied: readonly Applied[],
    context: otel.Context | undefined,
    attempt: number,
    call: () => unknown,
  ): Promise<void> {
    const startedNs = monotonicNs();
    try {
      await inContext(context, call);
    } catch (cause) {
      this.#failed(
        messages,
        applied.map(({ span }) => span),
        attempt,
        cause,
      );
      throw cause;
    } finally {
      if (messages.length > 0) {
        const destination = destinationOf(messages, this.#step.log);
        this.#agent.instruments.processed(destination, monotonicNs() - startedNs, context);
      }
    }
    this.#open.push(...applied);
  }

  #failed(messages: readonly Operation[], applied: otel.Span[], attempt: number, cause: unknown): void {
    const spans = [...applied];
    if (this.#repair !== undefined) {
      spans.unshift(this.#repair);
      this.#repair = undefined;
    }
    if (!spans.some((span) => span.isRecording())) {
      const failure = this.#agent.failure(this.#step.log, messages, attempt);
      if (failure !== undefined) {
        spans.push(failure);
      }
    }
    for (const span of spans) {
      this.#agent.instruments.attempt(() => {
        span.recordException(cause instanceof Error ? cause : textOf(cause));
        span.setAttribute("error.type", cause instanceof Error ? cause.name : typeof cause);
        span.setStatus({ code: api?.SpanStatusCode.ERROR ?? 0, message: textOf(cause) });
        span.end();
      });
    }
  }

  #endRepair(): void {
    const repair = this.#repair;
    this.#repair = undefined;
    this.#agent.instruments.attempt(() => repair?.end());
  }

  #takes(message: Operation, published: otel.SpanContext): boolean {
    return this.#choice.takes(message.opId, isSampled(published));
  }

  /** What the handler runs in; undefined: as it is. */
  #context(
    message: Operation,
    published: otel.SpanContext | undefined,
    own: otel.Span | undefined,
  ): otel.Context | undefined {
    const span = own ?? this.#repair;
    if (api === undefined) {
      return undefined;
    }
    if (span !== undefined && api.isSpanContextValid(span.spanContext())) {
      return api.trace.setSpan(api.context.active(), span);
    }
    if (published === undefined) {
      return undefined;
    }
    // Spans of the handler are sampled only if the operation is taken.
    const leftOut = isSampled(published) && !this.#takes(message, published);
    const parent = leftOut ? { ...published, traceFlags: api.TraceFlags.NONE } : published;
    return api.trace.setSpanContext(api.context.active(), parent);
  }
}

function isSampled({ traceFlags }: otel.SpanContext): boolean {
  return api !== undefined && (traceFlags & api.TraceFlags.SAMPLED) !== 0;
}

async function inContext(context: otel.Context | undefined, call: () => unknown): Promise<void> {
  const answer = context === undefined || api === undefined ? call() : api.context.with(context, () => call());
  await requireDone(answer);
}
