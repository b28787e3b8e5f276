// What the frames of a lane say, one after the other.
import { create } from "@bufbuild/protobuf";

import { session } from "../../gen/swarmlog/v1/constants.js";
import type { Delivery, FellBehind, SnapshotPage, TelemetryDelivery } from "../../gen/swarmlog/v1/delivery_pb.js";
import type { DigestQuery, Repair } from "../../gen/swarmlog/v1/drift_pb.js";
import { PositionSchema, type Position } from "../../gen/swarmlog/v1/position_pb.js";
import { LogResumeSchema, type LogPlan, type LogResume } from "../../gen/swarmlog/v1/resume_pb.js";
import type { DataResponse } from "../../gen/swarmlog/v1/session_pb.js";
import { wireLog, type Log } from "../names.js";
import { NS_PER_MS } from "../units.js";
import {
  isSame,
  isSameHistory,
  isShared,
  misfit,
  positionOf,
  renamed,
  repairMisfit,
  repairScope,
} from "./deliveries.js";
import { LaneAcks, type AckOutput } from "./lane-acks.js";
import type { LaneOutcome } from "./lane-outcome.js";
import {
  delivered,
  endOf,
  TraceChoice,
  type Content,
  type LaneStep,
  type PreparedStep,
  type SessionTerms,
  type SyncStart,
} from "./lane-step.js";
import { repairReportOf } from "./reports.js";
import { ResumePoint } from "./resume-point.js";
import { Scope } from "./scope.js";
import type { SumsSchedule } from "./sums-schedule.js";
import { SyncProgress } from "./sync-progress.js";

/** What a frame leads to: at most one of the two. */
export interface Turn {
  /** The frame is done with: reads one more. */
  request(): void;
  /** A step for the handler. */
  hand(step: LaneStep): void;
}

/**
 * What the frames of a lane say, one after the other: which steps they make, where the lane stands, and which sync is under
 * way. Whose turn it is, its `LaneSession` decides.
 */
export class LaneReader {
  readonly #log: Log;
  readonly #output: AckOutput;
  readonly #turn: Turn;
  readonly #sums: SumsSchedule;
  readonly #acks: LaneAcks;
  #position: Position | undefined;
  // What a restart would resume from. Without a stream, it is where the lane stands.
  readonly #resume: ResumePoint;
  // Whether the coordinator of the session sends deltas, pages and receipts.
  #minimal = false;
  #choosesTraced = false;
  // Between the start of a plan, or FellBehind, and CaughtUp, where deltas are sent.
  #sync: SyncProgress | undefined;
  #scopes: readonly Scope[] = [];
  // Goes with the next step.
  #start: SyncStart | undefined;
  // The position moved without a step.
  #moved = false;
  // The keyed state differed at the end of the last sync.
  #stateDiffered = false;
  #isCaughtUp = false;
  #received = 0;
  #duplicates = 0;
  #ignoredBefore = 0;
  #outOfOrder = 0;

  constructor(
    log: Log,
    stored: LogResume | undefined,
    lacksKeys: boolean,
    output: AckOutput,
    turn: Turn,
    sums: SumsSchedule,
  ) {
    this.#log = log;
    this.#output = output;
    this.#turn = turn;
    this.#sums = sums;
    this.#acks = new LaneAcks(log, output, sums);
    this.#position = stored === undefined ? undefined : positionOf(stored.position);
    this.#resume = new ResumePoint(log, stored, lacksKeys);
  }

  /**
   * Where the lane stands; undefined if it has no position yet. Everything at or below it is applied, or not for this agent.
   * Never goes back within an epoch while there is a stream.
   */
  get position(): Position | undefined {
    return this.#position;
  }

  get isCaughtUp(): boolean {
    return this.#isCaughtUp;
  }

  /** Operations handed over since the lane was attached. */
  get received(): number {
    return this.#received;
  }

  /** Operations that came again since the lane was attached. */
  get duplicates(): number {
    return this.#duplicates;
  }

  /** Operations that came again since the agent was started. */
  get ignored(): number {
    return this.#ignoredBefore + this.#duplicates;
  }

  /** Frames that did not follow on what the lane had since the agent was started. */
  get outOfOrder(): number {
    return this.#outOfOrder;
  }

  /** What Hello says of the lane while a handler has a step; undefined for nothing. */
  present(applying: LaneStep | undefined): LogResume | undefined {
    return this.#resume.present(applying);
  }

  /** Takes over what to expect of the coordinator of the session that begins. */
  expect(terms: SessionTerms): void {
    this.#minimal = terms.deltas && this.#log !== "telemetry";
    this.#choosesTraced = terms.choosesTraced;
    this.#sums.expect(this.#minimal && terms.drift, terms.driftIntervalNs);
  }

  /** Why the plan cannot be followed from what is committed; undefined if it can. */
  planMisfit(plan: LogPlan): string | undefined {
    return this.#resume.misfit(plan, this.#minimal);
  }

  /** A stream is open for the lane, and follows the plan. */
  attach(plan: LogPlan | undefined): void {
    this.#start = undefined;
    this.#sync = undefined;
    if (plan?.start !== undefined) {
      this.#adopt(plan, plan.start);
    }
    this.#acks.attach();
    this.#isCaughtUp = false;
    this.#received = 0;
    this.#ignoredBefore += this.#duplicates;
    this.#duplicates = 0;
  }

  /** The stream is gone. */
  detach(): void {
    this.#isCaughtUp = false;
    this.#sync = undefined;
  }

  /** Forgets what was read and not committed. */
  standAtCommitted(): void {
    this.#position = this.#resume.position;
    this.#start = undefined;
    this.#moved = false;
  }

  /** Reads a frame; no handler has a step. */
  frame({ frame }: DataResponse): LaneOutcome {
    switch (frame.case) {
      case "delivery":
        return this.#delivery(frame.value);
      case "caughtUp":
        return this.#caughtUp(positionOf(frame.value.position));
      case "fellBehind":
        return this.#fellBehind(frame.value);
      case "telemetry":
        return this.#telemetry(frame.value);
      case "snapshot":
        return this.#page(frame.value);
      case "digestQuery":
        return this.#query(frame.value);
      case "repair":
        return this.#repair(frame.value);
      case "receipt":
        if (this.#sync !== undefined) {
          this.#sync.receipt = frame.value;
        }
        break;
      default:
      // What else there may be is of a later version; what must not be missed would come as a capability we did not ask for.
    }
    this.#turn.request();
    return undefined;
  }

  /**
   * A step is committed.
   *
   * @param appliedUnixNs when that was, by the agent's clock
   */
  applied(step: LaneStep, done: PreparedStep, attached: boolean, appliedUnixNs: bigint): LaneOutcome {
    const { content } = step;
    if (this.#log !== "telemetry") {
      const before = this.#resume.position;
      this.#position = endOf(step);
      this.#resume.commit(done);
      this.#acks.applied(step, appliedUnixNs);
      if (attached) {
        const insideSync = this.#sync !== undefined && content.kind !== "finished";
        this.#acks.committed(step, done, before, insideSync);
      }
    }
    if (attached && this.#sync !== undefined) {
      this.#sync.applied(done.redundant);
      if (content.kind === "finished") {
        return this.#finished(this.#sync, done);
      }
    }
    return content.kind === "repaired"
      ? { kind: "mended", report: repairReportOf(content.repair, done.batch) }
      : undefined;
  }

  /** The interval between two reports is over. */
  sumsDue(): void {
    this.#sums.elapsed();
  }

  /** Reports what is held, if that is due and was not done with an ack. No handler has a step. */
  report(): void {
    const stands = this.#position;
    const { committed } = this.#resume;
    if (this.#sync !== undefined || stands === undefined || committed === undefined || !this.#sums.isDue) {
      return;
    }
    if (this.#sums.comparesState) {
      this.#hand(this.#resume.opId, this.#after(stands), { kind: "compared" });
    } else {
      this.#acks.report(committed, true);
    }
  }

  /** Hands over a position that moved without operations; no handler has a step. */
  flush(): void {
    if (this.#moved && this.#position !== undefined) {
      this.#hand(this.#resume.opId, this.#after(this.#position), delivered([]));
    }
  }

  #hand(fromOpId: bigint, resume: LogResume, content: Content): void {
    const step: LaneStep = { log: this.#log, fromOpId, resume, content, start: this.#start };
    this.#start = undefined;
    this.#moved = false;
    this.#turn.hand(step);
  }

  #delivery(delivery: Delivery): LaneOutcome {
    const why = misfit(delivery, this.#position, this.#sync?.target);
    if (why !== undefined) {
      return this.#doesNotFollow(why);
    }
    const { operations, skipped } = delivery;
    const fromOpId = this.#position?.opId ?? delivery.fromOpId;
    const to = positionOf(delivery.to);
    this.#sync?.delivered(operations.length);
    const firstFresh = operations.findIndex((operation) => operation.opId > fromOpId);
    const seen = firstFresh < 0 ? operations.length : firstFresh;
    this.#duplicates += seen;
    if (seen === operations.length && !(skipped.length > 0 && to.opId > fromOpId)) {
      const stands = this.#resume.position;
      if (stands !== undefined && isSameHistory(stands, to) && operations.length > 0) {
        // Applied while the lane was detached: nothing else would acknowledge it on this stream.
        this.#acks.position(to.opId <= stands.opId ? to : stands);
      }
      this.#move(to);
      this.#turn.request();
      return undefined;
    }
    this.#received += operations.length - seen;
    this.#hand(fromOpId, this.#after(to), {
      kind: "delivered",
      operations: seen > 0 ? operations.slice(seen) : operations,
      skipped,
      partlySeen: delivery.fromOpId < fromOpId,
      traced: this.#choosesTraced ? TraceChoice.of(delivery) : TraceChoice.sampled,
    });
    return undefined;
  }

  #page(page: SnapshotPage): LaneOutcome {
    const sync = this.#sync;
    if (sync === undefined) {
      return this.#doesNotFollow("Expected keyed state within a sync, but got some after one");
    }
    const why = sync.pageMisfit(page);
    if (why !== undefined) {
      return this.#doesNotFollow(why);
    }
    const operations = page.operations.length;
    sync.paged(operations);
    if (sync.isBehind(page)) {
      this.#duplicates += operations;
      this.#turn.request();
      return undefined;
    }
    this.#received += operations;
    const after = sync.advance(page);
    const content: Content = { kind: "paged", page, pending: sync.pending };
    this.#hand(positionOf(page.position).opId, after, content);
    return undefined;
  }

  #caughtUp(at: Position): LaneOutcome {
    const ending = this.#sync;
    if (ending === undefined) {
      if (this.#position === undefined || isSameHistory(this.#position, at)) {
        this.#move(at);
      }
      this.#isCaughtUp = true;
      this.#turn.request();
      return { kind: "caught-up" };
    }
    const why = ending.endMisfit(at);
    if (why !== undefined || ending.receipt === undefined) {
      return this.#doesNotFollow(why ?? "Expected a receipt, but there is none");
    }
    this.#hand(this.#position?.opId ?? at.opId, create(LogResumeSchema, { position: ending.target }), {
      kind: "finished",
      receipt: ending.receipt,
      scopes: this.#scopes,
    });
    return undefined;
  }

  /** The end of a sync is committed. */
  #finished(ended: SyncProgress, done: PreparedStep): LaneOutcome {
    const report = ended.report(done.mismatches);
    this.#sync = undefined;
    // Where sums are looked at, those that go with the end of the sync lead to a repair.
    if (done.stateDiffers && !this.#stateDiffered && !this.#sums.heals) {
      this.#stateDiffered = true;
      // Hello carries the sums: the coordinator answers with a snapshot.
      const why = `Expected the keyed state of the receipt, but it differs: ${done.mismatches[0] ?? ""}`;
      return { kind: "resync", why, report };
    }
    // A second time in a row it is told only: nothing would mend it.
    this.#stateDiffered = done.stateDiffers;
    this.#isCaughtUp = true;
    return { kind: "caught-up", report };
  }

  #query(query: DigestQuery): LaneOutcome {
    const stands = this.#position;
    if (!this.#sums.accepted) {
      this.#turn.request();
      return undefined;
    }
    const insideSync = this.#sync !== undefined;
    if (stands === undefined || this.#sync?.mayBeAsked(stands) === false) {
      return this.#doesNotFollow(
        "Expected queries of digests between syncs and where a plan compares, " +
          `but query ${query.queryId} came elsewhere`,
      );
    }
    this.#hand(this.#resume.opId, this.#after(stands), { kind: "queried", query, insideSync });
    return undefined;
  }

  #repair(repair: Repair): LaneOutcome {
    const stands = this.#position;
    if (!this.#sums.accepted) {
      this.#turn.request();
      return undefined;
    }
    if (this.#sync !== undefined || stands === undefined) {
      return this.#doesNotFollow(
        "Expected repairs between syncs, " + `but one of ${repairScope(repair).toString()} came inside of one`,
      );
    }
    const why = repairMisfit(repair, stands, this.#scopes);
    if (why !== undefined) {
      return this.#doesNotFollow(why);
    }
    this.#hand(stands.opId, this.#after(stands), { kind: "repaired", repair });
    return undefined;
  }

  #fellBehind(frame: FellBehind): LaneOutcome {
    const stands = this.#position;
    const at = positionOf(frame.position);
    const head = positionOf(frame.head);
    if (this.#minimal && stands !== undefined) {
      if (this.#sync !== undefined || !isSame(stands, at)) {
        return this.#doesNotFollow(
          `Expected to fall behind at operation ${stands.opId} with no sync under way, ` + `but it was at ${at.opId}`,
        );
      }
      this.#sync = SyncProgress.fellBehind(stands, head);
    }
    if (this.#minimal && this.#resume.lacksKeys) {
      const why =
        "Expected every key that changed, since operations were refused, but the delta of " +
        "a reader that fell behind leaves out those with the value they had";
      return { kind: "resync", why };
    }
    this.#isCaughtUp = false;
    this.#turn.request();
    return { kind: "fell-behind", head };
  }

  #telemetry(delivery: TelemetryDelivery): LaneOutcome {
    const { operations, droppedCount } = delivery;
    if (operations.length > 0) {
      this.#received += operations.length;
      const position = create(PositionSchema, { log: wireLog(this.#log) });
      const traced = this.#choosesTraced ? TraceChoice.none : TraceChoice.sampled;
      this.#hand(0n, create(LogResumeSchema, { position }), delivered(operations, traced));
    } else {
      this.#turn.request();
    }
    return droppedCount > 0n ? { kind: "dropped", count: droppedCount } : undefined;
  }

  /** The frame does not follow on what the lane has. */
  #doesNotFollow(why: string): LaneOutcome {
    this.#outOfOrder++;
    return { kind: "resync", why };
  }

  /** Moves the position without operations, and sees to it that it is committed in a moment. */
  #move(to: Position): void {
    const behind = this.#position !== undefined && to.opId <= this.#position.opId;
    if (this.#log === "telemetry" || behind) {
      return;
    }
    this.#position = to;
    if (!this.#moved) {
      this.#moved = true;
      this.#output.startTimer({ kind: "flush", lane: this.#log }, session.flushDelayMs * NS_PER_MS);
    }
  }

  /**
   * Takes the start of a plan over. A start in another history replaces the position; in the same one it can only move it
   * over what is lost. With deltas, that is committed with the first step and not before. Where the history that the lane
   * knows goes on under the name of another epoch, so does all that it counted.
   */
  #adopt(plan: LogPlan, startAt: Position): void {
    let stands = this.#position;
    this.#resume.adopt(plan, startAt);
    if (stands !== undefined && isShared(stands, plan)) {
      stands = renamed(stands, startAt);
      this.#position = stands;
    }
    const replaces = stands !== undefined && (!isSameHistory(stands, startAt) || startAt.opId > stands.opId);
    if (stands === undefined || replaces) {
      stands = startAt;
      this.#position = startAt;
      if (!this.#minimal || (this.#resume.committed === undefined && startAt.opId === 0n)) {
        this.#resume.committed = create(LogResumeSchema, { position: startAt });
      }
    }
    if (this.#minimal) {
      this.#scopes = plan.scopes.map((scope) => Scope.from(scope));
      this.#sync = new SyncProgress(plan, stands, this.#resume.committed);
      const holdsNothing = this.#sync.beginsSnapshot;
      this.#start = { scopes: this.#scopes, replaces, holdsNothing };
    }
  }

  /** What is committed with a delivery up to a position. */
  #after(to: Position): LogResume {
    return this.#sync === undefined ? this.#resume.after(to) : this.#sync.after(to);
  }
}
