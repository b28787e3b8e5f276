/** The streams that are not over, so that who closes can wait for them. */
export class StreamsToClose {
  readonly #open = new Set<Promise<void>>();

  add(stream: { closed(): Promise<void> }): void {
    const over = stream.closed().then(() => {
      this.#open.delete(over);
    });
    this.#open.add(over);
  }

  /** Resolves when all of them are over. */
  async closed(): Promise<void> {
    await Promise.all(this.#open);
  }
}
