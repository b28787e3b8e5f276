// Runs what README.md shows, each program as it stands there.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { describe, test, type TestContext } from "node:test";
import { fileURLToPath } from "node:url";

import { deleted, event, Publisher, type Publication } from "../src/index.js";
import { aSwarm, sharedCoordinator } from "./coordinators.js";
import { blocksOf, mistakesIn, Program, programOf } from "./programs.js";
import { temporaryDirectory } from "./temporary.js";

const BLOCKS = blocksOf("README.md");

describe("the README", () => {
  const coordinator = sharedCoordinator();

  async function run(t: TestContext, having: string, directory: string, swarm: string): Promise<Program> {
    const program = await Program.start(programOf(BLOCKS, having, coordinator().target, swarm), directory);
    t.after(() => program.kill());
    return program;
  }

  async function publish(swarm: string, ...publications: Publication[]): Promise<void> {
    await using publisher = new Publisher(coordinator().target, { swarm, name: "test" });
    for (const publication of publications) {
      await publisher.publish(publication);
    }
  }

  test("should greet once each time", async (t) => {
    const directory = await temporaryDirectory(t);
    const swarm = aSwarm();
    for (let i = 0; i < 2; i++) {
      // when
      const program = await run(t, 'name: "agent-1"', directory, swarm);
      await program.printed("Hello, swarm");
      // then
      assert.deepEqual(await program.pressEnter(), ["Hello, swarm"]);
    }
  });

  test("should be ten lines to a working agent", () => {
    const source = programOf(BLOCKS, 'name: "agent-1"', "", "");
    assert.ok(source.split("\n").filter((line) => line !== "").length <= 10);
  });

  test("should loop over operations", async (t) => {
    const program = await run(t, 'name: "agent-2"', await temporaryDirectory(t), aSwarm());
    assert.deepEqual(await program.ended(), ["operation 1", "{ to: 'swarm' }"]);
  });

  test("should print keys, deletions and syncs", async (t) => {
    // given
    const swarm = aSwarm();
    const program = await run(t, 'name: "agent-3"', await temporaryDirectory(t), swarm);
    await program.printed("south: 12 km");
    // when
    await publish(swarm, deleted("reconciliation", "south"));
    await program.printed("south is gone");
    const lines = await program.pressCtrlC();
    // then
    assert.ok(lines.indexOf("south: 12 km") < lines.indexOf("south is gone"));
    assert.ok(
      lines.some((line) => /^main \d+ -> \d+ by \w+, exact: .* no mismatch$/.test(line)),
      lines.join("\n"),
    );
    assert.ok(lines.some((line) => /^\d routes as of operation \d+$/.test(line)));
  });

  test("should park what is no number", async (t) => {
    // given
    const swarm = aSwarm();
    const program = await run(t, 'name: "agent-4"', await temporaryDirectory(t), swarm);
    // when
    await publish(swarm, ...["12", "far", "13"].map((text) => event("commands", text, { type: "hello.Distance" })));
    await program.printed("13 km");
    const lines = await program.pressCtrlC();
    // then
    assert.deepEqual(
      lines.filter((line) => line.endsWith(" km")),
      ["12 km", "13 km"],
    );
    assert.ok(
      lines.some((line) => line.includes(`./swarmlog parked list ${swarm}`)),
      lines.join("\n"),
    );
  });

  test("should apply once in its own transaction", async (t) => {
    const directory = await temporaryDirectory(t);
    const swarm = aSwarm();
    for (const expected of [7, 14]) {
      // when
      const program = await run(t, 'name: "agent-5"', directory, swarm);
      await program.printed(`balance ${expected}`);
      // then
      assert.deepEqual(await program.pressCtrlC(), [`balance ${expected}`]);
      const { balance } = JSON.parse(await readFile(`${directory}/account`, "utf8")) as { balance: number };
      assert.equal(balance, expected);
    }
  });

  test("should publish", async (t) => {
    const program = await run(t, 'name: "planner"', await temporaryDirectory(t), aSwarm());
    assert.deepEqual(await program.ended(), ["operation 1", "0 groups wait"]);
  });

  test("should test", async (t) => {
    // given
    const [source = ""] = BLOCKS.filter((block) => block.includes("swarmlog/testing"));
    // when it runs in a checkout
    const directory = await temporaryDirectory(t, fileURLToPath(new URL(".", import.meta.url)));
    const program = await Program.start(source, directory, "--test-reporter=tap");
    t.after(() => program.kill());
    // then
    assert.ok((await program.ended()).includes("# pass 1"));
  });

  test("should show what TypeScript takes", async (t) => {
    // Within the package, which knows itself by its name.
    const directory = await temporaryDirectory(t, fileURLToPath(new URL(".", import.meta.url)));
    assert.deepEqual(await mistakesIn(BLOCKS, directory), []);
  });

  test("should show nothing that is not run", () => {
    assert.equal(BLOCKS.length, 7);
  });
});
