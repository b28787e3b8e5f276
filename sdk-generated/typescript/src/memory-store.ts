import { AgentCursor, type CursorStore } from "./cursor.js";
import { KeyIndex } from "./key-index.js";
import type { HeldKey } from "./session/held-key.js";

/**
 * Cursor and keys in memory: durable as long as the object.
 *
 * An agent that restarts with a fresh one applies the whole view of the log again. The default: right for agents that rebuild
 * their state from the log, and for tests.
 */
export class MemoryCursorStore implements CursorStore {
  #cursor = AgentCursor.empty;
  readonly #keys = new KeyIndex();

  load(): AgentCursor {
    return this.#cursor;
  }

  heldKeys(): Iterable<HeldKey> {
    return [...this.#keys.all()];
  }

  save(cursor: AgentCursor, changed: readonly HeldKey[]): void {
    this.#keys.change(changed);
    this.#cursor = cursor;
  }

  close(): void {
    // Nothing is held.
  }
}
