import { createHash } from "node:crypto";
import { writeSync } from "node:fs";
import * as fs from "node:fs/promises";
import * as path from "node:path";

import {
  AgentCursor,
  compareKeys,
  HeldKey,
  keyed,
  Scope,
  type Batch,
  type EffectStore,
  type Operation,
  type Publisher,
} from "../src/index.js";

/** What the agent makes of the log, with the cursor and the keys it was made at. As the file has it; bytes are in base64. */
interface Form {
  readonly cursor: string;
  /** By scope and key: topic, agent and role of the scope, the key, the digest of its value. */
  readonly held: readonly (readonly [number, string, string, string, string])[];
  readonly events: number;
  readonly chain: string;
  readonly table: readonly (readonly [string, string])[];
}

interface State {
  readonly held: Map<string, HeldKey>;
  events: number;
  chain: Buffer;
  readonly table: Map<string, Buffer>;
}

/**
 * An effect store that also answers asks and prints reports. State, cursor and keys are one file, which is written anew, flushed and
 * renamed; before that asks are answered, after it reports are printed.
 */
export class StateFile implements EffectStore {
  readonly #folder: string;
  readonly #name: string;
  #state: State = { held: new Map(), events: 0, chain: Buffer.alloc(32), table: new Map() };
  /** Who publishes the answers; set before the agent is started. */
  publisher: Publisher | undefined;

  constructor(folder: string, name: string) {
    this.#folder = folder;
    this.#name = name;
  }

  /** The cursor committed last. */
  async load(): Promise<AgentCursor> {
    let text: string;
    try {
      text = await fs.readFile(this.#path("state"), "utf8");
    } catch (thrown) {
      if ((thrown as NodeJS.ErrnoException).code === "ENOENT") {
        return AgentCursor.empty;
      }
      throw thrown;
    }
    const form = JSON.parse(text) as Form;
    const held = form.held.map(([topic, agent, role, key, digest]) => {
      const scope = new Scope(topic, agent, role);
      return new HeldKey(scope, key, Buffer.from(digest, "base64"));
    });
    this.#state = {
      held: new Map(held.map((key) => [idOf(key), key])),
      events: form.events,
      chain: Buffer.from(form.chain, "base64"),
      table: new Map(form.table.map(([key, data]) => [key, Buffer.from(data, "base64")])),
    };
    return AgentCursor.fromBytes(Buffer.from(form.cursor, "base64"));
  }

  /** The keys committed with it. */
  heldKeys(): Iterable<HeldKey> {
    return [...this.#state.held.values()];
  }

  /** Answers, commits, reports. A kill between these leaves an ask answered, never twice. */
  async apply(batch: Batch, after: AgentCursor): Promise<void> {
    const folded = batch.operations.filter(isFolded);
    for (const operation of folded) {
      if (isEvent(operation, "polyglot.Ask") && operation.text === this.#name) {
        await this.#answer(operation);
      }
    }
    const { held, events, chain, table } = this.#state;
    const draft = { held: new Map(held), events, chain, table: new Map(table) };
    const reports = folded.flatMap((operation) => fold(draft, operation));
    for (const changed of batch.changedKeys) {
      if (changed.isGone) {
        draft.held.delete(idOf(changed));
      } else {
        draft.held.set(idOf(changed), changed);
      }
    }
    await this.#write(draft, after);
    this.#state = draft;
    reports.forEach(say);
  }

  close(): void {
    // The file is closed after each write.
  }

  async #answer(ask: Operation): Promise<void> {
    if (this.publisher === undefined) {
      throw new Error("Expected a publisher before the agent was started, but there is none.");
    }
    const answer = keyed("reconciliation", `answer/${this.#name}/${ask.opId}`, "typescript", {
      type: "polyglot.Answer",
    });
    await this.publisher.publish(answer.withIdempotencyKey(`${this.#name}/${ask.opId}`));
  }

  async #write(state: State, cursor: AgentCursor): Promise<void> {
    const form: Form = {
      cursor: base64(cursor.toBytes()),
      held: [...state.held.values()].map(({ scope, key, valueDigest }) => {
        return [scope.topicNumber, scope.agent, scope.role, key, base64(valueDigest)];
      }),
      events: state.events,
      chain: base64(state.chain),
      table: [...state.table].map(([key, data]) => [key, base64(data)]),
    };
    const aside = this.#path("state.new");
    await fs.writeFile(aside, JSON.stringify(form), { flush: true });
    await fs.rename(aside, this.#path("state"));
    const names = await fs.open(this.#folder);
    try {
      await names.sync();
    } finally {
      await names.close();
    }
  }

  #path(name: string): string {
    return path.join(this.#folder, name);
  }
}

/** Writes a line of JSON to standard output, at once. */
export function say(line: object): void {
  writeSync(process.stdout.fd, `${JSON.stringify(line)}\n`);
}

/** Takes an operation over; answers a report if it asks for one. */
function fold(state: State, operation: Operation): object[] {
  if (operation.topic === "commands" && operation.key === "") {
    state.events += 1;
    const opId = Buffer.alloc(8);
    opId.writeBigUInt64BE(operation.opId);
    state.chain = createHash("sha256").update(state.chain).update(opId).update(operation.data).digest();
    return operation.type === "polyglot.Report" ? [report(state, operation)] : [];
  }
  if (operation.topic === "reconciliation" && operation.key !== "") {
    if (operation.isDeletion) {
      state.table.delete(operation.key);
    } else {
      state.table.set(operation.key, Buffer.from(operation.data));
    }
  }
  return [];
}

/** What the agent holds as of an operation. */
function report({ events, chain, table }: State, operation: Operation): object {
  const hash = createHash("sha256");
  for (const [key, data] of [...table].sort(([a], [b]) => compareKeys(a, b))) {
    for (const part of [Buffer.from(key), data]) {
      const length = Buffer.alloc(4);
      length.writeUInt32BE(part.length);
      hash.update(length).update(part);
    }
  }
  return {
    report: operation.text,
    opId: Number(operation.opId),
    events,
    chain: chain.toString("hex"),
    keys: table.size,
    table: hash.digest("hex"),
  };
}

/** What counts: for all agents, and not given again to this one. */
function isFolded(operation: Operation): boolean {
  return operation.message.target?.target.case === "all" && operation.redelivery === undefined;
}

function isEvent(operation: Operation, type: string): boolean {
  return operation.topic === "commands" && operation.key === "" && operation.type === type;
}

function idOf({ scope, key }: HeldKey): string {
  return `${scope.id} ${key}`;
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("base64");
}
