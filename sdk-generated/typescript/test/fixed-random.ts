import type { Randomness } from "../src/randomness.js";

/** No jitter: always the longest delay. */
export const longest: Randomness = { below: (stop) => stop - 1 };
