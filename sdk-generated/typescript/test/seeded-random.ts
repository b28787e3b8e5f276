import type { Randomness } from "../src/randomness.js";

/** Randomness that can be had again: of a seed, which SEED in the environment gives; else one of its own. */
export class SeededRandom implements Randomness {
  readonly seed: number;
  #state: number;

  constructor(seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 32))) {
    this.seed = seed;
    this.#state = seed >>> 0;
  }

  /** See "Mulberry32". */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  below(stop: number): number {
    return Math.floor(this.next() * stop);
  }

  /** True so often of a hundred times. */
  percent(chance: number): boolean {
    return this.below(100) < chance;
  }
}
