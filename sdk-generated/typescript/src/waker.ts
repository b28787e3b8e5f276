/** Wakes one who waits. A wake while nobody waits is kept for the next who does; several count as one. */
export class Waker {
  #woken = false;
  #wakes: (() => void) | undefined;

  wake(): void {
    this.#woken = true;
    this.#wakes?.();
  }

  /** Resolves when it is woken, at once if it has been since the last wait. One waits at a time. */
  async wait(): Promise<void> {
    if (!this.#woken) {
      await new Promise<void>((resolve) => {
        this.#wakes = resolve;
      });
      this.#wakes = undefined;
    }
    this.#woken = false;
  }
}
