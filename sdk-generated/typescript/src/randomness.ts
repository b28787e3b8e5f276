/** Where jitter comes from. */
export interface Randomness {
  /** A whole number from 0 on, below `stop`, which is at most 2^53. */
  below(stop: number): number;
}

/** Good enough for jitter. */
export const mathRandom: Randomness = {
  below: (stop) => Math.floor(Math.random() * stop),
};
