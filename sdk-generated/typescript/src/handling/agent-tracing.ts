// The spans of an agent, each as it begins.
import type * as otel from "@opentelemetry/api";

import type { Repair } from "../../gen/swarmlog/v1/drift_pb.js";
import type { Operation } from "../../gen/swarmlog/v1/operation_pb.js";
import { monotonicNs } from "../clock.js";
import { topicLabel, type Log } from "../names.js";
import { repairScope } from "../session/deliveries.js";
import { api, spanContextOf, type Instruments } from "../tracing.js";
import { NS_PER_SECOND } from "../units.js";

/** Of a batch that failed, so many operations are named at most. */
const MAX_LINKS = 32;
const MAX_ERRORS_PER_SECOND = 10;

/**
 * Lets so many failures a second through that are recorded although nobody chose them, and counts the others: an agent that
 * fails at everything must not flood where traces are kept.
 */
export class ErrorBound {
  #secondBeganNs = 0;
  #let = 0;
  #leftOut = 0;

  /** How many were left out since one was let through; undefined if this is to be left out. */
  take(nowNs: number): number | undefined {
    if (this.#let === 0 || nowNs - this.#secondBeganNs >= NS_PER_SECOND) {
      this.#secondBeganNs = nowNs;
      this.#let = 0;
    }
    if (this.#let === MAX_ERRORS_PER_SECOND) {
      this.#leftOut++;
      return undefined;
    }
    this.#let++;
    const before = this.#leftOut;
    this.#leftOut = 0;
    return before;
  }
}

/** The spans of an agent, each as it begins. */
export class AgentTracing {
  readonly instruments: Instruments;
  readonly #agent: string;
  readonly #errors = new ErrorBound();

  constructor(instruments: Instruments, agent: string) {
    this.instruments = instruments;
    this.#agent = agent;
  }

  /** Whether there is somewhere to record to. */
  get records(): boolean {
    return this.instruments.records;
  }

  /** Applying an operation, in the trace that it was published in. */
  apply(log: Log, operation: Operation, published: otel.SpanContext, attempt: number): otel.Span | undefined {
    if (api === undefined) {
      return undefined;
    }
    const parent = api.trace.setSpanContext(api.ROOT_CONTEXT, published);
    return this.#start("apply", "process", api.SpanKind.CONSUMER, topicLabel(operation.topic), parent, {
      ...this.#attributes(log, attempt),
      ...ofOperation(operation),
    });
  }

  /** Telling the coordinator that an operation is applied. */
  ack(log: Log, operation: Operation, applied: otel.Span): otel.Span | undefined {
    if (api === undefined) {
      return undefined;
    }
    const parent = api.trace.setSpan(api.ROOT_CONTEXT, applied);
    return this.#start("ack", "settle", api.SpanKind.CLIENT, topicLabel(operation.topic), parent, {
      ...this.#attributes(log, 1),
      ...ofOperation(operation),
    });
  }

  /** Mending what drifted, in the coordinator's trace of it. */
  repair(log: Log, repair: Repair, attempt: number): otel.Span | undefined {
    if (api === undefined) {
      return undefined;
    }
    const topic = topicLabel(repairScope(repair).topicNumber);
    const told = spanContextOf(repair);
    const parent = told === undefined ? api.ROOT_CONTEXT : api.trace.setSpanContext(api.ROOT_CONTEXT, told);
    return this.#start("repair", "process", api.SpanKind.CONSUMER, topic, parent, {
      ...this.#attributes(log, attempt),
      "swarmlog.topic": topic,
    });
  }

  /** A sync of a log: a trace of its own. */
  sync(log: Log, attributes: otel.Attributes): otel.Span | undefined {
    return api === undefined
      ? undefined
      : this.#start("sync", "receive", api.SpanKind.CLIENT, log, api.ROOT_CONTEXT, {
          ...this.#attributes(log, 1),
          ...attributes,
        });
  }

  /**
   * A failure to apply operations of which none is recorded: a trace of its own, linked with theirs. Only so many a second are
   * recorded: undefined if it is one too many.
   */
  failure(log: Log, operations: readonly Operation[], attempt: number): otel.Span | undefined {
    const leftOut = api === undefined ? undefined : this.#errors.take(monotonicNs());
    if (api === undefined || leftOut === undefined) {
      return undefined;
    }
    const [one] = operations;
    const links = new Map<string, otel.SpanContext>();
    for (const operation of operations) {
      const published = links.size < MAX_LINKS ? publishedIn(operation) : undefined;
      if (published !== undefined) {
        links.set(`${published.traceId} ${published.spanId}`, published);
      }
    }
    return this.instruments.startSpan({
      operation: "apply",
      type: "process",
      kind: api.SpanKind.CONSUMER,
      destination: destinationOf(operations, log),
      parent: api.ROOT_CONTEXT,
      links: [...links.values()],
      attributes: {
        ...this.#attributes(log, attempt),
        ...(leftOut > 0 && { "swarmlog.errors.left_out": leftOut }),
        ...(one !== undefined && operations.length === 1
          ? ofOperation(one)
          : { "messaging.batch.message_count": operations.length }),
      },
    });
  }

  #start(
    operation: string,
    type: string,
    kind: otel.SpanKind,
    destination: string,
    parent: otel.Context,
    attributes: otel.Attributes,
  ): otel.Span | undefined {
    return this.instruments.startSpan({ operation, type, kind, destination, parent, attributes });
  }

  #attributes(log: Log, attempt: number): otel.Attributes {
    return {
      "swarmlog.log": log,
      "swarmlog.agent": this.#agent,
      ...(attempt > 1 && { "swarmlog.attempt": attempt }),
    };
  }
}

/** The context that an operation carries; undefined if that is nothing, or makes no sense. */
export function publishedIn(operation: Operation): otel.SpanContext | undefined {
  return spanContextOf(operation);
}

/** The topic of operations, or their log where they are of several. */
export function destinationOf(operations: readonly Operation[], log: Log): string {
  const topic = operations[0]?.topic;
  return topic !== undefined && operations.every((operation) => operation.topic === topic) ? topicLabel(topic) : log;
}

function ofOperation(operation: Operation): otel.Attributes {
  return {
    "swarmlog.topic": topicLabel(operation.topic),
    // The attributes of spans have no numbers of 64 bits in JavaScript; this one is exact up to 2^53.
    "swarmlog.operation.id": Number(operation.opId),
    "messaging.message.id": String(operation.opId),
  };
}
