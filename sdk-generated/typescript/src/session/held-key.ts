// What an agent holds under one key, and runs of keys.
import { BYTES } from "./digests.js";
import type { Scope } from "./scope.js";

/** Stands for a value; differs from the digest of any. */
const UNKNOWN = Uint8Array.of(0);

const LACKING = 1;

/**
 * What an agent holds under one key of its keyed state. Immutable.
 *
 * All of them together are its key index: the agent needs it to prove that its state is complete, to count what it was
 * sent in vain, and to know what a page of a snapshot deletes.
 */
export class HeldKey {
  /**
   * @param valueDigest that of the value, 16 bytes, as the operation named it; empty: the key is no longer held. Followed
   *   by one more byte: the user's state lacks that, because the agent refused or skipped the operation. One byte alone,
   *   if the operation was a deletion; or a handler was given an operation on the key, and it is not known whether it took
   *   effect. Not to be changed.
   */
  constructor(
    readonly scope: Scope,
    readonly key: string,
    readonly valueDigest: Uint8Array,
  ) {}

  /** Whether the key was deleted. */
  get isGone(): boolean {
    return this.valueDigest.length === 0;
  }

  /** Whether the user's state does not have what the log has. */
  get isLacking(): boolean {
    return this.valueDigest.length % BYTES === 1 && this.valueDigest.at(-1) === LACKING;
  }

  /** The same key with an operation under way. */
  unknown(): HeldKey {
    return new HeldKey(this.scope, this.key, UNKNOWN);
  }

  /** The same key, of which the user's state does not have what the log has. */
  lacking(): HeldKey {
    const noted = new Uint8Array(this.valueDigest.length + 1);
    noted.set(this.valueDigest);
    noted[this.valueDigest.length] = LACKING;
    return new HeldKey(this.scope, this.key, noted);
  }

  /** The same key as the log has it. */
  asLogged(): HeldKey {
    return this.isLacking ? new HeldKey(this.scope, this.key, this.valueDigest.slice(0, -1)) : this;
  }
}

/** A run of the keys of one scope, in the order of their UTF-8 bytes (`compareKeys`). */
export interface KeyInterval {
  readonly scope: Scope;
  /** Exclusive; empty for the beginning of the scope. */
  readonly afterKey: string;
  /** Inclusive; empty for the end of the scope. */
  readonly throughKey: string;
}

/** The order of keys: that of their UTF-8 bytes, which is not that of JavaScript's strings beyond U+FFFF. */
export function compareKeys(a: string, b: string): number {
  if (a === b) {
    return 0;
  }
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const left = a.charCodeAt(i);
    const right = b.charCodeAt(i);
    if (left !== right) {
      return rank(left) - rank(right);
    }
  }
  return a.length - b.length;
}

/** Surrogates, which stand for what is beyond U+FFFF, behind all other code units. */
function rank(unit: number): number {
  return unit >= 0xd800 && unit < 0xe000 ? unit + 0x10000 : unit;
}
