import { Code } from "../gen/google/rpc/code_pb.js";
import { Failure } from "./failure.js";
import { consoleLogger, type Logger } from "./logger.js";
import { Waker } from "./waker.js";

const GENTLE_END_MS = 1_000;

/** What happens to a stream. None of it blocks. */
export interface StreamEvents<Q, R> {
  /** The next frame to be written, or undefined. Called when the stream takes one. */
  nextFrame(): Q | undefined;
  /** Takes a frame from the coordinator. */
  frame(frame: R): void;
  /** Notes the end; the last event. */
  ended(why: Failure): void;
}

/** A bidirectional method of a Connect client. */
export type Call<Q, R> = (requests: AsyncIterable<Q>, options: { signal: AbortSignal }) => AsyncIterable<R>;

export interface StreamOptions {
  /** The coordinator's address, for people to read. */
  readonly target: string;
  /**
   * A paced stream hands over a frame only when it is asked for, and reads one ahead at most, so that HTTP/2's window closes
   * for a coordinator that sends faster than its frames are done with.
   */
  readonly paced?: boolean;
  /** One that drains asks for frames until there is none also after `endGently`. */
  readonly drains?: boolean;
  readonly logger?: Logger;
}

/**
 * One bidirectional call, read as fast as frames are taken, or one frame for each `request`.
 *
 * No event comes within a call of a method, and none after `end` or `endGently`. Frames are written one after the other, each
 * when HTTP/2's window has room for it; `wake` says that there may be some.
 */
export class ClientStream<Q, R> {
  readonly #events: StreamEvents<Q, R>;
  readonly #options: StreamOptions;
  readonly #awake = new Waker();
  readonly #mayRead = new Waker();
  readonly #cancel = new AbortController();
  readonly #over: Promise<void>;
  #ended = false;
  #cancelLater: NodeJS.Timeout | undefined;

  /** Starts writing and reading; `first` is written first. */
  constructor(call: Call<Q, R>, first: Q, events: StreamEvents<Q, R>, options: StreamOptions) {
    this.#events = events;
    this.#options = options;
    this.#over = this.#run(call, first);
  }

  /** Asks for frames to be written. */
  wake(): void {
    this.#awake.wake();
  }

  /** Asks for one more frame of a paced stream; at most one at a time. */
  request(): void {
    this.#mayRead.wake();
  }

  /** Ends the call at once. */
  end(): void {
    if (!this.#ended) {
      this.#ended = true;
      this.#cancelNow();
    }
  }

  /** Ends the call so that what was sent arrives; frames that still come are thrown away. */
  endGently(): void {
    if (!this.#ended) {
      this.#ended = true;
      this.#awake.wake();
      this.#mayRead.wake();
      this.#cancelLater = setTimeout(() => {
        this.#cancelNow();
      }, GENTLE_END_MS);
    }
  }

  /** Resolves when the call is over, and nothing of it is left. Never rejects. */
  async closed(): Promise<void> {
    await this.#over;
  }

  #cancelNow(): void {
    this.#cancel.abort();
    this.#awake.wake();
    this.#mayRead.wake();
  }

  async #run(call: Call<Q, R>, first: Q): Promise<void> {
    // Its owner is not told anything before it has the stream.
    await Promise.resolve();
    const why = await this.#read(call, first);
    clearTimeout(this.#cancelLater);
    const told = !this.#ended;
    this.#ended = true;
    this.#cancelNow();
    if (told) {
      this.#attempt(() => {
        this.#events.ended(why);
      });
    }
  }

  async #read(call: Call<Q, R>, first: Q): Promise<Failure> {
    try {
      const frames = call(this.#frames(first), { signal: this.#cancel.signal });
      for await (const frame of frames) {
        if (this.#options.paced === true && !this.#ended) {
          await this.#mayRead.wait();
        }
        if (!this.#ended && !this.#took(frame)) {
          this.#cancelNow();
          return Failure.local(Code.INTERNAL, "A frame could not be handled");
        }
      }
      return Failure.local(Code.UNAVAILABLE, "The coordinator ended the stream");
    } catch (broken) {
      return Failure.ofCall(broken, this.#options.target);
    }
  }

  #took(frame: R): boolean {
    return this.#attempt(() => {
      this.#events.frame(frame);
    });
  }

  #attempt(step: () => void): boolean {
    try {
      step();
      return true;
    } catch (thrown) {
      const logger = this.#options.logger ?? consoleLogger;
      logger.error(`A step of a stream to ${this.#options.target} failed`, thrown);
      return false;
    }
  }

  async *#frames(first: Q): AsyncGenerator<Q> {
    yield first;
    while (!this.#cancel.signal.aborted && (!this.#ended || this.#options.drains === true)) {
      const frame = this.#events.nextFrame();
      if (frame !== undefined) {
        yield frame;
      } else if (this.#ended) {
        return;
      } else {
        await this.#awake.wait();
      }
    }
  }
}
