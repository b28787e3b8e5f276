import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import * as fs from "node:fs/promises";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

import ts from "typescript";

import { until } from "./awaited.js";

const PACKAGE = fileURLToPath(new URL("../..", import.meta.url));
const ADDRESS = '"localhost:7400"';
const SWARM = '"hello"';
const PATIENCE_MS = 60_000;

/** The blocks of a page that are programs. */
export function blocksOf(readme: string): string[] {
  const text = readFileSync(`${PACKAGE}/${readme}`, "utf8");
  return [...text.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, block = ""]) => block);
}

/** The one program of a page that has this in it, with address and swarm of a test. */
export function programOf(blocks: readonly string[], having: string, target: string, swarm: string): string {
  const found = blocks.filter((block) => block.includes(having));
  assert.equal(found.length, 1, `programs with ${having}`);
  const source = found[0]!;
  assert.ok(source.includes(ADDRESS) && source.includes(SWARM));
  return source.replaceAll(ADDRESS, JSON.stringify(target)).replaceAll(SWARM, JSON.stringify(swarm));
}

/** What TypeScript says of programs, strictly. */
export async function mistakesIn(sources: readonly string[], directory: string): Promise<string[]> {
  const files = sources.map((_, i) => `${directory}/program-${i}.mts`);
  await Promise.all(files.map((file, i) => fs.writeFile(file, sources[i]!)));
  const program = ts.createProgram(files, {
    strict: true,
    noEmit: true,
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.NodeNext,
    types: ["node"],
    typeRoots: [`${PACKAGE}/node_modules/@types`],
  });
  const mistakes = ts.getPreEmitDiagnostics(program);
  return mistakes.map(
    ({ messageText, file }) => `${file?.fileName}: ${ts.flattenDiagnosticMessageText(messageText, " ")}`,
  );
}

/** A program that runs in a directory, where the package is installed. */
export class Program {
  readonly lines: string[] = [];
  readonly #process: ChildProcess;
  readonly #closed: Promise<unknown>;

  private constructor(process: ChildProcess) {
    this.#process = process;
    this.#closed = once(process, "close");
    for (const stream of [process.stdout!, process.stderr!]) {
      createInterface({ input: stream }).on("line", (line) => this.lines.push(line));
    }
  }

  static async start(source: string, directory: string, ...flags: string[]): Promise<Program> {
    await fs.mkdir(`${directory}/node_modules`, { recursive: true });
    await fs.symlink(PACKAGE, `${directory}/node_modules/swarmlog`).catch((thrown: unknown) => {
      assert.equal((thrown as NodeJS.ErrnoException).code, "EEXIST");
    });
    const compilerOptions = { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext };
    const { outputText } = ts.transpileModule(source, { compilerOptions });
    await fs.writeFile(`${directory}/program.mjs`, outputText);
    // Of the runner of tests, which would have one within report to it.
    const { NODE_TEST_CONTEXT: _, ...env } = process.env;
    return new Program(spawn(process.execPath, [...flags, "program.mjs"], { cwd: directory, env }));
  }

  /** Resolves when it has printed a line like this. */
  async printed(line: string | RegExp): Promise<void> {
    const there = () => this.lines.some((one) => (typeof line === "string" ? one === line : line.test(one)));
    await until(there, `a line ${String(line)}; it printed ${this.lines.join("\n")}`, PATIENCE_MS);
  }

  /** Ends it as a person would; what it has printed in all. */
  async pressEnter(): Promise<readonly string[]> {
    this.#process.stdin?.write("\n");
    return await this.ended();
  }

  /** Ends it as a person would that has no other way; what it has printed in all. */
  async pressCtrlC(): Promise<readonly string[]> {
    this.#process.kill("SIGINT");
    return await this.ended();
  }

  /** Lets it end by itself; what it has printed in all. */
  async ended(): Promise<readonly string[]> {
    await this.#closed;
    assert.equal(this.#process.exitCode, 0, this.lines.join("\n"));
    return this.lines;
  }

  async kill(): Promise<void> {
    this.#process.kill("SIGKILL");
    await this.#closed;
  }
}
