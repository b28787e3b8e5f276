// A circuit breaker for the handler of one lane.
import { handler } from "../../gen/swarmlog/v1/constants.js";
import type { Backoff } from "../backoff.js";
import { NS_PER_MS } from "../units.js";

const FIRST_WAIT_NS = handler.breakerFirstWaitMs * NS_PER_MS;
const LAST_WAIT_NS = handler.breakerLastWaitMs * NS_PER_MS;
// Far beyond the last wait; keeps the power below small.
const MAX_POWER = 30;

/**
 * A circuit breaker for the handler of one lane.
 *
 * Opens when the handler refuses nearly everything, so that an agent whose database is away does not refuse, and in the end
 * park, all there is. While it is open the lane waits; then one operation is tried. See "Circuit Breaker" in Release It!,
 * M. Nygard.
 *
 *                   8 of 10, 16 of 20 failed          wait is over             applied
 *        closed ----------------------------> open -----------> half-open ---------> closed
 *                                              ^                    |
 *                                              +--- failed, wait x2 +
 *
 * Has no clock: its owner waits, and says when the wait is over.
 */
export class HandlerBreaker {
  readonly #jitter: Backoff;
  #state: "closed" | "open" | "half-open" = "closed";
  // The last outcomes, true for failed.
  #window: boolean[] = [];
  // Since it was closed last.
  #openings = 0;

  constructor(jitter: Backoff) {
    this.#jitter = jitter;
  }

  /** Whether the lane is to wait. */
  get isOpen(): boolean {
    return this.#state === "open";
  }

  /** So many operations were applied. */
  applied(operations: number): void {
    if (operations <= 0 || this.#state === "open") {
      return;
    }
    let judged = operations;
    if (this.#state === "half-open") {
      this.#state = "closed";
      this.#window = [];
      this.#openings = 0;
      this.#jitter.reset();
      judged--;
    }
    this.#judge(false, Math.min(judged, handler.breakerWindow));
  }

  /** One could not be. */
  failed(): void {
    if (this.#state === "open") {
      return;
    }
    this.#judge(true, 1);
    const judged = this.#window.length;
    const failures = this.#window.filter((failed) => failed).length;
    const fails = judged >= handler.breakerLeast && failures * 100 >= handler.breakerFailedPercent * judged;
    if (this.#state === "half-open" || fails) {
      this.#state = "open";
      this.#window = [];
      this.#openings++;
    }
  }

  /** How long to wait now: 5 s, doubling to 5 min, and jitter. */
  waitNs(): number {
    const waitNs = FIRST_WAIT_NS * 2 ** Math.min(this.#openings - 1, MAX_POWER);
    return this.#jitter.nextDelayNs(0, Math.min(LAST_WAIT_NS, waitNs));
  }

  /** The wait is over: the next operation is tried. */
  probe(): void {
    if (this.#state === "open") {
      this.#state = "half-open";
    }
  }

  #judge(failed: boolean, times: number): void {
    this.#window.push(...new Array<boolean>(times).fill(failed));
    this.#window = this.#window.slice(-handler.breakerWindow);
  }
}
