// What a publisher records, by the application's OpenTelemetry.
import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { context, SpanKind, SpanStatusCode, trace, type Span as ApiSpan } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from "@opentelemetry/sdk-metrics";
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
  type ReadableSpan,
} from "@opentelemetry/sdk-trace-base";

import { event, keyed, measurement, Publication, Publisher, TerminalError } from "../src/index.js";
import { spanContextOf } from "../src/tracing.js";
import { aSwarm, sharedCoordinator } from "./coordinators.js";
import { operationsOf, textsOf } from "./log.js";
import { RecordedLines } from "./recorded-lines.js";

context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());

function command(text: string): Publication {
  return event("commands", text, { type: "test.Text" });
}

function bringing(text: string, traceparent: string): Publication {
  return new Publication({ ...command(text).record, traceparent });
}

function traceparent(span: ReadableSpan | ApiSpan): string {
  const { traceId, spanId } = span.spanContext();
  return `00-${traceId}-${spanId}-01`;
}

/** Spans and figures that are kept. */
class Recorded {
  readonly #spans = new InMemorySpanExporter();
  readonly #figures = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  readonly tracerProvider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(this.#spans)] });
  readonly meterProvider = new MeterProvider({
    readers: [new PeriodicExportingMetricReader({ exporter: this.#figures })],
  });

  get spans(): ReadableSpan[] {
    return this.#spans.getFinishedSpans();
  }

  /** By metric the value, or the number of measurements, of each set of attributes. */
  async figures(): Promise<Record<string, [object, number][]>> {
    await this.meterProvider.forceFlush();
    const metrics = this.#figures.getMetrics().at(-1)?.scopeMetrics[0]?.metrics ?? [];
    return Object.fromEntries(
      metrics.map(({ descriptor, dataPoints }) => [
        descriptor.name,
        dataPoints.map(({ attributes, value }): [object, number] => [
          { ...attributes },
          typeof value === "number" ? value : value.count,
        ]),
      ]),
    );
  }
}

describe("a publisher's traces", () => {
  const coordinator = sharedCoordinator();

  test("should reach from the call to its answer", async () => {
    // given
    const recorded = new Recorded();
    const swarm = aSwarm();
    const plan = recorded.tracerProvider.getTracer("test").startSpan("plan");
    await using publisher = new Publisher(coordinator().target, { swarm, name: "p", ...recorded });
    // when
    await context.with(trace.setSpan(context.active(), plan), () => publisher.publish(command("a")));
    // then
    const span = recorded.spans[0]!;
    const [operation] = await operationsOf(coordinator().target, swarm);
    assert.deepEqual([span.name, span.kind], ["publish commands", SpanKind.PRODUCER]);
    assert.equal(span.parentSpanContext?.spanId, plan.spanContext().spanId);
    assert.deepEqual(span.attributes, {
      "messaging.system": "swarmlog",
      "messaging.operation.name": "publish",
      "messaging.operation.type": "send",
      "messaging.destination.name": `${swarm}/commands`,
      "messaging.destination.template": "{swarm}/commands",
      "messaging.client.id": "p",
      "messaging.message.id": "1",
      "swarmlog.swarm": swarm,
      "swarmlog.log": "main",
      "swarmlog.topic": "commands",
      "swarmlog.operation.id": 1,
    });
    assert.deepEqual(
      span.events.map(({ name, attributes }) => [name, attributes]),
      [["attempt", { "swarmlog.attempt": 1 }]],
    );
    assert.equal(operation?.traceparent, traceparent(span));
  });

  test("should go on with what records bring, and leave that as it is", async () => {
    // given
    const recorded = new Recorded();
    const swarm = aSwarm();
    const brought = `00-${"1".repeat(32)}-${"2".repeat(16)}-01`;
    const other = `00-${"3".repeat(32)}-${"4".repeat(16)}-01`;
    await using publisher = new Publisher(coordinator().target, { swarm, name: "p", ...recorded });
    // when
    const alert = event("alerts", "c", { type: "t" });
    await publisher.publishGroup([bringing("a", brought), bringing("b", other), alert]);
    // then
    const span = recorded.spans[0]!;
    assert.equal(span.name, "publish main");
    assert.equal(span.attributes["messaging.batch.message_count"], 3);
    assert.equal(span.attributes["swarmlog.operation.last_id"], 3);
    assert.ok(!("swarmlog.topic" in span.attributes));
    assert.equal(span.parentSpanContext?.traceId, "1".repeat(32));
    assert.deepEqual(
      span.links.map((link) => link.context.traceId),
      ["3".repeat(32)],
    );
    const found = await operationsOf(coordinator().target, swarm);
    assert.deepEqual(
      found.map((operation) => operation.traceparent),
      [brought, other, traceparent(span)],
    );
  });

  test("should say why a publication failed", async () => {
    const recorded = new Recorded();
    await using publisher = new Publisher(coordinator().target, { swarm: aSwarm(), name: "p", ...recorded });
    // when
    const refused = await publisher
      .publish(keyed("reconciliation", "k".repeat(100_000), "v", { type: "t" }))
      .catch((why: unknown) => why as TerminalError);
    // then
    assert.ok(refused instanceof TerminalError);
    const span = recorded.spans[0]!;
    assert.equal(span.attributes["error.type"], refused.reason);
    assert.deepEqual(span.status, { code: SpanStatusCode.ERROR, message: refused.message });
  });

  test("should count and time without naming swarm or publisher", async () => {
    const recorded = new Recorded();
    await using publisher = new Publisher(coordinator().target, { swarm: aSwarm(), name: "p", ...recorded });
    // when
    await publisher.publish(command("a"));
    await publisher.publishGroup([command("b"), command("c")]);
    publisher.telemetry(measurement(1, { type: "t" }));
    // then
    const about = (destination: string) => ({
      "messaging.system": "swarmlog",
      "messaging.operation.name": "publish",
      "messaging.destination.template": `{swarm}/${destination}`,
    });
    const figures = await recorded.figures();
    assert.deepEqual(figures["messaging.client.sent.messages"], [
      [about("commands"), 3],
      [about("telemetry"), 1],
    ]);
    assert.deepEqual(figures["messaging.client.operation.duration"], [[about("commands"), 2]]);
  });

  test("should not hinder publishing where the application's telemetry is broken", async () => {
    // given
    const fail = () => {
      throw new Error("no exporter");
    };
    const done = () => Promise.resolve();
    const broken = { onStart: fail, onEnd: fail, forceFlush: done, shutdown: done };
    const tracerProvider = new BasicTracerProvider({ spanProcessors: [broken] });
    const logger = new RecordedLines();
    const swarm = aSwarm();
    await using publisher = new Publisher(coordinator().target, { swarm, name: "p", tracerProvider, logger });
    // when
    for (let i = 0; i < 3; i++) {
      await publisher.publish(command("a"));
    }
    // then
    assert.deepEqual(await textsOf(coordinator().target, swarm), ["a", "a", "a"]);
    assert.deepEqual(logger.warnings, [
      `Expected the application's OpenTelemetry to record what 'p' of swarm '${swarm}' does, but it threw; nothing else ` +
        "is lost",
    ]);
  });
});

test("should take a context that makes no sense for none", () => {
  for (const traceparent of ["", "00-0-0-01", "nonsense", `00-${"0".repeat(32)}-${"2".repeat(16)}-01`]) {
    assert.equal(spanContextOf({ traceparent, tracestate: "" }), undefined);
  }
});
