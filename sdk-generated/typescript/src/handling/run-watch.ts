// What others may know of a lane's run.
import { monotonicNs } from "../clock.js";
import { NS_PER_MS } from "../units.js";

/** What others may know of a lane's run. */
export class RunWatch {
  #startedNs: number | undefined;

  /** A handler is about to be called. */
  callBegins(): void {
    this.#startedNs = monotonicNs();
  }

  /** No handler is called any more. */
  runEnds(): void {
    this.#startedNs = undefined;
  }

  /** How long the call of a handler that is under way has been running, in milliseconds; 0 if there is none. */
  get runningMs(): number {
    return this.#startedNs === undefined ? 0 : Math.floor((monotonicNs() - this.#startedNs) / NS_PER_MS);
  }
}
