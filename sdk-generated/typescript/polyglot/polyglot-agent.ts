// An agent of the polyglot swarm, see docs/polyglot.md: polyglot-agent.js HOST:PORT SWARM NAME FOLDER
import { statSync } from "node:fs";

import { Agent, CursorStoreError, FailurePolicy, SwarmlogError, version } from "../src/index.js";
import { say, StateFile } from "./state-file.js";

// Three of them, for handlers, publisher and store, are less than the 10 s that it may take to end.
const CLOSE_TIMEOUT_MS = 3_000;
const WRONG_ARGUMENTS = 64;
const FAILED = 1;

/** Runs until SIGTERM, or Ctrl-C; rejects with SwarmlogError if the agent was refused for good. */
async function run(agent: Agent): Promise<void> {
  const askedToEnd = new Promise<void>((resolve) => {
    process.once("SIGTERM", resolve);
    process.once("SIGINT", resolve);
  });
  say({ agent: agent.name, language: "typescript", version, publishes: true });
  await agent.start();
  try {
    await Promise.race([agent.stopped(), askedToEnd]);
  } finally {
    await agent.close({ timeoutMs: CLOSE_TIMEOUT_MS });
  }
}

/** The agent that the command line asks for; throws if it does not say. */
function agentOf(given: readonly string[]): Agent {
  const [target = "", swarm = "", name = "", folder = ""] = given;
  if (given.length !== 4 || statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true) {
    throw new RangeError(`Expected an address, a swarm, a name and an existing folder, but got: ${given.join(" ")}`);
  }
  const state = new StateFile(folder, name);
  const agent = new Agent(target, {
    swarm,
    name,
    effects: state,
    topics: ["commands", "reconciliation"],
    // Order counts here: what cannot be applied now holds up the rest.
    failurePolicy: FailurePolicy.retry(),
  });
  state.publisher = agent.publisher;
  return agent;
}

function fail(code: number, line: string): never {
  process.stderr.write(`${line}\n`);
  process.exit(code);
}

let agent: Agent;
try {
  agent = agentOf(process.argv.slice(2));
} catch (why) {
  fail(WRONG_ARGUMENTS, `usage: agent HOST:PORT SWARM NAME FOLDER (${(why as Error).message})`);
}
try {
  await run(agent);
} catch (why) {
  if (why instanceof SwarmlogError || why instanceof CursorStoreError) {
    fail(FAILED, why.message);
  }
  throw why;
}
