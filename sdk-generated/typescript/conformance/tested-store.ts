// The store of a user who commits effects and cursor together.
import { open, readFile, rename } from "node:fs/promises";
import { join } from "node:path";

import { fromBinary, toBinary } from "@bufbuild/protobuf";

import { ScopeSchema } from "../gen/swarmlog/v1/operation_pb.js";
import { AgentCursor, HeldKey, Scope, type Batch, type EffectStore } from "../src/index.js";

const LENGTH_BYTES = 4;

/**
 * Cursor and key index in one file, written anew and renamed over the old one each time. The effects are the suite's: they count
 * from its answer on.
 */
export class TestedStore implements EffectStore {
  readonly #file: string;
  readonly #effects: (batch: Batch) => Promise<void>;
  // By the ID of the scope, and the key.
  readonly #keys = new Map<string, HeldKey>();

  constructor(directory: string, effects: (batch: Batch) => Promise<void>) {
    this.#file = join(directory, "committed");
    this.#effects = effects;
  }

  async load(): Promise<AgentCursor> {
    const content = await readFile(this.#file).catch((why: unknown) => {
      if ((why as NodeJS.ErrnoException).code === "ENOENT") {
        return undefined;
      }
      throw why;
    });
    if (content === undefined) {
      return AgentCursor.empty;
    }
    const [cursor = Buffer.alloc(0), ...parts] = split(content);
    for (let i = 0; i + 2 < parts.length; i += 3) {
      const scope = Scope.from(fromBinary(ScopeSchema, parts[i]!));
      this.#hold(new HeldKey(scope, parts[i + 1]!.toString(), parts[i + 2]!));
    }
    return AgentCursor.fromBytes(cursor);
  }

  heldKeys(): Iterable<HeldKey> {
    return [...this.#keys.values()];
  }

  async apply(batch: Batch, after: AgentCursor): Promise<void> {
    if (batch.messages.length > 0) {
      await this.#effects(batch);
    }
    if (batch.log === "telemetry") {
      return;
    }
    batch.changedKeys.forEach((key) => this.#hold(key));
    const parts = [after.toBytes()];
    for (const { scope, key, valueDigest } of this.#keys.values()) {
      parts.push(toBinary(ScopeSchema, scope.toMessage()), Buffer.from(key), valueDigest);
    }
    await this.#replace(Buffer.concat(parts.flatMap((part) => [lengthOf(part), part])));
  }

  close(): void {
    // Nothing is held.
  }

  #hold(held: HeldKey): void {
    const place = `${held.scope.id}\n${held.key}`;
    if (held.isGone) {
      this.#keys.delete(place);
    } else {
      this.#keys.set(place, held);
    }
  }

  async #replace(content: Buffer): Promise<void> {
    const aside = `${this.#file}.new`;
    const file = await open(aside, "w");
    try {
      await file.writeFile(content);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(aside, this.#file);
  }
}

function lengthOf(part: Uint8Array): Buffer {
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeUInt32BE(part.length);
  return length;
}

function split(content: Buffer): Buffer[] {
  const parts: Buffer[] = [];
  for (let at = 0; at < content.length; ) {
    const end = at + LENGTH_BYTES + content.readUInt32BE(at);
    parts.push(content.subarray(at + LENGTH_BYTES, end));
    at = end;
  }
  return parts;
}
