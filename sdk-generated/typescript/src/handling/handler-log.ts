// What the handler of a lane writes to the log of its program.
import type { Nack } from "../../gen/swarmlog/v1/parking_pb.js";
import { agentName } from "../agent-log.js";
import { monotonicNs } from "../clock.js";
import type { Logger } from "../logger.js";
import type { Log } from "../names.js";
import { seconds } from "../publishing/program-log.js";
import { others, placeOf, RepeatedFailures } from "../repeated-failures.js";
import type { LaneStep, PreparedStep } from "../session/lane-step.js";
import { describeRepair, repairReportOf } from "../session/reports.js";
import { NS_PER_MS } from "../units.js";
import type { Decision } from "./failure-policy.js";

/** What is known of a failure. */
export interface HandlerFailure {
  readonly opId: bigint;
  /** How often it has been tried by now. */
  readonly tried: number;
  readonly decision: Decision;
  /** What the coordinator will be told; undefined if nothing. */
  readonly nack: Nack | undefined;
  readonly cause: unknown;
}

/**
 * What the handler of a lane writes to the log of its program: what failed and what follows, of each cause and what follows one
 * a minute; and what was found of the state it holds.
 */
export class HandlerLog {
  readonly #swarm: string;
  readonly #name: string;
  readonly #log: Log;
  readonly #logger: Logger;
  readonly #failures = new RepeatedFailures();

  constructor(swarm: string, agent: string, log: Log, logger: Logger) {
    this.#swarm = swarm;
    this.#name = agentName(swarm, agent);
    this.#log = log;
    this.#logger = logger;
  }

  /** A handler threw. */
  failed({ opId, tried, decision, nack, cause }: HandlerFailure): void {
    const leftOut = this.#failures.count(`${decision} ${placeOf(cause)}`, monotonicNs());
    if (leftOut === undefined && decision !== "stop") {
      return;
    }
    this.#logger.warn(
      `Handler of ${this.#log} of ${this.#name} failed at operation ${opId}, attempt ${tried}: ` +
        `${decision}, ${this.#follows(decision, nack)}${others(leftOut ?? 0)}`,
      cause,
    );
  }

  /** Says what a step found of the state that is held, if that is not as it should be. */
  applied(step: LaneStep, done: PreparedStep): void {
    if (step.content.kind === "repaired") {
      const report = describeRepair(repairReportOf(step.content.repair, done.batch));
      this.#logger.warn(`Expected ${this.#name} to hold what the log holds, but it drifted: ${report}`);
    }
    if (done.unread !== undefined) {
      this.#logger.warn(
        `Expected the state of ${this.#name} to be handed over as it is held of ${this.#log}, but that threw: ` +
          "nothing is compared until the next time",
        done.unread.cause,
      );
    }
  }

  #follows(decision: Decision, nack: Nack | undefined): string {
    switch (decision) {
      case "retry-at-once":
        return "tried again at once";
      case "retry-later":
        return (
          `given again in about ${seconds(Number(nack?.retryAfterMs ?? 0) * NS_PER_MS)}, or parked if it has come too ` +
          `often: ./swarmlog parked list ${this.#swarm}`
        );
      case "park":
        return `to be parked: ./swarmlog parked list ${this.#swarm}`;
      case "retry":
        return "tried again within 30 s, and the lane waits for it";
      case "skip":
        return "forgotten";
      case "stop":
        return "the agent stops";
    }
  }
}
