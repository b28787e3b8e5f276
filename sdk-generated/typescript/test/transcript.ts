// Golden scenarios as text, the same for all SDKs.
//
// Lines "> input" and, below each, "< output" lines that must come of it, in order. Other lines are comments. They lie with
// the Java SDK, whose tests write them anew where its behaviour changes.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";

const FOLDER = new URL("../../../../sdk-java/agent/src/test/resources/transcripts/", import.meta.url);

/** An input line: a verb, words, and name=value settings. */
export class Input {
  readonly verb: string;
  readonly words: readonly string[];
  readonly settings: ReadonlyMap<string, string>;

  constructor(line: string) {
    const [verb = "", ...parts] = line.trim().split(/\s+/);
    this.verb = verb;
    this.words = parts.filter((part) => !part.includes("="));
    this.settings = new Map(
      parts
        .filter((part) => part.includes("="))
        .map((part) => [part.slice(0, part.indexOf("=")), part.slice(part.indexOf("=") + 1)]),
    );
  }

  word(index: number): string {
    const word = this.words[index];
    assert.ok(word !== undefined, `Expected word ${index} of ${this.verb}`);
    return word;
  }

  number(index: number): number {
    return Number(this.word(index));
  }

  setting(name: string, otherwise: number): number {
    return Number(this.settings.get(name) ?? otherwise);
  }
}

/** The transcripts of a folder. */
export function names(folder: string): string[] {
  const found = readdirSync(new URL(`${folder}/`, FOLDER)).sort();
  assert.ok(found.length > 0);
  return found;
}

/** Plays the inputs; `outputs` is what the machine has said since it was last emptied. */
export function play(folder: string, name: string, outputs: string[], machine: (input: Input) => void): void {
  const golden = readFileSync(new URL(`${folder}/${name}`, FOLDER), "utf8")
    .trimEnd()
    .split("\n");
  const actual: string[] = [];
  for (const line of golden) {
    if (line.startsWith("< ")) {
      continue;
    }
    actual.push(line);
    if (line.startsWith("> ")) {
      outputs.length = 0;
      machine(new Input(line.slice(2)));
      actual.push(...outputs.map((output) => `< ${output}`));
    }
  }
  assert.deepEqual(actual, golden);
}

/** The table of transitions in a state machine's documentation: state, input, next state. */
export class TransitionTable {
  readonly #rows: { from: string[]; to: string }[] = [];
  readonly #walked = new Set<string>();

  /** `source` is the file of the machine, from src on. */
  constructor(source: string, states: readonly string[]) {
    const text = readFileSync(new URL(`../../src/${source}`, import.meta.url), "utf8");
    for (const [, left = "", to = ""] of text.matchAll(/^ *\* \| (.+?) \| .+? \| (\w+) \| .* \|$/gm)) {
      if (left !== "in") {
        const named = left.match(/[A-Z_]{2,}/g) ?? [];
        const from = left.startsWith("any") ? states.filter((state) => !named.includes(state as never)) : [...named];
        assert.ok(from.every((state) => states.includes(state)) && states.includes(to), left);
        this.#rows.push({ from, to });
      }
    }
    assert.ok(this.#rows.length > 4);
  }

  readonly walk = (before: string, after: string): void => {
    if (before !== after) {
      this.#walked.add(`${before} -> ${after}`);
    }
  };

  /** Every step taken is in the table, and every row of the table was taken. */
  check(): void {
    const documented = new Set<string>();
    for (const { from, to } of this.#rows) {
      const steps = from.map((before) => `${before} -> ${to}`);
      assert.ok(
        steps.some((step) => this.#walked.has(step)),
        `no transcript walks ${steps.join(", ")}`,
      );
      steps.forEach((step) => documented.add(step));
    }
    for (const step of this.#walked) {
      assert.ok(documented.has(step), `the table lacks ${step}`);
    }
  }
}
