// Reading what a user's own state holds.
import type { Payload } from "../../gen/swarmlog/v1/operation_pb.js";
import { digestOf, valueDigest, type Digest } from "../session/digests.js";
import type { ReadState } from "../session/held-state.js";
import type { Scope } from "../session/scope.js";
import { Turns } from "./turns.js";

/**
 * Says what a user's own state holds of a scope: every key, in any order, with its payload as it was published, and nothing
 * else. May be an async generator, or answer with a promise.
 */
export type StateSource = (scope: Scope) => StateEntries | Promise<StateEntries>;

/** Keys, each with its payload. */
export type StateEntries =
  | Iterable<readonly [key: string, payload: Payload]>
  | AsyncIterable<readonly [key: string, payload: Payload]>;

/** Reads scopes, each all of it or, if the source throws, nothing; lets others run meanwhile. By the IDs of the scopes. */
export async function readStates(source: StateSource, scopes: readonly Scope[]): Promise<Map<string, ReadState>> {
  const states = new Map<string, ReadState>();
  for (const scope of scopes) {
    states.set(scope.id, await readState(source, scope));
  }
  return states;
}

async function readState(source: StateSource, scope: Scope): Promise<ReadState> {
  try {
    const values = new Map<string, Digest>();
    const entries = await source(scope);
    if (Symbol.asyncIterator in entries) {
      for await (const [key, payload] of entries) {
        values.set(key, digestOf(valueDigest(payload)));
      }
      return { kind: "read", values };
    }
    const turns = new Turns();
    for (const [key, payload] of entries) {
      values.set(key, digestOf(valueDigest(payload)));
      if (turns.isOver) {
        await turns.next();
      }
    }
    return { kind: "read", values };
  } catch (cause) {
    return { kind: "unread", cause };
  }
}
