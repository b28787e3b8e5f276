import { backoff } from "../gen/swarmlog/v1/constants.js";
import type { Randomness } from "./randomness.js";
import { NS_PER_MS } from "./units.js";

const FIRST_CEILING_NS = backoff.firstCeilingMs * NS_PER_MS;
export const LAST_CEILING_NS = backoff.lastCeilingMs * NS_PER_MS;
export const STABLE_NS = backoff.stableMs * NS_PER_MS;
const LEAST_JITTER_NS = backoff.leastToldJitterMs * NS_PER_MS;
// Far beyond the last ceiling; keeps the power below small.
const MAX_POWER = 30;

/**
 * Exponential backoff with full jitter.
 *
 * The n-th delay is uniform between 0 and min(30 s, 100 ms x 2^n), so a thousand agents that lost their coordinator
 * together do not come back together. After the loss of a session that was established, n begins at 3: uniform between 0
 * and 800 ms. See "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.
 *
 * What succeeded for a stable period starts again from the beginning; what only connected to be thrown out does not.
 * Pure: time and randomness come from outside.
 */
export class Backoff {
  readonly #random: Randomness;
  #attempt = 0;
  #succeededAtNs: number | undefined;

  constructor(random: Randomness) {
    this.#random = random;
  }

  /** Things work at this time; the first such moment since the last delay counts. */
  succeeded(nowNs: number): void {
    this.#succeededAtNs ??= nowNs;
  }

  /** Starts the next one from the beginning. */
  reset(): void {
    this.#attempt = 0;
    this.#succeededAtNs = undefined;
  }

  /** How long to wait before the next attempt. What the other side asked for comes on top of the jitter. */
  nextDelayNs(nowNs: number, atLeastNs = 0): number {
    return atLeastNs + this.#upTo(this.#nextCeilingNs(nowNs));
  }

  /** As `nextDelayNs`, where many may have lost the same thing at this moment. */
  delayAfterLossNs(nowNs: number, atLeastNs = 0): number {
    this.#restartIfStable(nowNs);
    this.#attempt = Math.max(this.#attempt, backoff.attemptAfterLoss);
    return this.nextDelayNs(nowNs, atLeastNs);
  }

  /** As `nextDelayNs`, but in the upper half of the interval. */
  longDelayNs(nowNs: number, atLeastNs = 0): number {
    const halfNs = Math.floor(this.#nextCeilingNs(nowNs) / 2);
    return atLeastNs + halfNs + this.#upTo(halfNs);
  }

  /**
   * Just what the other side said, and up to a tenth more, so those who were told the same do not come at once. Not an
   * attempt: the next delay is none the longer for it.
   */
  toldDelayNs(toldNs: number): number {
    const tenthNs = Math.floor(toldNs / backoff.toldJitterDivisor);
    return toldNs + this.#upTo(Math.min(LAST_CEILING_NS, Math.max(LEAST_JITTER_NS, tenthNs)));
  }

  /**
   * Any time up to the longest there is, for those who were told to wait by somebody who is not there any more. Not an
   * attempt.
   */
  anyDelayNs(): number {
    return this.#upTo(LAST_CEILING_NS);
  }

  #upTo(most: number): number {
    return this.#random.below(most + 1);
  }

  #nextCeilingNs(nowNs: number): number {
    this.#restartIfStable(nowNs);
    const ceilingNs = FIRST_CEILING_NS * 2 ** Math.min(this.#attempt, MAX_POWER);
    this.#attempt += 1;
    return Math.min(LAST_CEILING_NS, ceilingNs);
  }

  #restartIfStable(nowNs: number): void {
    if (this.#succeededAtNs !== undefined && nowNs - this.#succeededAtNs >= STABLE_NS) {
      this.#attempt = 0;
    }
    this.#succeededAtNs = undefined;
  }
}
