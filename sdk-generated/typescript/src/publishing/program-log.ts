import type { Position } from "../../gen/swarmlog/v1/position_pb.js";
import type { Failure } from "../failure.js";
import type { Logger } from "../logger.js";
import type { Log } from "../names.js";
import { causeOf, others, RepeatedFailures } from "../repeated-failures.js";
import { NS_PER_SECOND } from "../units.js";

/**
 * What a publisher writes to the log of its program, for one log of the swarm: that it sends nothing and why, and that it does
 * again. Silent while all is well.
 */
export class PublisherLog {
  readonly #logger: Logger;
  readonly #name: string;
  readonly #target: string;
  readonly #nowNs: () => number;
  readonly #failures = new RepeatedFailures();
  // Since it sent last a line said that it does not.
  #saidOpen = false;

  /** `nowNs` is a clock that never goes back. */
  constructor(logger: Logger, of: { swarm: string; publisher: string; log: Log; target: string }, nowNs: () => number) {
    this.#logger = logger;
    this.#name = `publisher '${of.publisher}' of swarm '${of.swarm}', in ${of.log}`;
    this.#target = of.target;
    this.#nowNs = nowNs;
  }

  /** Says that the breaker opened, or waits anew. */
  opened(why: Failure, wait: { forNs: number; until: Date }, queuedGroups: number): void {
    const leftOut = this.#failures.count(causeOf(why), this.#nowNs());
    if (leftOut !== undefined) {
      this.#saidOpen = true;
      this.#logger.warn(
        `Sends nothing to ${this.#target} until ${wait.until.toISOString()}, for ${seconds(wait.forNs)}, while ` +
          `${queuedGroups} groups wait: ${this.#name}: ${why.describe()}${others(leftOut)}`,
      );
    }
  }

  /** Says that it is refused for a rate limit, and waits. */
  limited(why: Failure, queuedGroups: number): void {
    const leftOut = this.#failures.count(causeOf(why), this.#nowNs());
    if (leftOut !== undefined) {
      this.#logger.warn(
        `Limited by ${this.#target}, while ${queuedGroups} groups wait: ${this.#name}: ` +
          `${why.describe()}${others(leftOut)}`,
      );
    }
  }

  /** Says that what was acknowledged is in the log no more. */
  lost(groups: number, newest: Position): void {
    this.#logger.warn(
      `Published what ${this.#target} has lost: ${this.#name}: the newest ${groups} groups that were acknowledged, up to ` +
        `operation ${newest.opId}, are not in the log any more, and are not published again`,
    );
  }

  /** Says that it sends again, if a line said that it does not. */
  closed(): void {
    if (this.#saidOpen) {
      this.#saidOpen = false;
      this.#logger.info(`Sends again to ${this.#target}: ${this.#name}`);
    }
  }
}

/** A time as lines of the log say it: `0.3 s`. */
export function seconds(ofNs: number): string {
  return `${(ofNs / NS_PER_SECOND).toFixed(1)} s`;
}
