// What an agent writes to the log of its program.
import { NackReply_Outcome, type NackReply } from "../gen/swarmlog/v1/parking_pb.js";
import type { Position } from "../gen/swarmlog/v1/position_pb.js";
import type { Failure } from "./failure.js";
import type { Logger } from "./logger.js";
import { logNamed, type Log } from "./names.js";
import { seconds } from "./publishing/program-log.js";
import { causeOf, others, RepeatedFailures } from "./repeated-failures.js";
import { NS_PER_MS } from "./units.js";

/**
 * What an agent writes to the log of its program, also where nobody listens to it: that it is not connected and why, that it is
 * again, that it has stopped for good, that its handler is left alone. Silent while all is well.
 */
export class AgentLog {
  readonly #swarm: string;
  readonly #name: string;
  readonly #target: string;
  readonly #logger: Logger;
  readonly #nowNs: () => number;
  readonly #failures = new RepeatedFailures();
  #draining = false;
  // Since it was connected last a line said that it is not.
  #saidDisconnected = false;

  /**
   * @param target the coordinator's address
   * @param nowNs a clock that never goes back
   */
  constructor(swarm: string, agent: string, target: string, logger: Logger, nowNs: () => number) {
    this.#swarm = swarm;
    this.#name = agentName(swarm, agent);
    this.#target = target;
    this.#logger = logger;
    this.#nowNs = nowNs;
  }

  /** A session is open. */
  connected(): void {
    this.#draining = false;
    if (this.#saidDisconnected) {
      this.#saidDisconnected = false;
      this.#logger.info(`Connected again to ${this.#target}: ${this.#name}`);
    }
  }

  /** The next end of the session is one that the coordinator asked for. */
  draining(): void {
    this.#draining = true;
  }

  /** The session ended, or could not be opened. */
  disconnected(why: Failure, retryInNs: number): void {
    if (this.#draining) {
      this.#draining = false;
      return;
    }
    const leftOut = this.#failures.count(causeOf(why), this.#nowNs());
    if (leftOut === undefined) {
      return;
    }
    this.#saidDisconnected = true;
    const at = new Date(Date.now() + retryInNs / NS_PER_MS).toISOString();
    const what =
      why.reason === "BREAKER_OPEN"
        ? `Not served by ${this.#target} until ${at}, in ${seconds(retryInNs)}`
        : `Not connected to ${this.#target}, next try at ${at}, in ${seconds(retryInNs)}`;
    this.#logger.warn(`${what}: ${this.#name}: ${why.describe()}${others(leftOut)}`);
  }

  /** The agent has stopped for good. */
  refused(why: Failure): void {
    this.#logger.warn(`Stopped for good: ${this.#name}: ${why.describe()}`);
  }

  /** The agent has applied what is in the log no more. */
  parted(applied: Position, fork: Position | undefined): void {
    const shared =
      fork === undefined ? "which is of another history of the log" : `of which the log has those up to ${fork.opId}`;
    this.#logger.warn(
      `Applied what the coordinator has lost: ${this.#name} stood at operation ${applied.opId} of ${logNamed(applied.log)}, ` +
        `${shared}: what the rest did has to be looked at`,
    );
  }

  /** The handler of a lane is left alone. */
  handlerHeld(log: Log, retryInNs: number): void {
    this.#logger.warn(
      `Handler of ${log} of ${this.#name} fails at nearly everything: left alone for ${seconds(retryInNs)}, then one ` +
        "operation is tried",
    );
  }

  /** The coordinator has answered what becomes of an operation. */
  nackAnswered(reply: NackReply): void {
    if (reply.outcome !== NackReply_Outcome.PARKED) {
      return;
    }
    const leftOut = this.#failures.count("parked", this.#nowNs());
    if (leftOut !== undefined) {
      this.#logger.warn(
        `Parked: operation ${reply.opId} of ${logNamed(reply.log)}, which ${this.#name} could not apply; see ` +
          `./swarmlog parked list ${this.#swarm}${others(leftOut)}`,
      );
    }
  }
}

/** The agent as lines of the log name it. */
export function agentName(swarm: string, agent: string): string {
  return `agent '${agent}' of swarm '${swarm}'`;
}
