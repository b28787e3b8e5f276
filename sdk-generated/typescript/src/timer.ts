import { NS_PER_MS } from "./units.js";

/** One timer at a time. Keeps the process alive until it is over. */
export class Timer {
  readonly #then: () => void;
  #handle: NodeJS.Timeout | undefined;

  constructor(then: () => void) {
    this.#then = then;
  }

  /** Starts it; replaces an earlier one. Never over early. */
  start(delayNs: number): void {
    this.cancel();
    this.#handle = setTimeout(this.#then, Math.ceil(delayNs / NS_PER_MS));
  }

  cancel(): void {
    clearTimeout(this.#handle);
  }
}
