// Sharing the event loop.
import { NS_PER_MS } from "../units.js";
import { monotonicNs } from "../clock.js";

// What does not wait for anything lets others run this often.
const LONGEST_TURN_NS = 10 * NS_PER_MS;

/** Shares the event loop: what has much to do at once asks after each part whether it is the turn of others. */
export class Turns {
  #endsNs = monotonicNs() + LONGEST_TURN_NS;

  /** Whether it has been long enough; then wait for `next`. */
  get isOver(): boolean {
    return monotonicNs() >= this.#endsNs;
  }

  /** Lets others run. */
  async next(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    this.#endsNs = monotonicNs() + LONGEST_TURN_NS;
  }
}
