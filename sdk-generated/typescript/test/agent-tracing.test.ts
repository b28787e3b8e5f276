// What an agent records, by an OpenTelemetry as an application sets it up.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { context, SpanStatusCode, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
  type ReadableSpan,
} from "@opentelemetry/sdk-trace-base";

import { Agent, event, FailurePolicy, Publisher } from "../src/index.js";
import { ErrorBound } from "../src/handling/agent-tracing.js";
import { NS_PER_MS, NS_PER_SECOND } from "../src/units.js";
import { until } from "./awaited.js";
import { aSwarm, sharedCoordinator } from "./coordinators.js";
import { command, PATIENCE_MS } from "./received.js";

const shared = sharedCoordinator();

before(() => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
});

after(() => {
  context.disable();
});

/** Spans that have ended; to be awaited. */
class Recorded {
  readonly #exporter = new InMemorySpanExporter();
  readonly provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(this.#exporter)] });

  async named(name: string): Promise<ReadableSpan> {
    const found = () => this.#exporter.getFinishedSpans().find((span) => span.name === name);
    await until(() => found() !== undefined, `a span '${name}'`, PATIENCE_MS);
    return found()!;
  }
}

for (const kind of ["async", "plain", "batch"] as const) {
  test(`should apply in the trace of the publish, with a handler that is ${kind}`, async () => {
    // given
    const recorded = new Recorded();
    const swarm = aSwarm();
    await using agent = new Agent(shared().target, { swarm, name: "a", tracerProvider: recorded.provider });
    const current: (string | undefined)[] = [];
    const note = () => current.push(trace.getActiveSpan()?.spanContext().spanId);
    if (kind === "async") {
      agent.on("commands", async () => {
        await new Promise((resolve) => setImmediate(resolve));
        note();
      });
    } else if (kind === "plain") {
      agent.on("commands", note);
    } else {
      agent.onBatch(note);
    }
    await agent.start();
    await agent.caughtUp();
    // when
    await agent.publisher.publish(command("x"));
    // then
    const published = await recorded.named("publish commands");
    const applied = await recorded.named("apply commands");
    const acked = await recorded.named("ack commands");
    const ids = [published, applied, acked].map((span) => span.spanContext().traceId);
    assert.equal(new Set(ids).size, 1);
    assert.equal(applied.parentSpanContext?.spanId, published.spanContext().spanId);
    assert.equal(acked.parentSpanContext?.spanId, applied.spanContext().spanId);
    assert.equal(current.at(-1), applied.spanContext().spanId);
    assert.deepEqual(applied.attributes, {
      "messaging.system": "swarmlog",
      "messaging.operation.name": "apply",
      "messaging.operation.type": "process",
      "messaging.destination.name": `${swarm}/commands`,
      "messaging.destination.template": "{swarm}/commands",
      "messaging.client.id": "a",
      "messaging.message.id": "1",
      "swarmlog.swarm": swarm,
      "swarmlog.agent": "a",
      "swarmlog.log": "main",
      "swarmlog.topic": "commands",
      "swarmlog.operation.id": 1,
    });
  });
}

test("should record a sync and a failure", async () => {
  // given
  const recorded = new Recorded();
  const swarm = aSwarm();
  await using publisher = new Publisher(shared().target, { swarm, name: "p" });
  await publisher.publish(event("commands", "fails", { type: "t" }));
  await using agent = new Agent(shared().target, {
    swarm,
    name: "a",
    tracerProvider: recorded.provider,
    failurePolicy: FailurePolicy.skipAfter(1),
    logger: { info: () => undefined, warn: () => undefined, error: () => undefined },
  });
  agent.on("commands", () => {
    throw new RangeError("never");
  });
  // when
  await agent.start();
  const synced = await recorded.named("sync main");
  const failed = await recorded.named("apply commands");
  // then
  assert.equal(synced.attributes["swarmlog.sync.operations"], 1);
  assert.equal(synced.attributes["swarmlog.sync.plan"], "delta");
  assert.ok(Number(synced.attributes["swarmlog.sync.bytes"]) > 0);
  assert.equal(synced.status.code, SpanStatusCode.UNSET);
  assert.equal(failed.status.code, SpanStatusCode.ERROR);
  assert.equal(failed.attributes["error.type"], "RangeError");
  assert.equal(failed.parentSpanContext, undefined);
});

test("should let ten failures a second through", () => {
  const bound = new ErrorBound();
  const taken = Array.from({ length: 25 }, (_, i) => bound.take(i * NS_PER_MS));
  assert.deepEqual(taken, [...new Array<number>(10).fill(0), ...new Array<undefined>(15).fill(undefined)]);
  assert.equal(bound.take(NS_PER_SECOND), 15);
});
