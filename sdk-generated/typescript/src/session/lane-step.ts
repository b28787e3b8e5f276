// What a lane applies and commits in one go, and what becomes of it.
import { create } from "@bufbuild/protobuf";

import type { Delivery, SnapshotPage, Skipped } from "../../gen/swarmlog/v1/delivery_pb.js";
import type { DigestQuery, DigestReport, Repair } from "../../gen/swarmlog/v1/drift_pb.js";
import { OperationClass, OperationSchema, type Operation } from "../../gen/swarmlog/v1/operation_pb.js";
import type { Position } from "../../gen/swarmlog/v1/position_pb.js";
import type { LogResume } from "../../gen/swarmlog/v1/resume_pb.js";
import { Capability, type Welcome } from "../../gen/swarmlog/v1/session_pb.js";
import type { SyncReceipt } from "../../gen/swarmlog/v1/sync_pb.js";
import type { Log } from "../names.js";
import { NS_PER_MS } from "../units.js";
import type { Batch } from "./batch.js";
import { isKeyed, positionOf } from "./deliveries.js";
import { HeldKey, type KeyInterval } from "./held-key.js";
import type { Scope } from "./scope.js";

/**
 * Which operations of a step are recorded as applied. Where the coordinator chooses, it is those it names, so that one
 * broadcast does not become ten thousand spans; else those that are sampled.
 */
export class TraceChoice {
  private constructor(readonly takes: (opId: bigint, sampled: boolean) => boolean) {}

  /** Those that are sampled. */
  static readonly sampled = new TraceChoice((_, sampled) => sampled);

  static readonly none = new TraceChoice(() => false);

  /** Of a delivery whose coordinator chooses. */
  static of(delivery: Delivery): TraceChoice {
    if (delivery.tracedOpIds.length === 0) {
      return TraceChoice.none;
    }
    const chosen = new Set(delivery.tracedOpIds);
    return new TraceChoice((opId) => chosen.has(opId));
  }
}

/** A run of the log. */
export interface Delivered {
  readonly kind: "delivered";
  readonly operations: readonly Operation[];
  readonly skipped: readonly Skipped[];
  /** It began below the position: what it skipped cannot be told from what was counted before. */
  readonly partlySeen: boolean;
  readonly traced: TraceChoice;
}

/** A run of the keyed state; `pending` are the scopes that are not complete yet behind it. */
export interface Paged {
  readonly kind: "paged";
  readonly page: SnapshotPage;
  readonly pending: readonly Scope[];
}

/** The end of a sync; `scopes` is the view, resolved: all of it is held now. */
export interface Finished {
  readonly kind: "finished";
  readonly receipt: SyncReceipt;
  readonly scopes: readonly Scope[];
}

/** What is held is asked for: the answer goes with the prepared step. */
export interface Queried {
  readonly kind: "queried";
  readonly query: DigestQuery;
  /** For a snapshot that compares first. */
  readonly insideSync: boolean;
}

/** What the user holds is compared with the key index. */
export interface Compared {
  readonly kind: "compared";
}

/** Some of what is held is replaced, outside of a sync. */
export interface Repaired {
  readonly kind: "repaired";
  readonly repair: Repair;
}

export type Content = Delivered | Paged | Finished | Queried | Compared | Repaired;

/** A run of the log of these operations, and nothing skipped. */
export function delivered(operations: readonly Operation[], traced = TraceChoice.none): Delivered {
  return { kind: "delivered", operations, skipped: [], partlySeen: false, traced };
}

/** A sync begins. */
export interface SyncStart {
  /** The view, resolved: what the agent holds of other scopes it drops. */
  readonly scopes: readonly Scope[];
  /** The position is of another history, or events were lost: the sums mean nothing any more. */
  readonly replaces: boolean;
  /** A snapshot begins: no scope is held until its pages have come. */
  readonly holdsNothing: boolean;
}

/**
 * What a lane applies and commits in one go. Position and what is interrupted are in one message, so that they cannot be
 * committed apart.
 */
export interface LaneStep {
  readonly log: Log;
  /** Where the lane stands before, exclusive. */
  readonly fromOpId: bigint;
  /** What is committed, without scopes and sums, which the ledger adds. Nothing but the log in telemetry. */
  readonly resume: LogResume;
  readonly content: Content;
  /** Set on the first step of a session's sync. */
  readonly start?: SyncStart | undefined;
}

/** Where the lane stands after a step. */
export function endOf(step: LaneStep): Position {
  return positionOf(step.resume.position);
}

/** Whether a step may change what is held of a key in the course of a delta or live. */
export function deliversKeys(step: LaneStep): boolean {
  return step.content.kind === "delivered" && step.content.operations.some(isKeyed);
}

/** A step as it is handed to the user and committed. */
export interface PreparedStep {
  readonly batch: Batch;
  /** What is committed. */
  readonly after: LogResume;
  /** Which of the operations, by index, are not of the log, but deletions that the agent makes. */
  readonly made: ReadonlySet<number>;
  /** Keyed operations that changed nothing. */
  readonly redundant: number;
  /** Where the agent's sums differ from the receipt's, in words. */
  readonly mismatches: readonly string[];
  /** One of them concerns the keyed state. */
  readonly stateDiffers: boolean;
  /** The answer to a query. */
  readonly digests: DigestReport | undefined;
  /** Why the user's state could not be compared, whatever the user threw. */
  readonly unread: { readonly cause: unknown } | undefined;
  /**
   * The keys of which the user's state now lacks what the log has, or no longer does. Known once it is applied.
   */
  readonly lacking: readonly HeldKey[];
  /** Whether it lacks any of the lane; known once it is applied. */
  readonly lacks: boolean;
}

/** What is saved with the cursor, in order. */
export function savedKeys(step: PreparedStep): readonly HeldKey[] {
  const changed = step.batch.changedKeys;
  return step.lacking.length > 0 ? [...changed, ...step.lacking] : changed;
}

/** What a step comes to, collected while the ledger prepares it: what the user gets, and what is found out. */
export class StepDraft {
  operations: Operation[] = [];
  readonly made = new Set<number>();
  readonly changed: HeldKey[] = [];
  readonly replaced: KeyInterval[] = [];
  redundant = 0;
  readonly mismatches: string[] = [];
  stateDiffers = false;
  digests: DigestReport | undefined;
  unread: { readonly cause: unknown } | undefined;

  /** Adds a deletion that no operation of the log stands for. */
  delete(scope: Scope, key: string, atOpId: bigint): void {
    this.made.add(this.operations.length);
    this.operations.push(
      create(OperationSchema, {
        opId: atOpId,
        groupFirst: atOpId,
        groupLast: atOpId,
        topic: scope.topicNumber,
        target: scope.target(),
        operationClass: OperationClass.KEYED,
        key,
        keyExisted: true,
        tombstone: true,
      }),
    );
    this.changed.push(new HeldKey(scope, key, new Uint8Array()));
  }
}

/** What the coordinator agreed to for one session. */
export interface SessionTerms {
  /** What comes is a minimal delta, else every operation that is missing. */
  readonly deltas: boolean;
  /** What the agent holds is compared with the log. */
  readonly drift: boolean;
  /** How often sums are looked at; 0 if only after repairs. */
  readonly driftIntervalNs: number;
  /** Operations may be refused. */
  readonly nacks: boolean;
  /** Deliveries say which operations are to be recorded. */
  readonly choosesTraced: boolean;
}

/** Reads what the coordinator agreed to. */
export function termsOf(welcome: Welcome): SessionTerms {
  const accepts = (capability: Capability): boolean => (welcome.capabilities & BigInt(capability)) !== 0n;
  return {
    deltas: accepts(Capability.SYNC),
    drift: accepts(Capability.DRIFT),
    driftIntervalNs: Number(welcome.limits?.driftCheckIntervalMs ?? 0) * NS_PER_MS,
    nacks: accepts(Capability.NACK),
    choosesTraced: welcome.choosesTraced,
  };
}
