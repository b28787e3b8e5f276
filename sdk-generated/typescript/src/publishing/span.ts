import type * as otel from "@opentelemetry/api";

import type { PublishRecord } from "../../gen/swarmlog/v1/publishing_pb.js";
import { monotonicNs } from "../clock.js";
import { OutcomeUnknownError, type SwarmlogError } from "../errors.js";
import type { GroupPosition, Publication } from "../publication.js";
import { api, spanContextOf, traceTextOf, type Instruments } from "../tracing.js";

/**
 * The publishing of one group, from the call to its answer, however often it is sent. Its context goes into the operations.
 */
export class PublishSpan {
  readonly #instruments: Instruments;
  readonly #operations: number;
  readonly #startedNs = monotonicNs();
  readonly #destination: string;
  #attempts = 0;
  #span: otel.Span | undefined;
  #context: otel.Context | undefined;

  /** Begins; `publications` are of one log, at least one. */
  constructor(instruments: Instruments, publications: readonly Publication[]) {
    this.#instruments = instruments;
    this.#operations = publications.length;
    const topics = new Set(publications.map((publication) => publication.topic));
    const log = publications[0]!.log;
    this.#destination = topics.size === 1 ? publications[0]!.topic : log;
    for (const { topic } of publications) {
      instruments.sent(topic);
    }
    if (instruments.traces && api !== undefined) {
      this.#begin(api, publications, {
        "swarmlog.log": log,
        ...(topics.size === 1 && { "swarmlog.topic": this.#destination }),
        ...(publications.length > 1 && { "messaging.batch.message_count": publications.length }),
      });
    }
  }

  /** Writes the context into an operation that brings none along. */
  stamp(record: PublishRecord): void {
    stamp(record, this.#context);
  }

  /** Notes that the group is written to a stream. */
  sent(): void {
    this.#attempts += 1;
    this.#instruments.attempt(() => this.#span?.addEvent("attempt", { "swarmlog.attempt": this.#attempts }));
  }

  /** Ends: it is in the log. */
  appended(where: GroupPosition): void {
    const attributes: otel.Attributes = {
      "swarmlog.operation.id": Number(where.firstOpId),
      ...(this.#operations === 1
        ? { "messaging.message.id": String(where.firstOpId) }
        : { "swarmlog.operation.last_id": Number(where.opId) }),
      ...(where.duplicate && { "swarmlog.publish.duplicate": true }),
    };
    this.#instruments.attempt(() => this.#span?.setAttributes(attributes));
    this.#end();
  }

  /** Ends: it is not in the log, or nobody knows. */
  failed(why: SwarmlogError): void {
    this.#instruments.attempt(() => {
      this.#span?.setAttribute("error.type", why.failure.name);
      if (why instanceof OutcomeUnknownError) {
        this.#span?.setAttribute("swarmlog.publish.outcome_unknown", true);
      }
      if (api !== undefined) {
        this.#span?.setStatus({ code: api.SpanStatusCode.ERROR, message: why.message });
      }
    });
    this.#end();
  }

  #begin(
    { context, trace, SpanKind, isSpanContextValid }: typeof otel,
    of: readonly Publication[],
    attributes: otel.Attributes,
  ): void {
    // The first trace that an operation brings along; of others there are links.
    const brought = new Map<string, otel.SpanContext>();
    for (const { record } of of) {
      const carried = spanContextOf(record);
      const id = `${carried?.traceId} ${carried?.spanId}`;
      if (carried !== undefined && !brought.has(id)) {
        brought.set(id, carried);
      }
    }
    const [parent, ...links] = brought.values();
    const active = context.active();
    this.#context = active;
    this.#span = this.#instruments.startSpan({
      operation: "publish",
      type: "send",
      kind: SpanKind.PRODUCER,
      destination: this.#destination,
      parent: parent === undefined ? active : trace.setSpanContext(active, parent),
      links,
      attributes,
    });
    if (this.#span !== undefined && isSpanContextValid(this.#span.spanContext())) {
      this.#context = trace.setSpan(active, this.#span);
    }
  }

  #end(): void {
    this.#instruments.attempt(() => this.#span?.end());
    this.#instruments.answered(this.#destination, monotonicNs() - this.#startedNs, this.#context);
  }
}

/** Writes the span of a context, or of the current one, into a record that has none yet. */
export function stamp(record: PublishRecord, context?: otel.Context): void {
  if (record.traceparent === "") {
    const text = traceTextOf(context);
    if (text !== undefined) {
      record.traceparent = text.traceparent;
      record.tracestate = text.tracestate;
    }
  }
}
