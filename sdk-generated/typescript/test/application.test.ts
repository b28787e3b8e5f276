// How steps take effect.
import assert from "node:assert/strict";
import { test } from "node:test";

import { create } from "@bufbuild/protobuf";

import { LogResumeSchema } from "../gen/swarmlog/v1/resume_pb.js";
import { CommittedCursor } from "../src/committed-cursor.js";
import { AgentCursor, CursorStoreError, FailurePolicy, MemoryCursorStore, type CursorStore } from "../src/index.js";
import { AgentTracing } from "../src/handling/agent-tracing.js";
import { ByOperation } from "../src/handling/application.js";
import { policyOf, retryLaterInMs } from "../src/handling/failure-policy.js";
import { HandlerTable, type OperationHandler } from "../src/handling/handler-table.js";
import { RunWatch } from "../src/handling/run-watch.js";
import { StepSpans } from "../src/handling/step-spans.js";
import { LaneLedger } from "../src/session/lane-ledger.js";
import { delivered, type LaneStep, type PreparedStep } from "../src/session/lane-step.js";
import { Instruments } from "../src/tracing.js";
import { event, keyed, position, scope } from "./notation.js";

const LOGGER = { info: () => undefined, warn: () => undefined, error: () => undefined };

function stepOf(opIds: readonly bigint[]): LaneStep {
  return {
    log: "main",
    fromOpId: 0n,
    resume: create(LogResumeSchema, { position: position(`main@${opIds.at(-1)}`) }),
    content: delivered(opIds.map((opId) => event(opId, scope("A")))),
    start: undefined,
  };
}

function applied(handler: OperationHandler, step: LaneStep): ReturnType<ByOperation["apply"]> {
  const handlers = new HandlerTable();
  handlers.add("commands", undefined, handler);
  const cursor = new CommittedCursor(AgentCursor.empty);
  const application = new ByOperation(handlers, cursor, new MemoryCursorStore(), new RunWatch());
  const tracing = new AgentTracing(new Instruments("s", "a", {}, LOGGER), "a");
  return application.apply(prepared(step), 0, new StepSpans(tracing, step));
}

function prepared(step: LaneStep): PreparedStep {
  return new LaneLedger(undefined, true, []).prepare(step);
}

test("should let others run while handlers that wait for nothing have much to do", async () => {
  // given
  let turns = 0;
  const done = new AbortController();
  const others = (async () => {
    while (!done.signal.aborted) {
      await new Promise((resolve) => setImmediate(resolve));
      turns++;
    }
  })();
  // when
  const opIds = Array.from({ length: 100 }, (_, i) => BigInt(i + 1));
  await applied(() => {
    const ends = performance.now() + 1;
    while (performance.now() < ends);
  }, stepOf(opIds));
  done.abort();
  await others;
  // then, about each 10 ms
  assert.ok(turns >= 5 && turns <= 50, `${turns} turns`);
});

test("should say which operation was not applied, and why", async () => {
  const error = new Error("never");
  const given: bigint[] = [];
  for (const fail of [() => Promise.reject(error), (): never => raise(error)]) {
    given.length = 0;
    // when
    const failed = await applied(
      (operation) => {
        given.push(operation.opId);
        return operation.opId === 5n ? fail() : undefined;
      },
      stepOf([3n, 5n, 8n]),
    );
    // then
    assert.equal(failed?.index, 1);
    assert.equal(failed.cause, error);
    assert.deepEqual(given, [3n, 5n]);
  }
});

test("should take a handler that only made a generator for one that failed", async () => {
  const generator = (function* () {
    yield 1;
  })();
  const failed = await applied(() => generator, stepOf([1n]));
  assert.match(String(failed?.cause), /do without `yield`/);
});

test("should commit in turn, and nothing once it is closed", async () => {
  // given
  const cursor = new CommittedCursor(AgentCursor.empty);
  const saved: (bigint | undefined)[] = [];
  const inside: number[] = [];
  let calls = 0;
  const store: CursorStore = {
    load: () => AgentCursor.empty,
    heldKeys: () => [],
    save: async (after) => {
      calls++;
      inside.push(calls);
      await new Promise((resolve) => setImmediate(resolve));
      saved.push(after.position("main")?.opId);
      calls--;
    },
    close: () => undefined,
  };
  // when
  await Promise.all([1n, 2n].map((opId) => cursor.commit(prepared(stepOf([opId])), store)));
  await cursor.close();
  // then
  assert.deepEqual(saved, [1n, 2n]);
  assert.deepEqual(inside, [1, 1]);
  await assert.rejects(cursor.commit(prepared(stepOf([3n])), store), CursorStoreError);
  assert.equal(cursor.cursor.position("main")?.opId, 2n);
});

test("should note that keyed operations are about to take effect", async () => {
  // given
  const step = { ...stepOf([1n]), content: delivered([keyed(1n, scope("A"), "x", "a")]) };
  const cursor = new CommittedCursor(AgentCursor.empty);
  const store = new MemoryCursorStore();
  // when
  const start = { scopes: [], replaces: false, holdsNothing: false };
  await cursor.announce(prepared({ ...step, start }), store);
  // then
  assert.equal(store.load().resume("main")?.interrupted.case, "triple");
});

test("should decide as its policy says, and wait longer each time", async () => {
  const decided = (policy: FailurePolicy) =>
    Promise.all([1, 2, 3].map(async (tried) => await policy.decide([], "", tried)));
  assert.deepEqual(await decided(FailurePolicy.parkAfter(2)), ["retry-later", "park", "park"]);
  assert.deepEqual(await decided(FailurePolicy.skipAfter(3)), ["retry", "retry", "skip"]);
  assert.deepEqual(await decided(policyOf(() => "stop")), ["stop", "stop", "stop"]);
  assert.deepEqual(await decided(policyOf(undefined)), ["retry-at-once", "retry-at-once", "retry-at-once"]);
  const waits = [1, 2, 3, 9, 10, 100].map((times) => retryLaterInMs(FailurePolicy.retry(), times));
  assert.deepEqual(waits, [1_000, 2_000, 4_000, 256_000, 300_000, 300_000]);
  const days = { ...FailurePolicy.retry(), retryLaterInMs: () => 1e12 };
  assert.equal(retryLaterInMs(days, 1), 86_400_000);
});

function raise(error: Error): never {
  throw error;
}
