// Agents in processes of their own, which are killed or asked to stop.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";

import { Log } from "../gen/swarmlog/v1/position_pb.js";
import { Publisher } from "../src/index.js";
import { AgentProcess } from "./agent-process.js";
import { aSwarm, sharedCoordinator } from "./coordinators.js";
import { command, route } from "./received.js";
import { SeededRandom } from "./seeded-random.js";
import { temporaryDirectory } from "./temporary.js";

const OPERATIONS = 300;
const shared = sharedCoordinator();

test("should apply each operation once although it is killed", async (t) => {
  // given
  const file = join(await temporaryDirectory(t), "work.json");
  const swarm = aSwarm();
  const { target } = shared();
  const random = new SeededRandom();
  const expected = Array.from({ length: OPERATIONS }, (_, i) => `operation ${i}`);
  const publishing = publish(target, swarm, expected);
  // when
  const caughtUp = `caught up with ${Log.MAIN} at ${OPERATIONS}`;
  const isLast = (line: string) => line === expected.at(-1) || line === caughtUp;
  let kills = 0;
  for (let line = ""; !isLast(line); kills++) {
    await using process = new AgentProcess("exactly-once-agent", target, swarm, file);
    for (let lines = 1 + random.below(120); lines > 0 && !isLast(line); lines--) {
      line = await process.line();
    }
  }
  await publishing;
  // then, when a last run has committed what is left
  await using process = new AgentProcess("exactly-once-agent", target, swarm, file);
  while ((await process.line()) !== caughtUp);
  process.signal("SIGTERM");
  assert.equal(await process.exitCode(), 0);
  const { work } = JSON.parse(await readFile(file, "utf8")) as { work: string[] };
  // Of a key that was set again meanwhile only the newest value comes.
  const isEvent = (text: string) => Number(text.split(" ")[1]) % 3 > 0;
  assert.deepEqual(work.filter(isEvent), expected.filter(isEvent), `SEED=${random.seed}`);
  assert.equal(new Set(work).size, work.length, `applied twice, SEED=${random.seed}`);
  assert.ok(kills > 1);
});

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  test(`should drain at ${signal}`, async (t) => {
    // given
    const swarm = aSwarm();
    await publish(shared().target, swarm, ["operation 1"]);
    const directory = await temporaryDirectory(t);
    await using process = new AgentProcess("drained-agent", shared().target, swarm, directory);
    assert.equal(await process.line(), "began operation 1");
    // when
    process.signal(signal);
    process.write("go on");
    // then
    assert.equal(await process.line(), "done operation 1");
    assert.equal(await process.line(), "stopped at 1");
    assert.equal(await process.exitCode(), 0);
  });
}

/** Every third is on a key. */
async function publish(target: string, swarm: string, texts: readonly string[]): Promise<void> {
  await using publisher = new Publisher(target, { swarm, name: "p" });
  for (const text of texts) {
    const isEvent = Number(text.split(" ")[1]) % 3 > 0;
    await publisher.publish(isEvent ? command(text) : route("k", text));
  }
}
