// Keys in order.
import { compareKeys } from "./held-key.js";

// Small enough to be moved at once, large enough that the list of runs is short.
const MAX_RUN = 512;

/**
 * A set of keys in the order of their UTF-8 bytes: sorted runs one after the other, so that one more costs a binary search
 * and moves at most a run.
 */
export class SortedKeys {
  // None is empty; each key of one is below those of the next.
  readonly #runs: string[][] = [];

  constructor(keys: Iterable<string> = []) {
    const sorted = [...keys].sort(compareKeys);
    for (let i = 0; i < sorted.length; i += MAX_RUN / 2) {
      this.#runs.push(sorted.slice(i, i + MAX_RUN / 2));
    }
  }

  /** Adds a key that is not in it. */
  add(key: string): void {
    if (this.#runs.length === 0) {
      this.#runs.push([key]);
      return;
    }
    const at = Math.min(this.#runFrom(key), this.#runs.length - 1);
    const run = this.#runs[at]!;
    run.splice(lowerBound(run, key), 0, key);
    if (run.length > MAX_RUN) {
      this.#runs.splice(at + 1, 0, run.splice(MAX_RUN / 2));
    }
  }

  /** Removes a key that is in it. */
  delete(key: string): void {
    const at = this.#runFrom(key);
    const run = this.#runs[at];
    if (run === undefined) {
      return;
    }
    const i = lowerBound(run, key);
    if (run[i] === key) {
      run.splice(i, 1);
      if (run.length === 0) {
        this.#runs.splice(at, 1);
      }
    }
  }

  /** Those behind `afterKey` up to `throughKey`, ascending; an empty end is the end. */
  within(afterKey: string, throughKey: string): string[] {
    const found: string[] = [];
    for (let at = this.#runFrom(afterKey); at < this.#runs.length; at++) {
      const run = this.#runs[at]!;
      const start = found.length > 0 || afterKey === "" ? 0 : upperBound(run, afterKey);
      const isLast = throughKey !== "" && compareKeys(run.at(-1)!, throughKey) > 0;
      const end = isLast ? upperBound(run, throughKey) : run.length;
      for (let i = start; i < end; i++) {
        found.push(run[i]!);
      }
      if (isLast) {
        break;
      }
    }
    return found;
  }

  /** The first run that ends with the key or behind it; the number of runs if there is none. */
  #runFrom(key: string): number {
    let low = 0;
    let high = this.#runs.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (compareKeys(this.#runs[middle]!.at(-1)!, key) < 0) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }
}

/** Those of keys in any order that lie within an interval, ascending; an empty end is the end. */
export function sortedWithin(keys: Iterable<string>, afterKey: string, throughKey: string): string[] {
  const found: string[] = [];
  for (const key of keys) {
    if (compareKeys(key, afterKey) > 0 && (throughKey === "" || compareKeys(key, throughKey) <= 0)) {
      found.push(key);
    }
  }
  return found.sort(compareKeys);
}

/** Where the first key lies that is not below this one. */
function lowerBound(run: readonly string[], key: string): number {
  let low = 0;
  let high = run.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compareKeys(run[middle]!, key) < 0) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

/** Where the first key lies that is above this one. */
function upperBound(run: readonly string[], key: string): number {
  const at = lowerBound(run, key);
  return run[at] === key ? at + 1 : at;
}
