// Handlers that throw what nobody expects.
import assert from "node:assert/strict";
import { test } from "node:test";

import { Agent } from "../src/index.js";
import { aSwarm, sharedCoordinator } from "./coordinators.js";
import { command, Received } from "./received.js";
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
