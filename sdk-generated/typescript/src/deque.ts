const LEAST_CAPACITY = 16;

/** A queue with two ends; all of it in constant time. */
export class Deque<T> {
  // A ring; its length is a power of two.
  #ring: (T | undefined)[] = new Array<T | undefined>(LEAST_CAPACITY);
  #head = 0;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get first(): T | undefined {
    return this.#ring[this.#head];
  }

  push(item: T): void {
    this.#makeRoom();
    this.#ring[this.#at(this.#size)] = item;
    this.#size += 1;
  }

  unshift(item: T): void {
    this.#makeRoom();
    this.#head = this.#at(-1);
    this.#ring[this.#head] = item;
    this.#size += 1;
  }

  shift(): T | undefined {
    const taken = this.#ring[this.#head];
    if (this.#size > 0) {
      this.#ring[this.#head] = undefined;
      this.#head = this.#at(1);
      this.#size -= 1;
    }
    return taken;
  }

  pop(): T | undefined {
    if (this.#size === 0) {
      return undefined;
    }
    this.#size -= 1;
    const at = this.#at(this.#size);
    const taken = this.#ring[at];
    this.#ring[at] = undefined;
    return taken;
  }

  clear(): void {
    this.#ring = new Array<T | undefined>(LEAST_CAPACITY);
    this.#head = 0;
    this.#size = 0;
  }

  *[Symbol.iterator](): IterableIterator<T> {
    for (let i = 0; i < this.#size; i++) {
      yield this.#ring[this.#at(i)]!;
    }
  }

  #at(offset: number): number {
    return (this.#head + offset) & (this.#ring.length - 1);
  }

  #makeRoom(): void {
    if (this.#size === this.#ring.length) {
      const items = [...this];
      this.#ring = [...items, ...new Array<T | undefined>(items.length)];
      this.#head = 0;
    }
  }
}
