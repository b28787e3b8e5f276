import { HeldKey } from "./session/held-key.js";
import type { Scope } from "./session/scope.js";

/** Keys by scope, each with the digest of its value. */
export class KeyIndex {
  readonly #scopes = new Map<string, { scope: Scope; keys: Map<string, Uint8Array> }>();

  /** Takes changes over, in order. */
  change(changed: Iterable<HeldKey>): void {
    for (const { scope, key, valueDigest } of changed) {
      let of = this.#scopes.get(scope.id);
      if (of === undefined) {
        of = { scope, keys: new Map<string, Uint8Array>() };
        this.#scopes.set(scope.id, of);
      }
      if (valueDigest.length > 0) {
        // A copy: the digest of an operation is a view of the whole frame it came in.
        of.keys.set(key, valueDigest.slice());
      } else {
        of.keys.delete(key);
      }
    }
  }

  /** The keys of all scopes. */
  *all(): IterableIterator<HeldKey> {
    for (const { scope, keys } of this.#scopes.values()) {
      for (const [key, valueDigest] of keys) {
        yield new HeldKey(scope, key, valueDigest);
      }
    }
  }
}
