// What a lane has committed, and what Hello says of it.
import { create, type MessageInitShape } from "@bufbuild/protobuf";

import { ScopeSumsSchema, type Scope as ScopeMessage, type ScopeSums } from "../../gen/swarmlog/v1/operation_pb.js";
import type { Position } from "../../gen/swarmlog/v1/position_pb.js";
import {
  LogResumeSchema,
  type LogPlan,
  ResumeTripleSchema,
  SnapshotResumeSchema,
  type LogResume,
  type ResumeTriple,
  type SnapshotResume,
} from "../../gen/swarmlog/v1/resume_pb.js";
import type { Log } from "../names.js";
import { beginning, isSame, isSameHistory, isShared, positionOf, renamed } from "./deliveries.js";
import { ZERO } from "./digests.js";
import { deliversKeys, endOf, type LaneStep, type PreparedStep } from "./lane-step.js";
import { Scope } from "./scope.js";

/**
 * What a lane has committed, and what Hello said of it.
 *
 * The coordinator selects what it sends by what Hello says the agent holds, and Hello says what is committed; but a step
 * that a handler still has will be committed before anything of the new plan is applied. Waiting for the handler would hold
 * up the other lanes, so:
 *
 * - While a handler has keyed operations, Hello says that it is not known what the agent holds of the keys from the cursor
 *   to the end of the step: a triple that is not exact. Then every key touched above the cursor comes with its newest
 *   operation. Those at or below the end of the step were applied by it (or left out, because the agent held that value),
 *   and are ignored as always; the others are right whatever the step did.
 * - If the step was the first one of a snapshot, the plan knows nothing of that snapshot: the lane asks to connect once more
 *   (`misfit`). Later pages overlap instead: a page that lies behind is ignored, and any other replaces the same interval
 *   again.
 * - If the step was the first one of a delta whose end is lost by then, it has left out keys for what is lost: the lane asks to
 *   connect once more.
 * - While a handler has a repair, Hello says nothing of sums: those that are committed differ, and those behind the repair
 *   are not there yet. If it then refuses a key of it, the plan may leave that key out, because it has the value of the
 *   repair again: the lane asks to connect once more, too.
 * - While the user's state lacks keys of operations that were refused, Hello says the same of the keys from the cursor on: a
 *   key that has the refused value again by then must come.
 * - What a delivery skipped that began below the position cannot be told from what was counted: the event sums of those
 *   scopes are taken from the receipt.
 */
export class ResumePoint {
  readonly #log: Log;
  /** What is committed; undefined before anything is. */
  committed: LogResume | undefined;
  // The same, under the name of the epoch in which it goes on: a step of that epoch is one behind it. Undefined where the name is
  // as it was, or what was interrupted does not go on.
  #renamed: LogResume | undefined;
  #presented: LogResume | undefined;
  #lacksKeys: boolean;

  constructor(log: Log, stored: LogResume | undefined, lacksKeys: boolean) {
    this.#log = log;
    this.committed = stored;
    this.#lacksKeys = lacksKeys;
  }

  /** Whether the user's state lacks keys of operations that were refused. */
  get lacksKeys(): boolean {
    return this.#lacksKeys;
  }

  /** Takes a step over that is committed. */
  commit(done: PreparedStep): void {
    this.committed = done.after;
    this.#renamed = undefined;
    this.#lacksKeys = done.lacks;
  }

  /** Takes over under which name the history goes on that a plan starts in. */
  adopt(plan: LogPlan, startAt: Position): void {
    const stands = this.committed;
    const goesOn =
      stands !== undefined &&
      isShared(positionOf(stands.position), plan) &&
      snapshotOf(stands) === undefined &&
      targetOf(stands) <= forkOf(plan);
    this.#renamed = goesOn ? changed(stands, { position: renamed(positionOf(stands.position), startAt) }) : undefined;
  }

  /** Where the lane stands; undefined if it has no position yet. */
  get position(): Position | undefined {
    return this.committed === undefined ? undefined : positionOf(this.committed.position);
  }

  /** The last operation that is committed; 0 if there is none. */
  get opId(): bigint {
    return this.committed?.position?.opId ?? 0n;
  }

  /** What Hello says; undefined if there is nothing to say. A handler has the step, if any. */
  present(applying: LaneStep | undefined): LogResume | undefined {
    this.#presented = this.#said(applying);
    return this.#presented;
  }

  /**
   * Why a plan that answers what was presented cannot be followed now; undefined if it can.
   *
   * @param minimal the coordinator sends deltas and snapshots at all
   */
  misfit(plan: LogPlan, minimal: boolean): string | undefined {
    const goesOn = snapshotOf(this.committed)?.position;
    if (goesOn === undefined) {
      if (minimal && this.#isDeltaLost(plan)) {
        return (
          `Expected a plan of ${this.#log} that knows of the delta to operation ${targetOf(this.committed)}, which is lost behind ` +
          `${forkOf(plan)}, but it was made before that began`
        );
      }
      return minimal && this.#lacksKeys && saysWhatIsHeld(this.#presented)
        ? `Expected a plan of ${this.#log} for a state that lacks keys, but it was made before they were refused`
        : undefined;
    }
    if (!minimal) {
      return `Expected a coordinator that finishes the snapshot of ${this.#log}, ` + "but this one sends none";
    }
    const presented = snapshotOf(this.#presented)?.position;
    if (presented !== undefined && isSame(presented, goesOn)) {
      return undefined;
    }
    return `Expected a plan that goes on with the snapshot of ${this.#log}, ` + "but it was made before that began";
  }

  /** What is committed with a delivery of every operation up to a position, outside syncs. */
  after(to: Position): LogResume {
    const triple = tripleOf(this.committed);
    if (triple === undefined || to.opId >= triple.targetOpId) {
      return create(LogResumeSchema, { position: to });
    }
    // Every operation comes instead of the rest of the delta: what is held in between is unknown.
    return create(LogResumeSchema, {
      position: to,
      interrupted: {
        case: "triple",
        value: { ...parts(triple), cursorOpId: to.opId, exact: false },
      },
    });
  }

  /** Whether the end of the delta under way is lost, and the plan was made for an agent that had none. */
  #isDeltaLost(plan: LogPlan): boolean {
    const fork = forkOf(plan);
    return (
      isShared(positionOf(this.committed?.position), plan) &&
      targetOf(this.committed) > fork &&
      targetOf(this.#presented) <= fork
    );
  }

  #said(applying: LaneStep | undefined): LogResume | undefined {
    const stands = applying === undefined ? this.committed : (this.#renamed ?? this.committed);
    if (this.#log === "telemetry" || stands === undefined) {
      return undefined;
    }
    if (applying !== undefined && deliversKeys(applying)) {
      return withoutSums(uncertain(stands, endOf(applying)));
    }
    if (this.#lacksKeys) {
      return withoutSums(uncertain(stands, positionOf(stands.position)));
    }
    return applying?.content.kind === "repaired" ? withoutSums(stands) : asPresented(stands);
  }
}

/** Whether a plan may leave out keys that have the value again that was presented as held. */
function saysWhatIsHeld(presented: LogResume | undefined): boolean {
  return presented !== undefined && snapshotOf(presented) === undefined && (tripleOf(presented)?.exact ?? true);
}

/**
 * What Hello says of a stored resume state: sums only where nothing is interrupted and only what is known, and zero ones in
 * full, since those are a claim too.
 */
export function asPresented(stored: LogResume): LogResume {
  const presented = withoutSums(stored);
  if (isInterrupted(stored)) {
    return presented;
  }
  const zero = new Map(stored.scopes.map((scope) => [Scope.from(scope).id, scope]));
  for (const sums of stored.sums) {
    zero.delete(Scope.from(sums.scope).id);
    if (sums.eventHash.length > 0) {
      presented.sums.push(sums);
    }
  }
  presented.sums.push(...[...zero.values()].map(zeroSums));
  return presented;
}

/**
 * The sums that go with an ack of a resume state: of each scope held, without state digest where its keys are not known,
 * without event hash where its events are not. Empty where something is interrupted.
 *
 * @param withState false: what is held of the keys could not be found out
 */
export function reported(stored: LogResume, withState: boolean): ScopeSums[] {
  if (isInterrupted(stored)) {
    return [];
  }
  const stated = new Map(stored.sums.map((sums) => [Scope.from(sums.scope).id, sums]));
  return stored.scopes.map((scope) => {
    const sums = stated.get(Scope.from(scope).id) ?? zeroSums(scope);
    return withState ? sums : create(ScopeSumsSchema, { ...parts(sums), stateDigest: new Uint8Array() });
  });
}

/**
 * Says the same, but that it is not known what is held of the keys of operations from there to a position, which may have
 * taken effect or not.
 */
export function uncertain(stands: LogResume | undefined, to: Position): LogResume {
  if (stands === undefined) {
    return uncertain(create(LogResumeSchema, { position: beginning(to) }), to);
  }
  const position = positionOf(stands.position);
  if (stands.interrupted.case === "snapshot" || !isSameHistory(position, to)) {
    return stands; // Pages are replaced again.
  }
  const cursor = position.opId;
  const target = targetOf(stands);
  return changed(stands, {
    interrupted: {
      case: "triple",
      value: create(ResumeTripleSchema, {
        baseOpId: cursor,
        cursorOpId: cursor,
        targetOpId: to.opId > target ? to.opId : target,
      }),
    },
  });
}

/**
 * What holds while a step may have taken effect or not: as `uncertain`, and without the scopes of which keys may be gone or
 * replaced that would not come again. These are the scopes dropped from the view, since a later view may have them again;
 * and every scope where pages of another snapshot or history come, since it is a coordinator that says whether the old one
 * can be resumed.
 *
 * @param after what is committed with the step; it names every scope of the view, as held or with sums
 */
export function underWay(stands: LogResume | undefined, after: LogResume): LogResume {
  const noted = uncertain(stands, positionOf(after.position));
  const kept = new Set<string>();
  if (!isReplaced(noted, after)) {
    for (const scope of [...after.scopes, ...after.sums.map((sums) => sums.scope)]) {
      kept.add(Scope.from(scope).id);
    }
  }
  return keeping(noted, (scope) => kept.has(scope.id));
}

/** The same resume state, of a snapshot that is not in the middle of any scope but these. */
export function within(stands: LogResume, isKept: (scope: Scope) => boolean): LogResume {
  const snapshot = snapshotOf(stands);
  if (snapshot?.scope === undefined || isKept(Scope.from(snapshot.scope))) {
    return stands;
  }
  return changed(stands, { interrupted: snapshotAt(positionOf(snapshot.position)) });
}

/** The snapshot that is interrupted, if it is one. */
export function snapshotOf(stands: LogResume | undefined): SnapshotResume | undefined {
  return stands?.interrupted.case === "snapshot" ? stands.interrupted.value : undefined;
}

function tripleOf(stands: LogResume | undefined): ResumeTriple | undefined {
  return stands?.interrupted.case === "triple" ? stands.interrupted.value : undefined;
}

/** Where the delta that is interrupted ends; 0 if there is none. */
function targetOf(stands: LogResume | undefined): bigint {
  return tripleOf(stands)?.targetOpId ?? 0n;
}

/** The last operation that an epoch that ended has in common with the log; 0 if that is not known. */
function forkOf({ fork }: LogPlan): bigint {
  return fork?.opId ?? 0n;
}

function isInterrupted(stored: LogResume): boolean {
  return stored.interrupted.case !== undefined;
}

function isReplaced(stands: LogResume, after: LogResume): boolean {
  const before = snapshotOf(stands);
  if (before === undefined) {
    return !isSameHistory(positionOf(stands.position), positionOf(after.position));
  }
  const following = snapshotOf(after);
  return following !== undefined && !isSame(positionOf(before.position), positionOf(following.position));
}

/** Holds no scopes but these. */
function keeping(stands: LogResume, isKept: (scope: Scope) => boolean): LogResume {
  const scopes = stands.scopes.filter((scope) => isKept(Scope.from(scope)));
  if (stands.interrupted.case === "snapshot") {
    return within(changed(stands, { scopes }), isKept);
  }
  if (scopes.length === 0 && stands.scopes.length > 0) {
    // Without a snapshot it would mean that the agent does not say what it holds.
    return changed(stands, { scopes, interrupted: snapshotAt(positionOf(stands.position)) });
  }
  // A scope that is added to a delta has events from the target on, and not from here.
  const sums = stands.sums.map((each) =>
    isKept(Scope.from(each.scope))
      ? each
      : create(ScopeSumsSchema, { ...parts(each), eventCount: 0n, eventHash: new Uint8Array() }),
  );
  return changed(stands, { scopes, sums });
}

function snapshotAt(position: Position): LogResume["interrupted"] {
  return { case: "snapshot", value: create(SnapshotResumeSchema, { position }) };
}

function withoutSums(stands: LogResume): LogResume {
  return changed(stands, { sums: [] });
}

/** A copy with these fields instead; its parts are shared, as no message is changed once it is made. */
function changed(stands: LogResume, by: MessageInitShape<typeof LogResumeSchema>): LogResume {
  return create(LogResumeSchema, { ...parts(stands), ...by });
}

/** The fields of a message, of which another one is made. */
function parts<T extends { $typeName: string; $unknown?: unknown }>(message: T): Omit<T, "$typeName" | "$unknown"> {
  const { $typeName: _, $unknown: __, ...rest } = message;
  return rest;
}

function zeroSums(scope: ScopeMessage): ScopeSums {
  return create(ScopeSumsSchema, { scope, stateDigest: ZERO, eventHash: ZERO });
}
