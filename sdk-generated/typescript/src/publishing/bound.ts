import { requireAtLeast } from "../arguments.js";
import { Deque } from "../deque.js";

/** RangeError unless there is room for at least one group and one byte. */
export function requireBound(maxGroups: unknown, maxBytes: unknown): void {
  requireAtLeast("room in groups", maxGroups, 1);
  requireAtLeast("room in bytes", maxBytes, 1);
}

interface Waiting {
  readonly bytes: number;
  /** Called at the very moment there is room. */
  readonly take: () => void;
  readonly granted: (taken: boolean) => void;
  gaveUp: boolean;
}

/** The bound of a publisher's queue, in groups and bytes, from publish to answer. */
export class QueueBound {
  readonly #maxGroups: number;
  readonly #maxBytes: number;
  readonly #nowNs: () => number;
  // At most the bound, unless a single group is larger.
  #bytes = 0;
  #closed = false;
  // When each took its room, oldest first: answers come in the order of publishing.
  readonly #sinceNs = new Deque<number>();
  // Those who wait for room, in order.
  readonly #waiting = new Deque<Waiting>();
  #whenEmpty: (() => void)[] = [];

  /** Gives room to so much; `nowNs` is a clock that never goes back. */
  constructor(maxGroups: number, maxBytes: number, nowNs: () => number) {
    this.#maxGroups = maxGroups;
    this.#maxBytes = maxBytes;
    this.#nowNs = nowNs;
  }

  /** How many groups hold room: at most the bound. */
  get groups(): number {
    return this.#sinceNs.size;
  }

  /** How many bytes hold room. */
  get bytes(): number {
    return this.#bytes;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Takes room, and calls `take`; false if there is none, or the queue is closed. */
  tryAcquire(bytes: number, take: () => void): boolean {
    const room = this.groups < this.#maxGroups && (this.groups === 0 || this.#bytes + bytes <= this.#maxBytes);
    if (this.#closed || !room) {
      return false;
    }
    this.#sinceNs.push(this.#nowNs());
    this.#bytes += bytes;
    take();
    return true;
  }

  /**
   * Takes room once there is some, in the order of asking; false if the queue is closed. `take` is called at the very moment
   * there is room, so what it does is in that order, too. Who aborts while it waits takes nothing: rejects with the reason.
   */
  async acquire(bytes: number, take: () => void, signal?: AbortSignal): Promise<boolean> {
    if (this.#waiting.size === 0 && this.tryAcquire(bytes, take)) {
      return true;
    }
    if (this.#closed) {
      return false;
    }
    return await new Promise<boolean>((resolve, reject) => {
      const onAbort = () => {
        waiting.gaveUp = true;
        reject(signal?.reason as Error);
        // It may have been in the way of the others.
        this.#grant();
      };
      const granted = (taken: boolean) => {
        signal?.removeEventListener("abort", onAbort);
        resolve(taken);
      };
      const waiting: Waiting = { bytes, take, granted, gaveUp: false };
      this.#waiting.push(waiting);
      signal?.addEventListener("abort", onAbort, { once: true });
    });
  }

  /** Gives the room of the oldest back. */
  release(bytes: number): void {
    this.#sinceNs.shift();
    this.#bytes -= bytes;
    this.#grant();
  }

  /** Gives no more room. */
  close(): void {
    this.#closed = true;
    this.#grant();
  }

  /** How long the oldest has held its room; zero if there is none. */
  oldestWaitedNs(): number {
    const since = this.#sinceNs.first;
    return since === undefined ? 0 : this.#nowNs() - since;
  }

  /** Resolves when nothing holds room. */
  async untilEmpty(): Promise<void> {
    if (this.groups > 0) {
      await new Promise<void>((resolve) => this.#whenEmpty.push(resolve));
    }
  }

  #grant(): void {
    for (let waiting = this.#waiting.first; waiting !== undefined; waiting = this.#waiting.first) {
      const taken = !waiting.gaveUp && this.tryAcquire(waiting.bytes, waiting.take);
      if (!taken && !waiting.gaveUp && !this.#closed) {
        break;
      }
      this.#waiting.shift();
      waiting.granted(taken);
    }
    if (this.groups === 0) {
      const empty = this.#whenEmpty;
      this.#whenEmpty = [];
      empty.forEach((resolve) => resolve());
    }
  }
}
