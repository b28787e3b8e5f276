import { spawn, type ChildProcessByStdio } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs/promises";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";

import { requireAddress } from "../address.js";
import { CoordinatorError, findCommand } from "./command.js";

const START_TIMEOUT_MS = 300_000;
const STOP_TIMEOUT_MS = 30_000;
const LOOPBACK = "127.0.0.1";
const SETTINGS = { shards: 2, "drain-timeout": "5s", console: false };
// Of the launchers themselves; all other SWARMLOG_… variables are settings of a coordinator.
const KEPT: ReadonlySet<string> = new Set(["SWARMLOG_BUILD", "SWARMLOG_JAVA_OPTS", "SWARMLOG_PREPARED"]);
const LOG_TAIL_LINES = 20;

/** How a coordinator is started. */
export interface CoordinatorOptions {
  /** Settings of `swarmlog serve`, such as `{ "in-memory": true, "parking-attempts": 2 }`. */
  readonly settings?: Readonly<Record<string, string | number | boolean>>;
  /** Found by `findCommand` unless it is given. */
  readonly command?: string;
  /** Where data and log are; a temporary one, removed at the end, unless it is given. */
  readonly directory?: string;
  /** A checkout that has to be built first needs a minute of it. 5 minutes if absent. */
  readonly startTimeoutMs?: number;
}

type Process = ChildProcessByStdio<null, Readable, null>;

/**
 * A coordinator in a process of its own: on a free port of loopback, in a directory of its own.
 *
 * It creates swarms on first use. `restart` and `kill` let a test see how its agents cope with a coordinator that goes and comes
 * back: port and data stay the same. Of one that was given by its address (`Coordinator.at`) a test can only use the address.
 * Tests of different swarms do not disturb each other on one coordinator.
 *
 *     await using coordinator = await Coordinator.start();
 */
export class Coordinator implements AsyncDisposable {
  readonly #options: CoordinatorOptions;
  readonly #command: string;
  readonly #address: string | undefined;
  #directory: string | undefined;
  #process: Process | undefined;
  #port = 0;

  private constructor(options: CoordinatorOptions, address?: string) {
    this.#options = options;
    this.#address = address;
    this.#command = options.command ?? (address === undefined ? findCommand() : "");
    this.#directory = options.directory;
  }

  /** Starts one. CoordinatorError if it cannot; the message says why. */
  static async start(options: CoordinatorOptions = {}): Promise<Coordinator> {
    const coordinator = new Coordinator(options);
    try {
      await coordinator.start();
    } catch (thrown) {
      await coordinator.close();
      throw thrown;
    }
    return coordinator;
  }

  /** One that runs already, at "host:port", and that nobody here starts or stops. */
  static at(target: string): Coordinator {
    return new Coordinator({}, requireAddress(target));
  }

  /** Where clients connect: `127.0.0.1:41234`; stays the same across restarts. */
  get target(): string {
    return this.#address ?? `${LOOPBACK}:${this.#port}`;
  }

  /** Where its data is; for tests that look at it, or damage it while it is stopped. */
  get dataDirectory(): string {
    return path.join(this.#ownDirectory, "data");
  }

  /** What it logs. */
  get logFile(): string {
    return path.join(this.#ownDirectory, "coordinator.log");
  }

  /** Whether it runs now. */
  get isRunning(): boolean {
    return this.#address !== undefined || (this.#process !== undefined && hasNotEnded(this.#process));
  }

  /** Starts it, on the port it had before. Does nothing if it runs. CoordinatorError if it cannot. */
  async start(): Promise<void> {
    this.#requireOurs();
    if (this.isRunning) {
      return;
    }
    this.#directory ??= await fs.mkdtemp(path.join(tmpdir(), "swarmlog-test-"));
    await fs.mkdir(this.#directory, { recursive: true });
    const log = await fs.open(this.logFile, "a");
    try {
      const process = spawn(this.#command, this.#arguments(), {
        stdio: ["ignore", "pipe", log.fd],
        env: environment(),
        // A Ctrl-C is for the tests, which then stop it.
        detached: true,
      }) as Process;
      this.#process = process;
      this.#port = await this.#readyPort(process);
    } catch (thrown) {
      await this.kill();
      this.#process = undefined;
      throw thrown;
    } finally {
      await log.close();
    }
  }

  /** Stops it gracefully: agents are told to come back, what was accepted is finished. Does nothing if it is stopped. */
  async stop(): Promise<void> {
    this.#requireOurs();
    const process = this.#process;
    if (process === undefined || !hasNotEnded(process)) {
      return;
    }
    process.kill("SIGTERM");
    if (!(await endsWithin(process, STOP_TIMEOUT_MS))) {
      await this.kill();
      throw new CoordinatorError(
        `Expected the coordinator to stop within ${STOP_TIMEOUT_MS} ms, but it did not; it was killed. ` +
          (await this.#logTail()),
      );
    }
  }

  /** Kills it: connections break, what was not acknowledged may be lost. Does nothing if it is stopped. */
  async kill(): Promise<void> {
    this.#requireOurs();
    const process = this.#process;
    if (process !== undefined && hasNotEnded(process)) {
      const exited = once(process, "exit");
      if (process.kill("SIGKILL")) {
        await exited;
      }
    }
  }

  /** Stops it, and starts it. */
  async restart(): Promise<void> {
    await this.stop();
    await this.start();
  }

  /** Kills it, and removes its directory, unless that was given. */
  async close(): Promise<void> {
    if (this.#address === undefined) {
      await this.kill();
      if (this.#options.directory === undefined && this.#directory !== undefined) {
        await fs.rm(this.#directory, { recursive: true, force: true });
        this.#directory = undefined;
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  get #ownDirectory(): string {
    this.#requireOurs();
    if (this.#directory === undefined) {
      throw new CoordinatorError("Expected the coordinator to have been started, but it was closed.");
    }
    return this.#directory;
  }

  #requireOurs(): void {
    if (this.#address !== undefined) {
      throw new CoordinatorError(
        `Expected a coordinator that may be started and stopped, but ${this.#address} was given by its address: run this ` +
          "without one.",
      );
    }
  }

  #arguments(): string[] {
    const settings = { "data-directory": this.dataDirectory, ...SETTINGS, ...this.#options.settings };
    const flags = Object.entries(settings).map(([name, value]) => `--${name}=${value}`);
    return ["serve", "--json", `--port=${this.#port}`, ...flags];
  }

  async #readyPort(process: Process): Promise<number> {
    const timeoutMs = this.#options.startTimeoutMs ?? START_TIMEOUT_MS;
    const line = await firstLine(process, timeoutMs);
    if (line === undefined) {
      throw new CoordinatorError(
        `Expected the coordinator to be ready within ${timeoutMs} ms, but it is not. ${await this.#logTail()}`,
      );
    }
    const port = portIn(line);
    if (port === undefined) {
      const how = line === "" ? `ended with ${process.exitCode ?? process.signalCode}` : `wrote "${line}"`;
      throw new CoordinatorError(
        `Expected ${this.#command} serve to say that it is ready, but it ${how}. ${await this.#logTail()}`,
      );
    }
    return port;
  }

  async #logTail(): Promise<string> {
    const lines = (await fs.readFile(this.logFile, "utf8")).trimEnd().split("\n").slice(-LOG_TAIL_LINES);
    return [`The end of ${this.logFile}:`, ...lines].join("\n");
  }
}

/** Empty if it ends without one; undefined if there is none in time. */
async function firstLine(process: Process, timeoutMs: number): Promise<string | undefined> {
  const lines = createInterface({ input: process.stdout });
  return await new Promise<string | undefined>((resolve, reject) => {
    const timer = setTimeout(() => resolve(undefined), timeoutMs);
    lines.once("line", resolve);
    process.once("error", (cause) => {
      reject(new CoordinatorError(`Expected a program at ${process.spawnfile}, but it could not be run.`, { cause }));
    });
    // Later than exit: all it wrote was read by then.
    process.once("close", () => resolve(""));
    process.once("close", () => clearTimeout(timer));
    lines.once("line", () => clearTimeout(timer));
  });
}

function portIn(line: string): number | undefined {
  try {
    const { port } = JSON.parse(line) as { port?: unknown };
    return typeof port === "number" ? port : undefined;
  } catch {
    return undefined;
  }
}

function hasNotEnded(process: Process): boolean {
  return process.exitCode === null && process.signalCode === null;
}

async function endsWithin(process: Process, ms: number): Promise<boolean> {
  const timeout = AbortSignal.timeout(ms);
  try {
    await once(process, "exit", { signal: timeout });
    return true;
  } catch {
    return !hasNotEnded(process);
  }
}

/** The environment of whoever runs the tests must not change what they test. */
function environment(): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(process.env).filter(([name]) => KEPT.has(name) || !/^(SWARMLOG|OTEL)_/.test(name)),
  );
}
