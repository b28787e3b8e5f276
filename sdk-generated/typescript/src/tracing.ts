// What one agent or publisher records, by the application's own OpenTelemetry, if it has one.
import type * as otel from "@opentelemetry/api";

import { monotonicNs } from "./clock.js";
import type { Logger } from "./logger.js";
import type { Topic } from "./names.js";
import { others, placeOf, RepeatedFailures } from "./repeated-failures.js";
import type { Telemetry } from "./telemetry.js";
import { readTrace, writeTrace, type TraceText } from "./trace-context.js";
import { NS_PER_SECOND } from "./units.js";
import { version } from "./version.js";

/** The API, if the application has installed it. */
export const api: typeof otel | undefined = await import("@opentelemetry/api").catch(() => undefined);

const INSTRUMENTATION = "swarmlog";
// In seconds; those the conventions advise.
const BOUNDARIES = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];

/** What a span is made of, beside what all of them have. */
export interface SpanParts {
  readonly operation: string;
  readonly type: string;
  readonly kind: otel.SpanKind;
  /** A topic or a log, by name. */
  readonly destination: string;
  readonly parent: otel.Context;
  readonly links?: readonly otel.SpanContext[];
  readonly attributes?: otel.Attributes;
}

/**
 * Calls of the application's OpenTelemetry by one agent or publisher.
 *
 * Processors, samplers and exporters of an application run within them, and what they throw must not become a failure of
 * delivery: it is logged, and what was to be recorded is missing.
 */
class Recording {
  readonly #failures = new RepeatedFailures();
  readonly #who: string;
  readonly #logger: Logger;

  constructor(swarm: string, client: string, logger: Logger) {
    this.#who = `'${client}' of swarm '${swarm}'`;
    this.#logger = logger;
  }

  /** Records something; undefined if that fails. */
  attempt<T>(record: () => T): T | undefined {
    try {
      return record();
    } catch (thrown) {
      const leftOut = this.#failures.count(placeOf(thrown), monotonicNs());
      if (leftOut !== undefined) {
        this.#logger.warn(
          `Expected the application's OpenTelemetry to record what ${this.#who} does, but it threw; nothing else is ` +
            `lost${others(leftOut)}`,
          thrown,
        );
      }
      return undefined;
    }
  }
}

interface Recorders {
  readonly tracer: otel.Tracer;
  readonly sent: otel.Counter;
  readonly consumed: otel.Counter;
  readonly operationDuration: otel.Histogram;
  readonly processDuration: otel.Histogram;
}

/**
 * What one agent or publisher records, by the application's own OpenTelemetry. Nothing, at no cost, where its API is not
 * installed. The metrics name neither swarms nor agents: their number of series does not grow with those.
 */
export class Instruments {
  readonly #swarm: string;
  readonly #client: string;
  readonly #recording: Recording;
  readonly #recorders: Recorders | undefined;
  /** Whether there is somewhere to record to, by the time this is made. */
  readonly records: boolean;

  /** Those of `client`, the name of the agent or publisher. */
  constructor(swarm: string, client: string, to: Telemetry, logger: Logger) {
    this.#swarm = swarm;
    this.#client = client;
    this.#recording = new Recording(swarm, client, logger);
    this.#recorders = api === undefined ? undefined : recorders(api, to);
    const given = to.tracerProvider !== undefined || to.meterProvider !== undefined;
    this.records = api !== undefined && (given || isSetUp(api));
  }

  /** Whether there may be somewhere to record to: the API is installed. */
  get traces(): boolean {
    return this.#recorders !== undefined;
  }

  /** Calls the application's OpenTelemetry; what it throws is logged. */
  attempt<T>(record: () => T): T | undefined {
    return this.#recording.attempt(record);
  }

  /** Starts a span `operation destination`. Undefined if there is nowhere to record to, or that failed. */
  startSpan(parts: SpanParts): otel.Span | undefined {
    const { operation, destination, links = [] } = parts;
    const attributes: otel.Attributes = {
      "messaging.system": "swarmlog",
      "messaging.operation.name": operation,
      "messaging.operation.type": parts.type,
      "messaging.destination.name": `${this.#swarm}/${destination}`,
      "messaging.destination.template": template(destination),
      "messaging.client.id": this.#client,
      "swarmlog.swarm": this.#swarm,
      ...parts.attributes,
    };
    return this.attempt(() =>
      this.#recorders?.tracer.startSpan(
        `${operation} ${destination}`,
        { kind: parts.kind, attributes, links: links.map((context) => ({ context })) },
        parts.parent,
      ),
    );
  }

  /** Counts an operation that was handed to the publisher. */
  sent(topic: Topic): void {
    this.attempt(() => this.#recorders?.sent.add(1, about("publish", topic)));
  }

  /** Notes that a publication was answered, or failed; its span is in the context. */
  answered(destination: string, elapsedNs: number, context: otel.Context | undefined): void {
    const duration = this.#recorders?.operationDuration;
    this.attempt(() => duration?.record(elapsedNs / NS_PER_SECOND, about("publish", destination), context));
  }

  /** Counts an operation that is handed to a handler, for the first time; topic by name. */
  consumed(topic: string): void {
    this.attempt(() => this.#recorders?.consumed.add(1, about("apply", topic)));
  }

  /** Notes that a handler returned or threw; the span it ran in is in the context. */
  processed(destination: string, elapsedNs: number, context: otel.Context | undefined): void {
    const duration = this.#recorders?.processDuration;
    this.attempt(() => duration?.record(elapsedNs / NS_PER_SECOND, about("apply", destination), context));
  }
}

/** What a message carries; undefined if that is nothing, or makes no sense, or there is no API. */
export function spanContextOf(text: TraceText): otel.SpanContext | undefined {
  const read = text.traceparent === "" || api === undefined ? undefined : readTrace(text);
  if (read === undefined || api === undefined) {
    return undefined;
  }
  const { traceId, spanId, traceFlags, traceState } = read;
  const state = traceState === "" ? {} : { traceState: api.createTraceState(traceState) };
  return { traceId, spanId, traceFlags, isRemote: true, ...state };
}

/** What goes into a message for the span of a context, the current one if it is absent; undefined if it has none. */
export function traceTextOf(context?: otel.Context): TraceText | undefined {
  const span = api?.trace.getSpanContext(context ?? api.context.active());
  if (api === undefined || span === undefined || !api.isSpanContextValid(span)) {
    return undefined;
  }
  return writeTrace({ ...span, traceState: span.traceState?.serialize() ?? "" });
}

function recorders({ metrics, trace }: typeof otel, to: Telemetry): Recorders {
  const given = to as { tracerProvider?: otel.TracerProvider; meterProvider?: otel.MeterProvider };
  const tracer = (given.tracerProvider ?? trace).getTracer(INSTRUMENTATION, version);
  const meter = (given.meterProvider ?? metrics).getMeter(INSTRUMENTATION, version);
  const seconds = { unit: "s", advice: { explicitBucketBoundaries: BOUNDARIES } };
  return {
    tracer,
    sent: meter.createCounter("messaging.client.sent.messages", {
      unit: "{message}",
      description: "Operations that were handed to a publisher",
    }),
    consumed: meter.createCounter("messaging.client.consumed.messages", {
      unit: "{message}",
      description: "Operations that were handed to handlers, each once",
    }),
    operationDuration: meter.createHistogram("messaging.client.operation.duration", {
      ...seconds,
      description: "From publish to its answer",
    }),
    processDuration: meter.createHistogram("messaging.process.duration", {
      ...seconds,
      description: "Duration of a call of a handler",
    }),
  };
}

/** Whether the application has set a global provider. */
function isSetUp({ metrics, trace }: typeof otel): boolean {
  const tracing = trace.getTracerProvider() as { getDelegate?: () => object };
  const named = [tracing.getDelegate?.() ?? tracing, metrics.getMeterProvider()];
  return named.some((provider) => !provider.constructor.name.startsWith("Noop"));
}

function about(operation: string, destination: string): otel.Attributes {
  return {
    "messaging.system": "swarmlog",
    "messaging.operation.name": operation,
    "messaging.destination.template": template(destination),
  };
}

function template(destination: string): string {
  // Not a format of ours: the same for all swarms.
  return `{swarm}/${destination}`;
}
