// Handlers that throw what nobody expects.
import assert from "node:assert/strict";
import { test } from "node:test";

import { Agent, Connection, MemoryCursorStore, Publisher, type Logger } from "../src/index.js";
import { until } from "./awaited.js";
import { aSwarm, sharedCoordinator } from "./coordinators.js";
import { command, Heard, PATIENCE_MS, Received } from "./received.js";
import { RecordedLines } from "./recorded-lines.js";

const shared = sharedCoordinator();
const THROWN: Readonly<Record<string, () => unknown>> = {
  "an object without a prototype": () => Object.create(null) as unknown,
  "an object whose text throws": () => ({
    toString: () => {
      throw new Error("no text");
    },
  }),
  "an error whose stack is no text": () => Object.assign(new Error("stack"), { stack: 5 }),
  "half a surrogate pair": () => "\ud800",
  nothing: () => undefined,
  "a symbol": () => Symbol("thrown"),
};

for (const [what, thrown] of Object.entries(THROWN)) {
  test(`should go on behind an operation whose handler throws ${what}`, async () => {
    // given
    const got = new Received();
    await using agent = new Agent(shared().target, { swarm: aSwarm(), name: "a", logger: new RecordedLines() });
    agent.on("commands", (operation) => {
      if (operation.text === "bad") {
        throw thrown();
      }
      got.add(operation.text);
    });
    await agent.start();
    await agent.caughtUp();
    // when
    await agent.publisher.publish(command("bad"));
    await agent.publisher.publish(command("good"));
    await got.untilCount(1);
    // then
    assert.deepEqual(got.texts, ["good"]);
  });
}

test("should log what the promise of a publisher's listener rejects with", async () => {
  // given
  const lines = new RecordedLines();
  await using publisher = new Publisher("127.0.0.1:1", {
    swarm: aSwarm(),
    name: "p",
    logger: lines,
    listener: () => Promise.reject(new Error("listener")),
  });
  // when
  const answer = publisher.publish(command("a"));
  // then
  await until(() => lines.errors.length > 0, "a line of what the listener threw");
  await publisher.close({ timeoutMs: 0 });
  await assert.rejects(answer);
});

test("should go on whatever its logger and its listener throw", async () => {
  // given
  const fails = () => {
    throw new Error("logger");
  };
  const logger: Logger = { info: fails, warn: fails, error: fails };
  const got = new Received();
  await using agent = new Agent(shared().target, {
    swarm: aSwarm(),
    name: "a",
    logger,
    listener: { stateChanged: fails },
  });
  agent.on("commands", (operation) => {
    if (operation.text === "bad") {
      throw new Error("handler");
    }
    got.add(operation.text);
  });
  await agent.start();
  await agent.caughtUp();
  // when
  await agent.publisher.publish(command("bad"));
  await agent.publisher.publish(command("good"));
  // then
  await got.untilCount(1);
});

test("should be closed well after the connection that it was given", async () => {
  // given
  const connection = new Connection(shared().target);
  const heard = new Heard();
  const agent = new Agent(connection, { swarm: aSwarm(), name: "a", logger: new RecordedLines(), listener: heard });
  agent.on("commands", () => undefined);
  await agent.start();
  await agent.caughtUp();
  // when
  connection.close();
  await until(() => heard.disconnects >= 2, "another try", PATIENCE_MS);
  await agent.close();
  // then
  assert.equal(agent.state, "closed");
});

test("should not start when its signal is aborted while its store is read", async () => {
  // given
  const asked = new AbortController();
  const store = new MemoryCursorStore();
  const heldKeys = store.heldKeys.bind(store);
  store.heldKeys = () => {
    asked.abort();
    return heldKeys();
  };
  await using agent = new Agent(shared().target, {
    swarm: aSwarm(),
    name: "a",
    cursorStore: store,
    signal: asked.signal,
  });
  agent.on("commands", () => undefined);
  // when, then
  await assert.rejects(agent.start(), { name: "AbortError" });
});
