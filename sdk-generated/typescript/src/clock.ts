import { NS_PER_MS } from "./units.js";

/** A clock that never goes back, in nanoseconds. Its beginning means nothing. */
export function monotonicNs(): number {
  return Math.round(performance.now() * NS_PER_MS);
}

/** The time of day, in nanoseconds since the beginning of 1970, exact to the millisecond. */
export function unixNano(): bigint {
  return BigInt(Date.now()) * BigInt(NS_PER_MS);
}
