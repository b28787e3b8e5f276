import type { Backoff } from "../backoff.js";
import type { Failure } from "../failure.js";
import { RetryBudget } from "../retry-budget.js";

/**
 * How many groups a producer may have in flight.
 *
 * After a refusal a single one is tried, then twice as many with each answer, up to what the coordinator allows: what lies
 * behind a refused group is sent in vain, so where much is refused little is sent. See "slow start", RFC 5681. Pure.
 */
export class SendWindow {
  // 1 <= allowed <= most.
  #most = 1;
  #allowed = 1;

  /** How many may be in flight. */
  get allowed(): number {
    return this.#allowed;
  }

  /** Begins with a stream that takes so many. */
  open(groups: number): void {
    this.#most = Math.max(1, groups);
    this.#allowed = this.#most;
  }

  /** Sends one, and no other before it is answered. */
  shrink(): void {
    this.#allowed = 1;
  }

  /** Notes that one was answered as it should be. */
  grow(): void {
    this.#allowed = Math.min(this.#most, 2 * this.#allowed);
  }

  /** Whether another one may be sent. */
  hasRoom(inFlight: number): boolean {
    return inFlight < this.#allowed;
  }
}

/**
 * When a producer sends again, or comes back.
 *
 * What the coordinator says of this publisher alone (`Failure.waitToldNs`) is obeyed to the letter; everything else follows
 * the backoff, and its upper half beyond the retry budget and while the breaker is open. Pure.
 */
export class RetryPace {
  readonly #backoff: Backoff;
  readonly #budget = RetryBudget.ofProducers();

  constructor(backoff: Backoff) {
    this.#backoff = backoff;
  }

  /** Notes that a stream is open. */
  welcomed(nowNs: number): void {
    this.#backoff.succeeded(nowNs);
  }

  /** Notes that a group was appended. */
  appended(nowNs: number): void {
    this.#backoff.succeeded(nowNs);
    this.#budget.succeeded();
  }

  /**
   * How long to wait after a group was refused. Those behind it are no retries of their own: they were refused for it.
   * `isOpen` says whether the breaker is.
   */
  afterRefusalNs(why: Failure, nowNs: number, isOpen: boolean): number {
    const toldNs = why.waitToldNs;
    if (toldNs !== undefined) {
      return this.#backoff.toldDelayNs(toldNs);
    }
    if (!isOpen && this.#budget.take()) {
      return this.#backoff.nextDelayNs(nowNs, why.retryAfterNs);
    }
    return this.#backoff.longDelayNs(nowNs, why.retryAfterNs);
  }

  /**
   * How long to wait before another stream is opened. `lost` says whether the one before had been welcomed, `isOpen` whether
   * the breaker is.
   */
  afterEndNs(why: Failure, nowNs: number, { lost, isOpen }: { lost: boolean; isOpen: boolean }): number {
    const toldNs = why.waitToldNs;
    if (toldNs !== undefined) {
      return this.#backoff.toldDelayNs(toldNs);
    }
    if (isOpen) {
      return this.#backoff.longDelayNs(nowNs, why.retryAfterNs);
    }
    return lost
      ? this.#backoff.delayAfterLossNs(nowNs, why.retryAfterNs)
      : this.#backoff.nextDelayNs(nowNs, why.retryAfterNs);
  }
}
