import type { PublishGroup } from "../../gen/swarmlog/v1/publishing_pb.js";
import { Deque } from "../deque.js";

/** A group that has not been answered. T is what the caller knows it by. */
export class Entry<T> {
  readonly token: T;
  readonly group: PublishGroup;
  /** Serialized, without its number. */
  readonly bytes: number;
  /** 0 until it is sent. */
  number = 0n;
  /** An attempt under this number was left unanswered on a broken stream. */
  lingers = false;
  /** An attempt came after the gap was there: it was not in the log then. */
  refusedBehindGap = false;

  constructor(token: T, group: PublishGroup, bytes: number) {
    this.token = token;
    this.group = group;
    this.bytes = bytes;
  }

  /** Takes its number back. */
  forgetNumber(): void {
    this.number = 0n;
    this.lingers = false;
    this.refusedBehindGap = false;
  }

  get mayBeAppended(): boolean {
    return this.lingers && !this.refusedBehindGap;
  }
}

/**
 * The unanswered groups of a producer in the order of publishing, which is that of numbers: first those refused on this
 * stream and to be sent again, then those in flight on it, then the unsent.
 */
export class PublishQueue<T> {
  readonly #returned: Entry<T>[] = [];
  readonly #inFlight = new Deque<Entry<T>>();
  #unsent = new Deque<Entry<T>>();

  /** Nothing waits for its answer. */
  get isEmpty(): boolean {
    return this.#returned.length + this.#inFlight.size + this.#unsent.size === 0;
  }

  /** How many are sent and not answered. */
  get inFlight(): number {
    return this.#inFlight.size;
  }

  /** The next to be sent, if there is one. */
  get nextUnsent(): Entry<T> | undefined {
    return this.#unsent.first;
  }

  /** The oldest in flight, whose answer comes next. */
  get oldestInFlight(): Entry<T> | undefined {
    return this.#inFlight.first;
  }

  /** Takes another one; also one that was taken out, behind all others. */
  offer(entry: Entry<T>): void {
    this.#unsent.push(entry);
  }

  /** Moves the next unsent into flight. */
  send(): void {
    const entry = this.#unsent.shift();
    if (entry !== undefined) {
      this.#inFlight.push(entry);
    }
  }

  /** Takes the next unsent out for good. */
  takeNextUnsent(): void {
    this.#unsent.shift();
  }

  /** Takes the oldest in flight out: it has been answered. */
  takeOldestInFlight(): Entry<T> | undefined {
    return this.#inFlight.shift();
  }

  /** Keeps a refused one for another try. */
  giveBack(refused: Entry<T>): void {
    this.#returned.push(refused);
  }

  /** Notes that attempts in flight will not be answered any more. */
  lingerInFlight(): void {
    for (const entry of this.#inFlight) {
      entry.lingers = true;
    }
  }

  /** Makes everything unsent again. */
  rewind(): void {
    for (let entry = this.#inFlight.pop(); entry !== undefined; entry = this.#inFlight.pop()) {
      this.#unsent.unshift(entry);
    }
    for (let entry = this.#returned.pop(); entry !== undefined; entry = this.#returned.pop()) {
      this.#unsent.unshift(entry);
    }
  }

  /** Whether an attempt of any unsent one may still reach the log under its number. */
  anyLingers(): boolean {
    for (const entry of this.#unsent) {
      if (entry.lingers) {
        return true;
      }
    }
    return false;
  }

  /** Takes out for good the unsent of which an attempt may have reached the log, in order. */
  takeLingering(): Entry<T>[] {
    const taken: Entry<T>[] = [];
    const left = new Deque<Entry<T>>();
    for (const entry of this.#unsent) {
      if (entry.mayBeAppended) {
        taken.push(entry);
      } else {
        left.push(entry);
      }
    }
    this.#unsent = left;
    return taken;
  }

  /** Takes the numbers of all unsent back. Only where none of their attempts can reach the log any more. */
  forgetNumbers(): void {
    for (const entry of this.#unsent) {
      entry.forgetNumber();
    }
  }

  /** Takes everything out, in order. */
  drain(): Entry<T>[] {
    this.rewind();
    const everything = [...this.#unsent];
    this.#unsent.clear();
    return everything;
  }
}
