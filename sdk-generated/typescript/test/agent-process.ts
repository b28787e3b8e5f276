// A program of the tests, in a process of its own.
import { spawn, type ChildProcessByStdio } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { fileURLToPath } from "node:url";

/** A program of the tests, in a process of its own, which is killed in the end. */
export class AgentProcess implements AsyncDisposable {
  readonly #process: ChildProcessByStdio<Writable, Readable, null>;
  readonly #lines: AsyncIterator<string>;
  readonly #ended: Promise<unknown[]>;

  /** @param program the name of a file of the tests, without its ending */
  constructor(program: string, ...args: readonly string[]) {
    const path = fileURLToPath(new URL(`${program}.js`, import.meta.url));
    this.#process = spawn(process.execPath, [path, ...args], { stdio: ["pipe", "pipe", "inherit"] });
    // Killed while it is written to.
    this.#process.stdin.on("error", () => undefined);
    this.#ended = once(this.#process, "close");
    this.#lines = createInterface({ input: this.#process.stdout })[Symbol.asyncIterator]();
  }

  /** The next line that it prints. Throws if it ends without one. */
  async line(): Promise<string> {
    const next = await this.#lines.next();
    if (next.done === true) {
      throw new Error("Expected another line, but the program ended.");
    }
    return next.value;
  }

  write(line: string): void {
    this.#process.stdin.write(`${line}\n`);
  }

  signal(signal: NodeJS.Signals): void {
    this.#process.kill(signal);
  }

  /** Its exit code, once it has ended; null if a signal ended it. */
  async exitCode(): Promise<number | null> {
    await this.#ended;
    return this.#process.exitCode;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.signal("SIGKILL");
    await this.#ended;
  }
}
