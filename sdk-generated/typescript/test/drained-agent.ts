// An agent whose handler waits for a line on standard input: node drained-agent.js HOST:PORT SWARM DIRECTORY.
import { createInterface } from "node:readline";

import { Agent, FileCursorStore } from "../src/index.js";

const [target = "", swarm = "", directory = ""] = process.argv.slice(2);
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const agent = new Agent(target, { swarm, name: "a", cursorStore: new FileCursorStore(directory) });
agent.on("commands", async (operation) => {
  console.log(`began ${operation.text}`);
  await lines.next();
  console.log(`done ${operation.text}`);
});
await agent.run();
console.log(`stopped at ${agent.position("main")?.opId}`);
process.stdin.destroy();
