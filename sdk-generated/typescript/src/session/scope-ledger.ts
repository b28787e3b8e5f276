// What an agent holds of one scope.
import { create } from "@bufbuild/protobuf";

import type { Skipped } from "../../gen/swarmlog/v1/delivery_pb.js";
import { ScopeSumsSchema, type Scope as ScopeMessage, type ScopeSums } from "../../gen/swarmlog/v1/operation_pb.js";
import { BYTES, digestOf, ScopeDigests, Sum, type Digest } from "./digests.js";
import { LackingKeys } from "./lacking-keys.js";
import type { Scope } from "./scope.js";
import { SortedKeys } from "./sorted-keys.js";

/** The digest of a value, and that of the key with it: so replacing a value costs one SHA-256. */
interface Entry {
  readonly value: Digest;
  readonly digest: Digest;
}

const NOTHING: Digest = "";

/** Differs from the digest of any value. */
const UNKNOWN: Digest = "\0";

/** What an agent holds of one scope: value digests by key, and its sums. About 250 bytes of memory per key. */
export class ScopeLedger {
  /** The keys that the index has as the log has them, and the user's state does not. */
  readonly lacking = new LackingKeys();
  /** The scope as messages have it, not to be changed. */
  readonly message: ScopeMessage;
  readonly #digests: ScopeDigests;
  readonly #entries = new Map<string, Entry>();
  // Of the same keys; made where the order is asked for.
  #order: SortedKeys | undefined;
  readonly #state = new Sum();
  #eventCount = 0n;
  readonly #eventHash = new Sum();
  #sums: ScopeSums | undefined;
  #keysKnown: boolean;
  #eventsKnown: boolean;

  /**
   * @param keysKnown whether the entries are all that the agent holds; only then their sum means something
   * @param eventsKnown whether the events are counted from a point on where their sums are known
   */
  constructor(
    readonly scope: Scope,
    keysKnown: boolean,
    eventsKnown: boolean,
  ) {
    this.message = scope.toMessage();
    this.#digests = new ScopeDigests(scope);
    this.#keysKnown = keysKnown;
    this.#eventsKnown = eventsKnown;
  }

  /** Whether it is known which keys are held. */
  get keysKnown(): boolean {
    return this.#keysKnown;
  }

  set keysKnown(known: boolean) {
    this.#keysKnown = known;
    this.#sums = undefined;
  }

  /** Whether it is known how many events there were, and which. */
  get eventsKnown(): boolean {
    return this.#eventsKnown;
  }

  /** Whether every key is known, and the value of each. */
  get isKnown(): boolean {
    if (!this.#keysKnown) {
      return false;
    }
    for (const entry of this.#entries.values()) {
      if (entry.value.length !== BYTES) {
        return false;
      }
    }
    return true;
  }

  /** Whether the key is held with this value. */
  holds(key: string, value: Digest): boolean {
    return this.#entries.get(key)?.value === value;
  }

  /** The digest of the key's value; empty if it is not held. */
  valueDigest(key: string): Digest {
    return this.#entries.get(key)?.value ?? NOTHING;
  }

  /** The key has this value now; false if it had it before. */
  put(key: string, value: Digest): boolean {
    const before = this.#entries.get(key);
    if (before === undefined) {
      this.#order?.add(key);
    } else if (before.value === value) {
      return false;
    } else {
      this.#state.subtract(before.digest);
    }
    const digest = this.#digests.key(key, value);
    this.#entries.set(key, { value, digest });
    this.#state.add(digest);
    this.#sums = undefined;
    return true;
  }

  /** The key is gone; false if it was not held. */
  remove(key: string): boolean {
    const before = this.#entries.get(key);
    if (before === undefined) {
      return false;
    }
    this.#entries.delete(key);
    this.#order?.delete(key);
    this.#state.subtract(before.digest);
    this.#sums = undefined;
    return true;
  }

  /** The held keys of an interval, ascending; an empty end is the end of the scope. */
  within(afterKey: string, throughKey: string): string[] {
    this.#order ??= new SortedKeys(this.#entries.keys());
    return this.#order.within(afterKey, throughKey);
  }

  /** The part that this held key has in the state digest. */
  keyDigest(key: string): Digest {
    const entry = this.#entries.get(key);
    if (entry === undefined) {
      throw new RangeError(`Expected a key that is held, but got '${key}'`);
    }
    return entry.digest;
  }

  /**
   * As `keyDigest`, but a key that the user's state lacks, held or not, has a digest that is no value's: compared with the
   * log it differs, whatever that has, so it comes again.
   */
  appliedDigest(key: string): Digest {
    return this.lacking.has(key) ? this.#digests.key(key, UNKNOWN) : this.keyDigest(key);
  }

  /** Counts an event. */
  event(opId: bigint, value: Uint8Array): void {
    this.#eventCount++;
    this.#eventHash.add(this.#digests.event(opId, value));
    this.#sums = undefined;
  }

  /** Counts events that were not handed out. */
  skip(skipped: Skipped): void {
    this.#eventCount += skipped.count;
    if (skipped.eventHash.length === BYTES) {
      this.#eventHash.add(digestOf(skipped.eventHash));
    }
    this.#sums = undefined;
  }

  /** It is not known any more which events there were. */
  forgetEvents(): void {
    this.#eventsKnown = false;
    this.#sums = undefined;
  }

  /** Takes event sums over, whatever was counted; an empty hash is that of nothing. */
  takeEvents(count: bigint, eventHash: Uint8Array): void {
    this.#eventCount = count;
    this.#eventHash.set(eventHash);
    this.#eventsKnown = true;
    this.#sums = undefined;
  }

  /**
   * The sums as they are stored, not to be changed: without state digest where not every key is known, without event hash
   * where the events are not.
   */
  sums(): ScopeSums {
    this.#sums ??= create(ScopeSumsSchema, {
      scope: this.message,
      ...(this.#keysKnown && { stateDigest: this.#state.toBytes() }),
      ...(this.#eventsKnown && { eventCount: this.#eventCount, eventHash: this.#eventHash.toBytes() }),
    });
    return this.#sums;
  }

  /** Whether nothing is held, and that is known. */
  get isEmpty(): boolean {
    return (
      this.#keysKnown && this.#eventsKnown && this.#state.isZero && this.#eventCount === 0n && this.#eventHash.isZero
    );
  }
}
