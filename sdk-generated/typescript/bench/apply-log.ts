// How fast one agent applies a log, and how much memory it takes for that: node dist/bench/apply-log.js HOST:PORT SWARM. Prints one
// line of JSON. The log is published before, by `./swarmlog bench apply`, for example.
import { readFileSync } from "node:fs";

import { Agent } from "../src/index.js";

const KIB_PER_MIB = 1024;
const US_PER_SECOND = 1_000_000;
const MS_PER_SECOND = 1_000;

const [target = "", swarm = ""] = process.argv.slice(2);
let operations = 0;
let bytes = 0;
const agent = new Agent(target, { swarm, name: "bench" });
agent.on("commands", (operation) => {
  operations += 1;
  bytes += operation.data.length;
});
const beforeMiB = peakMiB();
const began = performance.now();
const cpuBegan = process.cpuUsage();
await agent.start();
await agent.caughtUp();
const seconds = (performance.now() - began) / MS_PER_SECOND;
const { user, system } = process.cpuUsage(cpuBegan);
const cpuSeconds = (user + system) / US_PER_SECOND;
await agent.close();
console.log(
  JSON.stringify({
    operations,
    bytes,
    seconds: Number(seconds.toFixed(2)),
    cpuSeconds: Number(cpuSeconds.toFixed(2)),
    operationsPerSecond: Math.round(operations / seconds),
    peakMiB: peakMiB(),
    beforeMiB,
  }),
);

/** The most memory that the process had so far. */
function peakMiB(): number {
  if (process.platform === "linux") {
    // Unlike that of getrusage, it does not count what the parent had when it forked.
    const [, kib] = /^VmHWM:\s*(\d+) kB$/m.exec(readFileSync("/proc/self/status", "utf8")) ?? [];
    return Math.floor(Number(kib) / KIB_PER_MIB);
  }
  return Math.floor(process.resourceUsage().maxRSS / KIB_PER_MIB);
}
