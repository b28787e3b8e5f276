// What is held of a scope, by the index and by the user.
import { bytesOf, type Digest } from "./digests.js";
import { compareKeys, HeldKey } from "./held-key.js";
import type { StepDraft } from "./lane-step.js";
import type { ScopeLedger } from "./scope-ledger.js";

/** What a user's own state holds of a scope: the digest of each key's value; or what was thrown when it was read. */
export type ReadState =
  | { readonly kind: "read"; readonly values: ReadonlyMap<string, Digest> }
  | { readonly kind: "unread"; readonly cause: unknown };

/** What is held by the index, or by the user who could not apply the deletion; ascending. */
export function maybeHeld(ledger: ScopeLedger, afterKey: string, throughKey: string): string[] {
  const held = ledger.within(afterKey, throughKey);
  return ledger.lacking.isEmpty ? held : union(held, ledger.lacking.within(afterKey, throughKey));
}

/** The keys of both, ascending. */
export function union(a: readonly string[], b: readonly string[]): string[] {
  return b.length === 0 ? [...a] : [...new Set([...a, ...b])].sort(compareKeys);
}

/**
 * Takes over into the key index what the user's own state holds. From then on sums, digests and deletions are of what is
 * there, and what differs from the log shows. Leaves out keys whose operation was refused.
 */
export function takeOver(values: ReadonlyMap<string, Digest>, ledger: ScopeLedger, draft: StepDraft): void {
  for (const key of ledger.within("", "")) {
    if (!values.has(key) && !ledger.lacking.has(key)) {
      ledger.remove(key);
      draft.changed.push(new HeldKey(ledger.scope, key, new Uint8Array()));
    }
  }
  const differing = [...values.keys()].filter(
    (key) => !ledger.lacking.has(key) && !ledger.holds(key, values.get(key) ?? ""),
  );
  for (const key of differing.sort(compareKeys)) {
    const value = values.get(key) ?? "";
    ledger.put(key, value);
    draft.changed.push(new HeldKey(ledger.scope, key, bytesOf(value)));
  }
}
