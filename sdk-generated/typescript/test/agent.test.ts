// Agents against a real coordinator.
import assert from "node:assert/strict";
import { test } from "node:test";

import { create } from "@bufbuild/protobuf";
import { StringValueSchema } from "@bufbuild/protobuf/wkt";

import type { Payload } from "../gen/swarmlog/v1/operation_pb.js";
import {
  Agent,
  CursorStoreError,
  deleted,
  event,
  FailurePolicy,
  FileCursorStore,
  MemoryCursorStore,
  payloads,
  Publisher,
  targets,
  TerminalError,
  type Batch,
  type Operation,
} from "../src/index.js";
import { Coordinator } from "../src/testing/index.js";
import { until } from "./awaited.js";
import { aSwarm, sharedCoordinator } from "./coordinators.js";
import { command, Heard, PATIENCE_MS, Received, route } from "./received.js";
import { temporaryDirectory } from "./temporary.js";

const shared = sharedCoordinator();

test("should give operations to handlers by topic and type", async () => {
  // given
  const got = new Received();
  await using agent = new Agent(shared().target, { swarm: aSwarm(), name: "a", roles: ["scout"] });
  agent.on("commands", "test.Text", async (operation) => {
    await Promise.resolve();
    got.add(`text ${operation.text}`);
  });
  agent.on("commands", StringValueSchema, (_operation, message) => got.add(`message ${message.value}`));
  agent.on("commands", (operation) => got.add(`${operation.type} ${JSON.stringify(operation.json())}`));
  agent.on("reconciliation", "test.Route", (operation) => got.add(`${operation.key}=${operation.text}`));
  agent.onDeletion("reconciliation", (operation) => got.add(`${operation.key} is gone`));
  await agent.start();
  await agent.caughtUp();
  // when
  const { publisher } = agent;
  await publisher.publish(command("a"));
  const message = create(StringValueSchema, { value: "b" });
  await publisher.publish(event("commands", payloads.protobuf(StringValueSchema, message)));
  await publisher.publish(event("commands", { c: 1 }, { type: "test.Json" }));
  await publisher.publish(route("south", "12 km"));
  await publisher.publish(deleted("reconciliation", "south"));
  await publisher.publish(event("commands", "d", { type: "test.Text", to: targets.role("scout") }));
  await publisher.publish(event("commands", "no", { type: "test.Text", to: targets.agent("b") }));
  await publisher.publish(command("e"));
  await got.untilCount(7);
  await agent.close();
  // then
  assert.deepEqual(got.texts, [
    "text a",
    "message b",
    'test.Json {"c":1}',
    "south=12 km",
    "south is gone",
    "text d",
    "text e",
  ]);
  assert.equal(agent.state, "closed");
  assert.equal(agent.position("main")?.opId, 8n);
});

test("should go on where it was", async (t) => {
  const directory = await temporaryDirectory(t);
  const swarm = aSwarm();
  const got = new Received();
  await using publisher = new Publisher(shared().target, { swarm, name: "p" });
  for (let run = 0; run < 3; run++) {
    // given
    await publisher.publish(command(`command ${run}`));
    await publisher.publish(route("k", String(run)));
    const heard = new Heard();
    const cursorStore = new FileCursorStore(directory);
    await using agent = new Agent(shared().target, { swarm, name: "a", cursorStore, listener: heard });
    agent.on("commands", (operation) => got.add(operation.text));
    agent.on("reconciliation", (operation) => got.add(operation.text));
    // when
    await agent.start();
    await agent.caughtUp();
    await got.untilCount(2 * run + 2);
    await agent.close();
    // then
    assert.deepEqual(
      heard.reports.map(({ mismatches, exact, redundant }) => ({ mismatches, exact, redundant })),
      [{ mismatches: [], exact: true, redundant: 0 }],
    );
  }
  assert.deepEqual(got.texts, ["command 0", "0", "command 1", "1", "command 2", "2"]);
});

test("should hand over groups in one batch", async () => {
  // given
  const batches: Batch[] = [];
  await using agent = new Agent(shared().target, { swarm: aSwarm(), name: "a" });
  agent.onBatch((batch) => {
    batches.push(batch);
  });
  await agent.start();
  // when
  await agent.publisher.publishGroup([command("a"), command("b"), command("c")]);
  await agent.publisher.publishGroup([command("d"), command("e")]);
  const operations = () => batches.flatMap((batch) => batch.operations).length;
  await until(() => operations() === 5, "5 operations", PATIENCE_MS);
  await agent.close();
  // then
  const groups = batches.flatMap((batch) => batch.groups());
  assert.deepEqual(
    groups.map((group) => group.map((operation) => operation.text)),
    [
      ["a", "b", "c"],
      ["d", "e"],
    ],
  );
});

test("should come back when the coordinator was killed", async () => {
  // given
  await using coordinator = await Coordinator.start();
  const [got, heard] = [new Received(), new Heard()];
  await using agent = new Agent(coordinator.target, { swarm: aSwarm(), name: "a", listener: heard, logger: silent });
  agent.on("commands", (operation) => got.add(operation.text));
  await agent.start();
  await agent.publisher.publish(command("before"));
  await got.untilCount(1);
  // when
  await coordinator.kill();
  await until(() => heard.disconnects > 0, "to be disconnected", PATIENCE_MS);
  const later = agent.publisher.publish(command("after"));
  await coordinator.start();
  // then
  await got.untilCount(2);
  await later;
  await agent.close();
  assert.deepEqual(got.texts, ["before", "after"]);
});

test("should have an operation given again", async () => {
  // given
  const [got, heard] = [new Received(), new Heard()];
  await using agent = new Agent(shared().target, {
    swarm: aSwarm(),
    name: "a",
    listener: heard,
    logger: silent,
    failurePolicy: {
      decide: (_operations, failure) => (failure instanceof RangeError ? "park" : "retry-later"),
      retryLaterInMs: () => 100,
    },
  });
  agent.on("commands", (operation) => {
    const again = operation.redelivery;
    if (operation.text === "bad") {
      throw new RangeError("never");
    }
    if (operation.text === "flaky" && again === undefined) {
      throw new Error("not yet");
    }
    got.add(again === undefined ? operation.text : `${operation.text} ${again.firstOpId}`);
  });
  await agent.start();
  await agent.caughtUp();
  // when
  for (const text of ["bad", "flaky", "good"]) {
    await agent.publisher.publish(command(text));
  }
  await got.untilCount(2);
  await agent.close();
  // then
  assert.deepEqual(got.texts, ["good", "flaky 2"]);
  assert.deepEqual(heard.decisions, ["park", "retry-later"]);
});

test("should retry at once, skip and stop", async () => {
  // given
  const swarm = aSwarm();
  const got = new Received();
  await using publisher = new Publisher(shared().target, { swarm, name: "p" });
  await publisher.publish(command("bad"));
  await publisher.publish(command("good"));
  const agentOf = (name: string, handler: (text: string) => void, failurePolicy?: FailurePolicy) =>
    new Agent(shared().target, {
      swarm,
      name,
      logger: silent,
      ...(failurePolicy !== undefined && { failurePolicy }),
    }).on("commands", (operation) => handler(operation.text));
  const failing = (text: string) => {
    if (text === "bad") {
      throw new Error(text);
    }
    got.add(text);
  };
  await using stopping = agentOf("a", failing, FailurePolicy.stopAfter(1));
  await using skipping = agentOf("b", failing, FailurePolicy.skipAfter(1));
  const tries: string[] = [];
  await using trying = agentOf("c", (text) => {
    tries.push(text);
    if (tries.length < 3) {
      throw new Error(text);
    }
    got.add(text);
  });
  // when
  await stopping.start();
  await assert.rejects(stopping.stopped(), /operation 1 of main/);
  await skipping.start();
  await got.untilCount(1);
  await trying.start();
  await got.untilCount(3);
  // then
  assert.equal(stopping.state, "failed");
  assert.deepEqual(got.texts, ["good", "bad", "good"]);
  assert.deepEqual(tries, ["bad", "bad", "bad", "good"]);
});

test("should be mended when its state drifts", async () => {
  // given
  const settings = { "drift-check-interval": "100ms", "in-memory": true };
  await using coordinator = await Coordinator.start({ settings });
  const state = new Map<string, Map<string, Payload>>();
  const heard = new Heard();
  await using agent = new Agent(coordinator.target, {
    swarm: aSwarm(),
    name: "a",
    listener: heard,
    logger: silent,
    stateOf: async function* (scope) {
      await Promise.resolve();
      yield* state.get(scope.id) ?? [];
    },
    stateIntervalMs: 100,
  });
  agent.on("reconciliation", (operation) => {
    const held = state.get(operation.scope.id) ?? new Map<string, Payload>();
    state.set(operation.scope.id, held);
    if (operation.key !== "" && operation.isDeletion) {
      held.delete(operation.key);
    } else if (operation.key !== "") {
      held.set(operation.key, operation.payload!);
    }
  });
  await agent.start();
  for (let i = 0; i < 50; i++) {
    await agent.publisher.publish(route(`k${String(i).padStart(2, "0")}`, String(i)));
  }
  await until(() => [...state.values()][0]?.size === 50, "50 keys", PATIENCE_MS);
  const [held] = [...state.values()];
  assert.ok(held !== undefined);
  // when
  held.set("k07", payloads.text("test.Route", "wrong"));
  held.delete("k08");
  // then
  const mended = () => new Set(heard.repairs.flatMap((repair) => repair.keys));
  await until(() => mended().size === 2, "two keys to be repaired", PATIENCE_MS);
  await agent.close();
  assert.deepEqual([...mended()].sort(), ["k07", "k08"]);
  assert.equal(payloads.value(held.get("k07")!), "7");
  assert.equal(held.size, 50);
});

test("should refuse a cursor that is in use, or another agent's", async (t) => {
  // given
  const directory = await temporaryDirectory(t);
  const swarm = aSwarm();
  const agentOf = (name: string) => {
    const agent = new Agent(shared().target, { swarm, name, cursorStore: new FileCursorStore(directory) });
    return agent.on("commands", () => undefined);
  };
  const agent = agentOf("a");
  await agent.start();
  await agent.publisher.publish(command("a"));
  await until(() => agent.position("main")?.opId === 1n, "the operation to be applied", PATIENCE_MS);
  // when, then
  await assert.rejects(agentOf("b").start(), CursorStoreError);
  await agent.close();
  await assert.rejects(agentOf("c").start(), /that of agent 'a'/);
});

test("should stop for good when a newer one runs", async () => {
  // given
  const swarm = aSwarm();
  const agents = [1, 2].map(() => {
    const agent = new Agent(shared().target, { swarm, name: "a", logger: silent });
    return agent.on("commands", () => undefined);
  });
  const [first, second] = [agents[0]!, agents[1]!];
  await first.start();
  await first.caughtUp();
  // when
  await second.start();
  await second.caughtUp();
  // then
  await assert.rejects(first.stopped(), (why) => why instanceof TerminalError && why.reason === "SESSION_SUPERSEDED");
  await assert.rejects(first.caughtUp(), TerminalError);
  assert.equal(first.state, "failed");
  assert.equal(second.state, "live");
  await first.close();
  await second.close();
});

test("should be closed by a handler, and by a signal", async () => {
  for (const how of ["handler", "signal"]) {
    // given
    const stop = new AbortController();
    await using agent = new Agent(shared().target, { swarm: aSwarm(), name: "a", signal: stop.signal });
    agent.on("commands", () => {
      if (how === "handler") {
        void agent.close();
      } else {
        stop.abort();
      }
    });
    await agent.start();
    // when
    await agent.publisher.publish(command("the last one"));
    await agent.stopped();
    // then
    await agent.close();
    assert.equal(agent.position("main")?.opId, 1n);
  }
});

test("should not commit what a handler does that does not return", async () => {
  // given
  const store = new MemoryCursorStore();
  await using agent = new Agent(shared().target, { swarm: aSwarm(), name: "a", cursorStore: store });
  let release: (() => void) | undefined;
  agent.on("commands", async () => {
    await new Promise<void>((resolve) => {
      release = resolve;
    });
  });
  await agent.start();
  await agent.publisher.publish(command("hangs"));
  await until(() => release !== undefined, "the handler to be called", PATIENCE_MS);
  // when
  await agent.close({ timeoutMs: 50 });
  release?.();
  await new Promise((resolve) => setImmediate(resolve));
  // then
  assert.equal(agent.state, "closed");
  assert.equal(store.load().position("main")?.opId ?? 0n, 0n);
});

test("should apply what a loop asks behind, and give again what it leaves", async (t) => {
  // given
  const directory = await temporaryDirectory(t);
  const swarm = aSwarm();
  await using publisher = new Publisher(shared().target, { swarm, name: "p" });
  const agentOf = () => new Agent(shared().target, { swarm, name: "a", cursorStore: new FileCursorStore(directory) });
  for (const text of ["a", "b"]) {
    await publisher.publish(command(text));
  }
  // when
  const first: Operation[] = [];
  for await (const operation of agentOf().operations()) {
    first.push(operation);
    if (first.length === 2) {
      await publisher.publish(command("c"));
    } else if (operation.text === "c") {
      break;
    }
  }
  const batches: string[][] = [];
  for await (const batch of agentOf().batches()) {
    batches.push(batch.operations.map((operation) => operation.text));
    if (batches.flat().length > 0) {
      break;
    }
  }
  // then
  assert.deepEqual(
    first.map((operation) => operation.text),
    ["a", "b", "c"],
  );
  assert.deepEqual(batches.flat(), ["c"]);
});

test("should end a loop when it is closed, and when it is refused", async () => {
  const swarm = aSwarm();
  // given
  await using agent = new Agent(shared().target, { swarm, name: "a", logger: silent });
  const got: string[] = [];
  const loop = (async () => {
    for await (const operation of agent.operations()) {
      got.push(operation.text);
      if (operation.text === "last") {
        void agent.close();
      }
    }
  })();
  // when
  await agent.publisher.publish(command("first"));
  await agent.publisher.publish(command("last"));
  await loop;
  // then
  assert.deepEqual(got, ["first", "last"]);
  assert.equal(agent.position("main")?.opId, 2n);

  // given
  await using refused = new Agent(shared().target, { swarm, name: "b", logger: silent });
  await using newer = new Agent(shared().target, { swarm, name: "b" }).on("commands", () => undefined);
  const failing = (async () => {
    for await (const operation of refused.operations()) {
      if (operation.opId === 1n) {
        await newer.start();
      }
    }
  })();
  // then
  await assert.rejects(failing, TerminalError);
});

test("should not start what was closed meanwhile, nor what was aborted before", async () => {
  const given = () => new Agent(shared().target, { swarm: aSwarm(), name: "a" }).on("commands", () => undefined);
  // given
  const agent = given();
  const starting = agent.start();
  // when
  await agent.close();
  // then
  await assert.rejects(starting, TerminalError);
  assert.equal(agent.state, "closed");
  await assert.rejects(agent.start(), /used once/);
  const signal = AbortSignal.abort(new Error("not wanted"));
  const aborted = new Agent(shared().target, { swarm: aSwarm(), name: "a", signal });
  await assert.rejects(aborted.on("commands", () => undefined).start(), /not wanted/);
});

test("should say what is missing", async () => {
  assert.throws(
    () => new Agent("localhost:1", undefined as never),
    /Expected options, but got undefined: write new Agent/,
  );
  assert.throws(() => new Agent("localhost:1", { swarm: "s", name: "" }), /name of an agent/);
  assert.throws(() => new Agent("localhost:1", { swarm: "s", name: "a", logger: {} as never }), /Expected a logger/);
  await using agent = new Agent("localhost:1", { swarm: "s", name: "a" });
  await assert.rejects(agent.start(), /either handlers .* none is set: say by `on`/);
  agent.on("commands", "t", () => undefined);
  assert.throws(() => agent.on("commands", "t", () => undefined), /payload type 't'/);
  assert.throws(() => agent.on("commands", {} as never, () => undefined), /schema of a protobuf message/);
  assert.throws(() => agent.on("commands", "no function" as never), /a function/);
  assert.throws(() => agent.on("telemetrie" as never, () => undefined), /a topic/);
  assert.throws(
    () =>
      agent.on("alerts", function* () {
        yield 1;
      }),
    /do without `yield`/,
  );
  const effects = { load: fail, heldKeys: fail, apply: fail, close: fail };
  const cursorStore = new MemoryCursorStore();
  assert.throws(() => new Agent("localhost:1", { swarm: "s", name: "a", effects, cursorStore }), /leave that out/);
  assert.throws(
    () => new Agent("localhost:1", { swarm: "s", name: "a", failurePolicy: {} as never }),
    /failure policy/,
  );
});

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };

function fail(): never {
  throw new Error("Expected not to be called.");
}
