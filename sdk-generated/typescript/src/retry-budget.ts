import { handler, publisher } from "../gen/swarmlog/v1/constants.js";

/**
 * What may be tried again because it failed or was refused: one retry for so many successes, a few from the start, and
 * never more than a bound saved up. So what fails much is not given much more to fail. See "Handling Overload" in Site
 * Reliability Engineering, 2016. Pure.
 */
export class RetryBudget {
  readonly #perRetry: number;
  readonly #mostSaved: number;
  // In successes: 0 <= saved <= most saved.
  #saved: number;

  constructor(perRetry: number, atFirst: number, most: number) {
    this.#perRetry = perRetry;
    this.#mostSaved = most * perRetry;
    this.#saved = atFirst * perRetry;
  }

  /** One retry for ten groups that were appended; 10 from the start, 100 at most. */
  static ofProducers(): RetryBudget {
    return new RetryBudget(publisher.successesPerRetry, publisher.firstRetries, publisher.mostRetries);
  }

  /** One retry for two operations that were applied; 10 from the start, 20 at most. */
  static ofHandlers(): RetryBudget {
    return new RetryBudget(handler.successesPerRetry, handler.firstRetries, handler.mostRetries);
  }

  /** Something succeeded, so often. */
  succeeded(times = 1): void {
    this.#saved = Math.min(this.#mostSaved, this.#saved + times);
  }

  /** Takes one retry; false if there is none. */
  take(): boolean {
    if (this.#saved < this.#perRetry) {
      return false;
    }
    this.#saved -= this.#perRetry;
    return true;
  }
}
