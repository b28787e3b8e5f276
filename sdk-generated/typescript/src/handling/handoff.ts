// Operations or batches, handed to a loop.

interface Handed<T> {
  readonly item: T;
  /** The loop is done with it. */
  readonly done: () => void;
}

/**
 * Hands what handlers are given to a `for await` loop, one after the other.
 *
 * A handler returns when the loop asks for the next item, so that is when one is applied. What the loop has in hand when it is left
 * by `break`, `return` or a throw is not: it comes again in the agent's next run. At most one item per lane waits.
 */
export class Handoff<T> implements AsyncIterableIterator<T> {
  readonly #start: () => Promise<void>;
  readonly #leave: (inHand: boolean) => Promise<void>;
  readonly #waiting: Handed<T>[] = [];
  #inHand: Handed<T> | undefined;
  #wake: (() => void) | undefined;
  #started = false;
  // Ends with the last answer that was asked for. Never rejects.
  #asked: Promise<unknown> = Promise.resolve();
  #end: { readonly error: Error | undefined } | undefined;

  /**
   * @param start begins to call `hand`; called when the loop asks for the first item
   * @param leave the loop was left; with an item in hand that is not to be applied
   */
  constructor(start: () => Promise<void>, leave: (inHand: boolean) => Promise<void>) {
    this.#start = start;
    this.#leave = leave;
  }

  /** Resolves when the loop is done with the item; never, if that is left before. */
  hand(item: T): Promise<void> {
    return new Promise((done) => {
      this.#waiting.push({ item, done });
      this.#wake?.();
    });
  }

  /** There is nothing more. An error is thrown in the loop. */
  end(error?: Error): void {
    this.#end ??= { error };
    this.#wake?.();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** Those who ask before the last was answered wait for their turn. */
  next(): Promise<IteratorResult<T, undefined>> {
    const next = this.#asked.then(() => this.#next());
    this.#asked = next.catch(() => undefined);
    return next;
  }

  async return(): Promise<IteratorResult<T, undefined>> {
    const inHand = this.#inHand !== undefined || this.#waiting.length > 0;
    this.#inHand = undefined;
    this.#waiting.length = 0;
    this.#started = true;
    this.end();
    await this.#leave(inHand);
    return { done: true, value: undefined };
  }

  async #next(): Promise<IteratorResult<T, undefined>> {
    if (!this.#started) {
      this.#started = true;
      await this.#start();
    }
    this.#inHand?.done();
    this.#inHand = undefined;
    for (;;) {
      const next = this.#waiting.shift();
      if (next !== undefined) {
        this.#inHand = next;
        return { done: false, value: next.item };
      }
      if (this.#end !== undefined) {
        if (this.#end.error !== undefined) {
          throw this.#end.error;
        }
        return { done: true, value: undefined };
      }
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      this.#wake = undefined;
    }
  }
}
