import { publisher } from "../../gen/swarmlog/v1/constants.js";
import type { Failure } from "../failure.js";

/**
 * Whether a publisher sends. Publications are taken into its queue in any case.
 *
 * - `closed`: it sends.
 * - `open`: it sends nothing for a while. It was refused, or could not reach the coordinator, five times in a row, or the
 *   coordinator said that it does not serve it (`BREAKER_OPEN`).
 * - `half-open`: it tries one group. If that is answered it goes on, else it waits again.
 */
export type Breaker = "closed" | "open" | "half-open";

/** Hears of each change. Must not block. */
export interface BreakerListener {
  /**
   * It is open, tries a group, or is closed again. `why` is the last failure, undefined if it is closed; nothing is sent for
   * `forNs` from now on, 0 unless it is open.
   */
  breakerChanged(changed: Breaker, why: Failure | undefined, forNs: number): void;
}

/**
 * A circuit breaker for what a producer sends.
 *
 * Opens when nothing of it is taken, so that a coordinator that is away, overloaded or refuses it is left alone for a while;
 * then one group is tried. See "Circuit Breaker" in Release It!, M. Nygard.
 *
 *             5 failed in a row,
 *             or BREAKER_OPEN             wait is over              answered
 *     closed -----------------------> open -----------> half-open ---------> closed
 *                                      ^                    |
 *                                      +------ failed ------+
 *
 * Has no clock: its owner waits as RetryPace says, and says when the wait is over.
 */
export class PublishBreaker {
  readonly #listener: BreakerListener;
  #last: Failure | undefined;
  #failedInARow = 0;
  #state: Breaker = "closed";

  constructor(listener: BreakerListener) {
    this.#listener = listener;
  }

  get state(): Breaker {
    return this.#state;
  }

  /** Whether nothing is sent. */
  get isOpen(): boolean {
    return this.#state === "open";
  }

  /** Notes that the coordinator took something, or refused it for its own sake. */
  answered(): void {
    this.#failedInARow = 0;
    if (this.#state === "half-open") {
      this.#state = "closed";
      this.#listener.breakerChanged("closed", undefined, 0);
    }
  }

  /** Notes a refusal that another try may not meet, or the end of a stream. */
  failed(why: Failure): void {
    this.#last = why;
    this.#failedInARow += 1;
    if (
      this.#state === "half-open" ||
      this.#failedInARow >= publisher.breakerFailuresInARow ||
      why.reason === "BREAKER_OPEN"
    ) {
      this.#state = "open";
    }
  }

  /** Tells, if the breaker is open, that the owner waits. */
  waits(forNs: number): void {
    if (this.isOpen) {
      this.#listener.breakerChanged("open", this.#last, forNs);
    }
  }

  /** Tries one group: the wait is over. */
  probe(): void {
    if (this.isOpen) {
      this.#state = "half-open";
      this.#failedInARow = 0;
      this.#listener.breakerChanged("half-open", this.#last, 0);
    }
  }
}
