// What an agent goes on from.
import type { AgentCursor, CursorStore, EffectStore } from "./cursor.js";
import { CursorStoreError } from "./cursor.js";
import type { Logger } from "./logger.js";
import { logOf, type Log } from "./names.js";
import type { HeldKey } from "./session/held-key.js";
import { LaneLedger } from "./session/lane-ledger.js";
import { textOf } from "./thrown.js";

/** What an agent goes on from: its cursor, and the keys it holds; undefined: the store keeps none. */
export interface Stored {
  readonly cursor: AgentCursor;
  readonly keys: Iterable<HeldKey> | undefined;
}

/** Reads what a store has. CursorStoreError if that fails, or is another agent's. */
export async function readStored(store: CursorStore | EffectStore, swarm: string, agent: string): Promise<Stored> {
  const cursor = await reading("the cursor", () => store.load());
  return {
    cursor: cursor.ownedBy(swarm, agent),
    keys: await reading("the held keys", () => store.heldKeys()),
  };
}

/** What is held of each log; warns where the keys are not those of the cursor. */
export function ledgersOf(stored: Stored, logs: readonly Log[], logger: Logger): Map<Log, LaneLedger> {
  const byLog = new Map<Log, HeldKey[]>(logs.map((log) => [log, []]));
  for (const key of stored.keys ?? []) {
    byLog.get(logOf(key.scope.topic))?.push(key);
  }
  const ledgers = new Map<Log, LaneLedger>();
  for (const [log, held] of byLog) {
    const ledger = new LaneLedger(stored.cursor.resume(log), stored.keys !== undefined, held);
    for (const scope of ledger.differing()) {
      logger.warn(
        `Expected the keys that the cursor was saved with, but those of ${scope.toString()} differ: ` +
          "they are repaired from the log; look what changed the store",
      );
    }
    ledgers.set(log, ledger);
  }
  return ledgers;
}

async function reading<T>(what: string, read: () => T | Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (cause) {
    if (cause instanceof CursorStoreError) {
      throw cause;
    }
    throw new CursorStoreError(`Expected the store to load ${what}, but it threw: ${textOf(cause)}`, { cause });
  }
}
