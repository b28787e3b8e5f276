// What a lane tells the coordinator of what is committed.
import { create } from "@bufbuild/protobuf";

import type { DigestReport } from "../../gen/swarmlog/v1/drift_pb.js";
import type { Position } from "../../gen/swarmlog/v1/position_pb.js";
import type { LogResume } from "../../gen/swarmlog/v1/resume_pb.js";
import { AckSchema, type Ack } from "../../gen/swarmlog/v1/session_pb.js";
import type { Log } from "../names.js";
import { isSame, positionOf } from "./deliveries.js";
import { endOf, type LaneStep, type PreparedStep } from "./lane-step.js";
import { reported } from "./resume-point.js";
import type { SumsSchedule } from "./sums-schedule.js";
import type { TimerKey } from "./timer-key.js";

/** What telling needs. */
export interface AckOutput {
  /** Tells the coordinator what is durably applied. */
  sendAck(ack: Ack): void;
  /** Answers a query. */
  sendDigests(log: Log, report: DigestReport): void;
  /** Starts a timer; one with the same key is replaced. */
  startTimer(key: TimerKey, delayNs: number): void;
}

/**
 * What a lane tells the coordinator of what is committed: positions, at times with the sums there (see `SumsSchedule`), and
 * answers to queries.
 */
export class LaneAcks {
  readonly #log: Log;
  readonly #output: AckOutput;
  readonly #sums: SumsSchedule;
  // On this stream.
  #lastRepairId = 0n;
  // When operations were applied last, and up to where; undefined if that is not known.
  #applied: { readonly to: Position; readonly unixNs: bigint } | undefined;

  constructor(log: Log, output: AckOutput, sums: SumsSchedule) {
    this.#log = log;
    this.#output = output;
    this.#sums = sums;
  }

  /** A stream is open, on which nothing was told. */
  attach(): void {
    this.#sums.attach();
    this.#lastRepairId = 0n;
  }

  /** Acknowledges a position, and says nothing of what is held there. */
  position(applied: Position): void {
    this.#output.sendAck(this.#ack(applied));
  }

  /**
   * A step is committed, whether or not there is a stream to tell it on.
   *
   * @param unixNs when that was, by the agent's clock
   */
  applied(step: LaneStep, unixNs: bigint): void {
    if (step.content.kind === "delivered" && step.content.operations.length > 0) {
      this.#applied = { to: endOf(step), unixNs };
    }
  }

  /**
   * A step is committed.
   *
   * @param before the position that was committed before, if there was one
   * @param insideSync sums mean nothing yet
   */
  committed(step: LaneStep, done: PreparedStep, before: Position | undefined, insideSync: boolean): void {
    const to = endOf(step);
    const moves = before?.opId !== to.opId;
    if (step.content.kind === "compared") {
      this.report(done.after, done.unread === undefined);
    } else if (done.digests !== undefined) {
      if (moves) {
        this.#sums.applied();
        this.position(to);
      }
      this.#output.sendDigests(this.#log, done.digests);
    } else {
      this.#sums.applied();
      const repairs = step.content.kind === "repaired";
      if (step.content.kind === "repaired") {
        this.#sums.repaired();
        this.#lastRepairId = step.content.repair.repairId;
      }
      if (this.#sums.isDue && !insideSync && !this.#sums.comparesState) {
        this.report(done.after, true);
      } else if (moves || !repairs) {
        // What the user holds after a repair is found out first.
        this.position(to);
      }
    }
  }

  /**
   * Acknowledges what is committed, with its sums.
   *
   * @param withState false: what is held of the keys could not be found out
   */
  report(committed: LogResume, withState: boolean): void {
    const ack = this.#ack(positionOf(committed.position));
    ack.sums = reported(committed, withState);
    this.#output.sendAck(ack);
    const againNs = this.#sums.reported();
    if (againNs > 0) {
      this.#output.startTimer({ kind: "sums", lane: this.#log }, againNs);
    }
  }

  /** That only the position moved to `applied`, or that it was long ago, has no time. */
  #ack(applied: Position): Ack {
    const known = this.#applied !== undefined && isSame(this.#applied.to, applied);
    return create(AckSchema, {
      applied,
      lastRepairId: this.#lastRepairId,
      appliedUnixNano: known ? (this.#applied?.unixNs ?? 0n) : 0n,
    });
  }
}
