// Agents and publishers of a real coordinator that was repaired, without some of what it had acknowledged.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import * as fs from "node:fs/promises";
import * as path from "node:path";
import { test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { promisify } from "node:util";

import type { Position } from "../gen/swarmlog/v1/position_pb.js";
import { Plan, type LostEvents } from "../gen/swarmlog/v1/resume_pb.js";
import { Agent, FileCursorStore, Publisher, type Log } from "../src/index.js";
import { logNamed } from "../src/names.js";
import { findCommand } from "../src/testing/command.js";
import { Coordinator } from "../src/testing/index.js";
import { until } from "./awaited.js";
import { aSwarm } from "./coordinators.js";
import { command, Heard, PATIENCE_MS, Received, route } from "./received.js";
import { RecordedLines } from "./recorded-lines.js";
import { temporaryDirectory } from "./temporary.js";

// Agents and publishers wait longer and longer while the coordinator is away, at most 30 s.
const COMES_BACK_MS = 2 * PATIENCE_MS;
const run = promisify(execFile);

test("should tell agents and publishers what of theirs a repair has lost", async (t) => {
  const directory = await temporaryDirectory(t);
  const swarm = aSwarm();
  await using coordinator = await Coordinator.start({ settings: { shards: 1 } });
  const { target } = coordinator;
  const [aboveTold, belowTold] = [new Told(), new Told()];
  const [aboveGot, belowGot] = [new Received(), new Received()];
  const lines = new RecordedLines();
  const plannerTold = new Told();
  await using planner = new Publisher(target, { swarm, name: "planner", logger: lines, listener: plannerTold });
  await using above = new Agent(target, { swarm, name: "above", logger: lines, listener: aboveTold });
  receive(above, aboveGot);
  const comeAndGo = async (has: number) => {
    const cursorStore = new FileCursorStore(directory);
    await using below = new Agent(target, { swarm, name: "below", cursorStore, listener: belowTold });
    receive(below, belowGot);
    await below.start();
    await below.caughtUp();
    await belowGot.untilCount(has);
  };
  // given an agent that has what is kept, and another one that has what is lost, too
  await planner.publish(command("kept"));
  const fork = await planner.publish(route("a", "kept"));
  await above.start();
  await above.caughtUp();
  await comeAndGo(2);
  const log = await writeAheadLog(coordinator);
  await planner.publish(command("lost"));
  const newest = await planner.publish(route("b", "lost"));
  const newestOfAgent = await above.publisher.publish(command("lost, too"));
  await aboveGot.untilCount(5);
  // when
  await coordinator.kill();
  await damage(log, "lost");
  await run(findCommand(), ["repair", coordinator.dataDirectory]);
  await coordinator.start();
  // then the publishers are told, though nothing waits
  await until(
    () => plannerTold.lostGroups.length + aboveTold.lostGroups.length >= 2,
    "the loss to be told",
    COMES_BACK_MS,
  );
  assert.deepEqual(plannerTold.lostGroups, [`main: 2 up to ${newest.opId}`]);
  assert.deepEqual(aboveTold.lostGroups, [`main: 1 up to ${newestOfAgent.opId}`]);
  // and the agent above the fork, which then holds what the log has
  await until(() => aboveTold.plans.includes(Plan.SNAPSHOT), "a snapshot", COMES_BACK_MS);
  await planner.publish(command("new"));
  await aboveGot.untilCount(7);
  assert.deepEqual(aboveTold.partings, [`main: ${newestOfAgent.opId}, shared ${fork.opId}`]);
  assert.deepEqual(aboveGot.texts, ["kept", "a=kept", "lost", "b=lost", "lost, too", "b is gone", "new"]);
  // and the one at the fork goes on by delta, and is told nothing
  await comeAndGo(3);
  assert.deepEqual(belowTold.partings, []);
  assert.ok(!belowTold.plans.includes(Plan.SNAPSHOT), belowTold.plans.join(", "));
  assert.deepEqual(belowGot.texts, ["kept", "a=kept", "new"]);
  assert.deepEqual(
    [...aboveTold.reports, ...belowTold.reports].flatMap(({ mismatches }) => mismatches),
    [],
  );
  // and each of it is a line of the log
  for (const line of [
    /^Published what .* the newest 2 groups/,
    /^Published what .* the newest 1 groups/,
    /^Applied /,
  ]) {
    assert.equal(lines.warnings.filter((warning) => line.test(warning)).length, 1, lines.warnings.join("\n"));
  }
});

test("should hand out nothing before the listener has heard what is lost", async (t) => {
  const directory = await temporaryDirectory(t);
  const swarm = aSwarm();
  await using coordinator = await Coordinator.start({ settings: { shards: 1 } });
  const { target } = coordinator;
  await using planner = new Publisher(target, { swarm, name: "planner" });
  // given an agent that was away, events that are gone, and one that is not
  await planner.publish(command("first"));
  {
    await using away = new Agent(target, { swarm, name: "away", cursorStore: new FileCursorStore(directory) });
    receive(away, new Received());
    await away.start();
    await away.caughtUp();
  }
  await planner.publish(command("lost"));
  const horizon = await planner.publish(command("lost"));
  await run(findCommand(), ["compact", swarm, "--up-to", `${horizon.opId}`, "--server", target]);
  await planner.publish(command("there"));
  // when the listener takes its time
  const got = new Received();
  const told: string[] = [];
  const listener = {
    async lost(_: Log, events: readonly LostEvents[]): Promise<void> {
      await Promise.race([got.untilCount(1), setTimeout(1_000)]);
      told.push(`${events.map(({ count }) => count).join()} lost, ${got.texts.length} applied`);
    },
  };
  {
    await using agent = new Agent(target, {
      swarm,
      name: "away",
      cursorStore: new FileCursorStore(directory),
      listener,
    });
    receive(agent, got);
    await agent.start();
    await agent.caughtUp();
  }
  // then
  assert.deepEqual(told, ["2 lost, 0 applied"]);
  assert.deepEqual(got.texts, ["there"]);
});

/** What a listener was told that is lost. */
class Told extends Heard {
  readonly lostGroups: string[] = [];
  readonly partings: string[] = [];

  get plans(): Plan[] {
    return this.reports.map(({ plan }) => plan);
  }

  publishedLost(log: Log, groups: number, newest: Position): void {
    this.lostGroups.push(`${log}: ${groups} up to ${newest.opId}`);
  }

  parted(applied: Position, fork: Position | undefined): void {
    this.partings.push(`${logNamed(applied.log)}: ${applied.opId}, shared ${fork?.opId}`);
  }
}

function receive(agent: Agent, got: Received): void {
  agent.on("commands", (operation) => got.add(operation.text));
  agent.on("reconciliation", (operation) => got.add(`${operation.key}=${operation.text}`));
  agent.onDeletion("reconciliation", (operation) => got.add(`${operation.key} is gone`));
}

/** The file that everything published to the one shard is in. */
async function writeAheadLog({ dataDirectory }: Coordinator): Promise<string> {
  const folder = path.join(dataDirectory, "shard-0000", "rocksdb");
  const logs = (await fs.readdir(folder)).filter((name) => /^\d+\.log$/.test(name)).sort();
  return path.join(folder, logs.at(-1) ?? "");
}

/** Flips the bits of a byte of the first record in which a text stands. */
async function damage(log: string, text: string): Promise<void> {
  const bytes = await fs.readFile(log);
  const at = bytes.indexOf(text);
  assert.ok(at > 0, `Expected '${text}' in ${log}`);
  bytes[at] = ~(bytes[at] ?? 0);
  await fs.writeFile(log, bytes);
}
