import { mathRandom, type Randomness } from "../src/randomness.js";

/** Always the same part of the range, from 0 up to and without 1; as users have it, if there is none. */
export function randomness(fraction: number | undefined): Randomness {
  if (fraction === undefined) {
    return mathRandom;
  }
  if (!(fraction >= 0 && fraction < 1)) {
    throw new RangeError(`Expected a fraction from 0 up to and without 1, but got ${fraction}.`);
  }
  return { below: (stop) => Math.floor(fraction * stop) };
}
