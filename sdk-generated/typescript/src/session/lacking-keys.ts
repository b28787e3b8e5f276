// Which keys a user's own state lacks.
import { handler } from "../../gen/swarmlog/v1/constants.js";
import { sortedWithin } from "./sorted-keys.js";

/**
 * Keys of one scope that the user's own state lacks, or holds with an older value, because the agent refused the operation
 * or skipped it. They are no drift: the coordinator gives the operation again, or keeps it parked. Stored with the key
 * index, see `HeldKey.lacking`.
 */
export class LackingKeys {
  // At most handler.maxLackingKeys.
  readonly #keys = new Set<string>();
  #isOverflown = false;

  /** There have been more than are kept: which keys are no drift is not known any more. */
  get isOverflown(): boolean {
    return this.#isOverflown;
  }

  get isEmpty(): boolean {
    return this.#keys.size === 0 && !this.#isOverflown;
  }

  has(key: string): boolean {
    return this.#keys.has(key);
  }

  /**
   * An operation on the key was refused, or applied. Answers whether that is to be stored: what is refused again has
   * another value.
   */
  note(key: string, refused: boolean): boolean {
    if (!refused) {
      return this.#keys.delete(key) || this.#isOverflown;
    }
    if (this.#keys.size < handler.maxLackingKeys || this.#keys.has(key)) {
      this.#keys.add(key);
    } else {
      this.#isOverflown = true;
    }
    return true;
  }

  /** Those of an interval, ascending; an empty end is the end of the scope. */
  within(afterKey: string, throughKey: string): string[] {
    return sortedWithin(this.#keys, afterKey, throughKey);
  }
}
