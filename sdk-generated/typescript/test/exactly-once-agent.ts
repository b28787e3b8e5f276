// An agent that keeps its effects, its cursor and its keys in one file, which it replaces as a whole: node exactly-once-agent.js
// HOST:PORT SWARM FILE. Prints each operation that it is about to commit, and when it has caught up.
import { existsSync, readFileSync } from "node:fs";
import { open, rename } from "node:fs/promises";

import { Agent, AgentCursor, HeldKey, Scope, type Batch, type EffectStore, type Topic } from "../src/index.js";

interface Stored {
  readonly cursor: string;
  readonly keys: readonly (readonly [topic: Topic, agent: string, role: string, key: string, digest: string])[];
  readonly work: readonly string[];
}

class OneFile implements EffectStore {
  readonly #file: string;
  readonly #keys = new Map<string, HeldKey>();
  #work: readonly string[] = [];

  constructor(file: string) {
    this.#file = file;
  }

  load(): AgentCursor {
    if (!existsSync(this.#file)) {
      return AgentCursor.empty;
    }
    const stored = JSON.parse(readFileSync(this.#file, "utf8")) as Stored;
    this.#work = stored.work;
    for (const [topic, agent, role, key, digest] of stored.keys) {
      this.#hold(new HeldKey(new Scope(topic, agent, role), key, Buffer.from(digest, "hex")));
    }
    return AgentCursor.fromBytes(Buffer.from(stored.cursor, "hex"));
  }

  heldKeys(): Iterable<HeldKey> {
    return [...this.#keys.values()];
  }

  async apply(batch: Batch, after: AgentCursor): Promise<void> {
    const texts = batch.operations.map((operation) => operation.text);
    texts.forEach((text) => console.log(text));
    const work = [...this.#work, ...texts];
    batch.changedKeys.forEach((key) => this.#hold(key));
    const stored: Stored = {
      cursor: Buffer.from(after.toBytes()).toString("hex"),
      keys: [...this.#keys.values()].map(({ scope, key, valueDigest }) => [
        scope.topic,
        scope.agent,
        scope.role,
        key,
        Buffer.from(valueDigest).toString("hex"),
      ]),
      work,
    };
    const aside = await open(`${this.#file}.new`, "w");
    try {
      await aside.writeFile(JSON.stringify(stored));
      await aside.sync();
    } finally {
      await aside.close();
    }
    await rename(`${this.#file}.new`, this.#file);
    this.#work = work;
  }

  close(): void {
    // Nothing is held open.
  }

  #hold(held: HeldKey): void {
    const place = JSON.stringify([held.scope.id, held.key]);
    if (held.isGone) {
      this.#keys.delete(place);
    } else {
      this.#keys.set(place, held);
    }
  }
}

const [target = "", swarm = "", file = ""] = process.argv.slice(2);
const agent = new Agent(target, {
  swarm,
  name: "a",
  effects: new OneFile(file),
  listener: { caughtUp: ({ log, opId }) => console.log(`caught up with ${log} at ${opId}`) },
});
await agent.run();
