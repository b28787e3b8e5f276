import type { Position } from "../../gen/swarmlog/v1/position_pb.js";
import type { RetryableError } from "../errors.js";
import type { Failure } from "../failure.js";
import type { Log } from "../names.js";
import { NS_PER_MS } from "../units.js";
import type { QueueBound } from "./bound.js";
import type { Breaker } from "./breaker.js";
import type { PublisherLog } from "./program-log.js";

/** How a publisher fares with one log. */
export interface PublisherState {
  /** Main or control: each has a stream, a queue and a breaker of its own. */
  readonly log: Log;
  /** Whether it sends. */
  readonly breaker: Breaker;
  /**
   * What keeps the breaker from being closed, or what it waits for; else undefined.
   *
   * Or, for a rate limit, the last refusal until the groups that waited then are answered, also while the breaker is closed. A
   * coordinator that holds the stream for a rate limit, as it does first, says nothing: then the oldest group waits longer and
   * longer.
   */
  readonly why: RetryableError | undefined;
  /** When it sends again; undefined unless it waits. */
  readonly until: Date | undefined;
  /** Groups that wait for their answer, sent or not. */
  readonly queuedGroups: number;
  /** Of those, serialized. */
  readonly queuedBytes: number;
  /** How long the oldest of those has been waiting, in milliseconds; zero if there is none. */
  readonly oldestWaitedMs: number;
}

/**
 * Is told how a publisher fares. Implement what is of interest.
 *
 * Called in order, without waiting for promises that it returns; it must not block the event loop. What it throws, or what its
 * promises reject with, is logged.
 */
export interface PublisherListener {
  /**
   * A breaker opened, waits anew, tries one group, or closed; or a rate limit is felt, or no more: once when the first group is
   * refused with RATE_LIMITED, and once when all that waited at the last such refusal are answered; `why` tells which. The state
   * is as it was then; `Publisher.state` is how it is now.
   */
  publisherChanged?(state: PublisherState): unknown;

  /**
   * The coordinator has lost groups that it had acknowledged: the newest ones that this publisher published to a log. Their
   * promises were resolved long since; they are in the log no more, and are not published again. What waits for its answer is
   * published as always.
   *
   * @param groups how many
   * @param newest where the newest of them was
   */
  publishedLost?(log: Log, groups: number, newest: Position): unknown;
}

/** Has a listener called. */
export type TellPublisher = (call: (listener: PublisherListener) => unknown) => void;

interface Reason {
  readonly why: RetryableError | undefined;
  readonly until: Date | undefined;
}

const NONE: Reason = { why: undefined, until: undefined };

/**
 * What others may know of a publisher in one log.
 *
 * A publisher that is refused for a rate limit comes again when it was told, and under a flood is refused again. That is one
 * wait for whoever listens: it begins with the first such refusal, and is over when every group that waited at the last one has
 * been answered.
 */
export class PublisherMonitor {
  readonly #log: Log;
  readonly #bound: QueueBound;
  readonly #programLog: PublisherLog;
  readonly #tell: TellPublisher;
  readonly #nowMs: () => number;
  #breaker: Breaker = "closed";
  #opened = NONE;
  #paused = NONE;
  // The last refusal for a rate limit, while that is felt.
  #limit: RetryableError | undefined;
  // Of the groups that waited when it was refused last for a rate limit, those not answered. 0: it is not limited.
  #limitedGroups = 0;

  /** Watches the producer of `log`; `tell` must not block. */
  constructor(
    log: Log,
    bound: QueueBound,
    programLog: PublisherLog,
    tell: TellPublisher,
    nowMs: () => number = Date.now,
  ) {
    this.#log = log;
    this.#bound = bound;
    this.#programLog = programLog;
    this.#tell = tell;
    this.#nowMs = nowMs;
  }

  /** How it fares now. */
  state(): PublisherState {
    return {
      log: this.#log,
      breaker: this.#breaker,
      why: this.#opened.why ?? this.#paused.why ?? this.#limit,
      until: this.#opened.until ?? this.#paused.until,
      queuedGroups: this.#bound.groups,
      queuedBytes: this.#bound.bytes,
      oldestWaitedMs: this.#bound.oldestWaitedNs() / NS_PER_MS,
    };
  }

  /** As BreakerListener says. */
  breakerChanged(changed: Breaker, why: Failure | undefined, forNs: number): void {
    this.#breaker = changed;
    this.#opened = why === undefined ? NONE : this.#reason(why, forNs);
    if (why !== undefined && this.#opened.until !== undefined) {
      this.#programLog.opened(why, { forNs, until: this.#opened.until }, this.#bound.groups);
    } else if (changed === "closed") {
      this.#programLog.closed();
    }
    this.#tellState();
  }

  /** As ProducerOutput says. */
  waits(why: Failure, forNs: number): void {
    this.#paused = this.#reason(why, forNs);
    if (why.reason !== "RATE_LIMITED") {
      return;
    }
    this.#limit = this.#paused.why;
    const begins = this.#limitedGroups === 0;
    this.#limitedGroups = Math.max(1, this.#bound.groups);
    if (begins) {
      this.#programLog.limited(why, this.#bound.groups);
      this.#tellState();
    }
  }

  /** As ProducerOutput says. */
  resumed(): void {
    this.#paused = NONE;
  }

  /** As ProducerOutput says of `acknowledgedLost`. */
  lost(groups: number, newest: Position): void {
    this.#programLog.lost(groups, newest);
    this.#tell((listener) => listener.publishedLost?.(this.#log, groups, newest));
  }

  /** Notes that the oldest group has its answer, and gave back its room. */
  answered(): void {
    if (this.#limitedGroups > 0) {
      this.#limitedGroups -= 1;
      if (this.#limitedGroups === 0) {
        this.#limit = undefined;
        this.#tellState();
      }
    }
  }

  #tellState(): void {
    const state = this.state();
    this.#tell((listener) => listener.publisherChanged?.(state));
  }

  #reason(why: Failure, forNs: number): Reason {
    const until = forNs > 0 ? new Date(this.#nowMs() + forNs / NS_PER_MS) : undefined;
    return { why: why.toRetryable(), until };
  }
}
