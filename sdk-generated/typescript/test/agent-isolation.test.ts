// A lane whose handler stalls holds up no other one on the same connection, and no memory grows meanwhile.
import assert from "node:assert/strict";
import { test } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

import { Agent, event, keyed, measurement, Publisher } from "../src/index.js";
import { CONNECTION_WINDOW_BYTES, STREAM_WINDOW_BYTES } from "../src/http2-sessions.js";
import { until } from "./awaited.js";
import { aSwarm, sharedCoordinator } from "./coordinators.js";
import { Heard, PATIENCE_MS, Received } from "./received.js";

const RECORD_BYTES = 16 * 1024;
// More than all streams of the connection may have received without being read.
const RECORDS = Math.ceil((1.5 * CONNECTION_WINDOW_BYTES) / RECORD_BYTES);
const shared = sharedCoordinator();

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

test("should go on with commands while telemetry stalls", async () => {
  // given
  const swarm = aSwarm();
  const [got, heard, stall] = [new Received(), new Heard(), new Stall()];
  await using agent = new Agent(shared().target, { swarm, name: "a", listener: heard });
  agent.on("telemetry", () => stall.handler());
  agent.on("commands", (operation) => got.add(operation.text));
  await agent.start();
  await agent.caughtUp();
  await using publisher = new Publisher(shared().target, { swarm, name: "p" });
  const value = new Uint8Array(RECORD_BYTES);
  // What was telemetry before the lane was attached is not given to it.
  await until(
    () => {
      publisher.telemetry(measurement(value, { type: "test.Bytes" }));
      return stall.isEntered;
    },
    "telemetry to be handled",
    PATIENCE_MS,
  );
  // when
  let sent = 0;
  await until(
    () => {
      while (sent < RECORDS && publisher.telemetry(measurement(value, { type: "test.Bytes" }))) {
        sent++;
      }
      return sent === RECORDS;
    },
    "telemetry to be taken",
    PATIENCE_MS,
  );
  for (let i = 0; i < 100; i++) {
    await publisher.publish(event("commands", `command ${i}`, { type: "test.Text" }));
  }
  await got.untilCount(100);
  // then
  assert.ok(!stall.isOver);
  assert.equal(heard.disconnects, 0);
  // when
  stall.end();
  await until(() => heard.dropped > 0n, "to be told what was left out", PATIENCE_MS);
});

test("should hold no more of a lane that stalls than its window", async () => {
  // given
  const swarm = aSwarm();
  const [got, heard, stall] = [new Received(), new Heard(), new Stall()];
  const value = new Uint8Array(RECORD_BYTES);
  await using publisher = new Publisher(shared().target, { swarm, name: "p" });
  await Promise.all(
    Array.from({ length: RECORDS }, (_, i) =>
      publisher.publish(keyed("commands", `k${i}`, value, { type: "test.Bytes" })),
    ),
  );
  await using agent = new Agent(shared().target, { swarm, name: "a", listener: heard });
  agent.on("commands", () => stall.handler());
  agent.on("control", (operation) => got.add(operation.text));
  const before = memoryBytes();
  await agent.start();
  await until(() => stall.isEntered, "a command to be handled", PATIENCE_MS);
  // when
  for (let i = 0; i < 100; i++) {
    await publisher.publish(event("control", `control ${i}`, { type: "test.Text" }));
  }
  await got.untilCount(100);
  // then, beside the window: the frame that is handled, and the one that was read behind it
  const grown = memoryBytes() - before;
  assert.ok(grown < 4 * STREAM_WINDOW_BYTES, `Expected at most some MiB more, but it was ${grown} bytes`);
  assert.ok(!stall.isOver);
  assert.equal(heard.disconnects, 0);
  // when
  stall.end();
  await agent.caughtUp();
  assert.equal(agent.position("main")?.opId, BigInt(RECORDS));
});

/** A handler that does not return for a while. */
class Stall {
  isEntered = false;
  isOver = false;
  readonly #ended: Promise<void>;
  #end: () => void = () => undefined;

  constructor() {
    this.#ended = new Promise((resolve) => {
      this.#end = resolve;
    });
  }

  async handler(): Promise<void> {
    this.isEntered = true;
    await this.#ended;
  }

  end(): void {
    this.isOver = true;
    this.#end();
  }
}

function memoryBytes(): number {
  collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
