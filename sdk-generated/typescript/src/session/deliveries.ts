// What holds for every position, delivery, page and repair.
import { create } from "@bufbuild/protobuf";

import type { Delivery, SnapshotPage } from "../../gen/swarmlog/v1/delivery_pb.js";
import type { Repair } from "../../gen/swarmlog/v1/drift_pb.js";
import { OperationClass, type Operation } from "../../gen/swarmlog/v1/operation_pb.js";
import { PositionSchema, type Position } from "../../gen/swarmlog/v1/position_pb.js";
import type { LogPlan } from "../../gen/swarmlog/v1/resume_pb.js";
import { ZERO } from "./digests.js";
import { compareKeys } from "./held-key.js";
import { Scope } from "./scope.js";

/** A position that a message may lack; read as the empty one then. */
export type MaybePosition = Position | undefined;

const EMPTY: Position = create(PositionSchema);

/** The position of a message; an empty one, not to be changed, where it has none. */
export function positionOf(position: MaybePosition): Position {
  return position ?? EMPTY;
}

/** Whether both name the same point of the same history. */
export function isSame(a: Position, b: Position): boolean {
  return a.opId === b.opId && isSameHistory(a, b);
}

/** Whether an operation ID of the one means the same in the other. */
export function isSameHistory(a: Position, b: Position): boolean {
  return a.epoch === b.epoch && a.incarnation === b.incarnation;
}

/** Whether a position of an epoch that ended is part of the history that a plan starts in: only its name has changed. */
export function isShared(position: Position, { fork }: LogPlan): boolean {
  return fork !== undefined && isSameHistory(position, fork) && position.opId <= fork.opId;
}

/** The same point of a history that goes on under the name of another epoch. */
export function renamed(position: Position, { epoch }: Position): Position {
  const { $typeName: _, ...rest } = position;
  return create(PositionSchema, { ...rest, epoch });
}

/**
 * Why the delivery cannot be the next one; undefined if it can, or if it has been applied already.
 *
 * @param stands where the lane stands; undefined if it has no position yet
 * @param end where deliveries end for now; undefined if they do not
 */
export function misfit(delivery: Delivery, stands: MaybePosition, end: MaybePosition): string | undefined {
  const to = positionOf(delivery.to);
  if (stands !== undefined && !isSameHistory(stands, to)) {
    return `Expected deliveries of epoch ${hex64(stands.epoch)}, but got one of epoch ${hex64(to.epoch)}`;
  }
  if (stands !== undefined && delivery.fromOpId > stands.opId) {
    return (
      `Expected a delivery that starts at operation ${stands.opId} or before, ` +
      `but it starts at ${delivery.fromOpId}`
    );
  }
  if (!ascend(delivery.fromOpId, delivery.operations, to.opId)) {
    return (
      `Expected operations in ascending order within (${delivery.fromOpId}, ${to.opId}], ` + "but got another order"
    );
  }
  if (end !== undefined && to.opId > end.opId) {
    return `Expected deliveries up to the target ${end.opId} of the sync, but got one up to ${to.opId}`;
  }
  return undefined;
}

/** Why the keys of a page are not in its interval, or not in order; undefined if they are. */
export function keysMisfit(page: SnapshotPage): string | undefined {
  let before = page.afterKey;
  for (const { key } of page.operations) {
    if (compareKeys(key, before) <= 0) {
      return `Expected keys in ascending order behind '${before}', but got '${key}'`;
    }
    before = key;
  }
  if (page.throughKey !== "" && compareKeys(before, page.throughKey) > 0) {
    return `Expected keys up to '${page.throughKey}', but got '${before}'`;
  }
  return undefined;
}

/** The one scope that a repair is of. */
export function repairScope(repair: Repair): Scope {
  return Scope.from(repair.pages[0]?.scope ?? repair.events?.scope);
}

/**
 * Why the repair cannot be applied; undefined if it can.
 *
 * @param at where the lane stands
 * @param view the scopes that are held
 */
export function repairMisfit(repair: Repair, at: Position, view: readonly Scope[]): string | undefined {
  const scope = repairScope(repair);
  if (
    !view.some((held) => held.id === scope.id) ||
    (repair.events !== undefined && Scope.from(repair.events.scope).id !== scope.id)
  ) {
    return `Expected a repair of one scope of the view, but got one of ${scope.toString()}`;
  }
  let before = "";
  for (const page of repair.pages) {
    const position = positionOf(page.position);
    if (!isSame(position, at)) {
      return (
        `Expected a repair at operation ${at.opId}, where the lane stands, ` +
        `but got one at operation ${position.opId}`
      );
    }
    const ofPage = Scope.from(page.scope);
    if (ofPage.id !== scope.id || compareKeys(page.afterKey, before) < 0) {
      return (
        `Expected intervals of keys of ${scope.toString()} in ascending order behind '${before}', ` +
        `but got one of ${ofPage.toString()} behind '${page.afterKey}'`
      );
    }
    const why = keysMisfit(page);
    if (why !== undefined) {
      return why;
    }
    before = page.throughKey;
  }
  return undefined;
}

/** The position before the first operation of the same log and history. */
export function beginning(of: Position): Position {
  const { $typeName: _, ...rest } = of;
  return create(PositionSchema, { ...rest, opId: 0n, runningHash: ZERO });
}

/** Whether the operation is one on a key, as the log has it. */
export function isKeyed(operation: Operation): boolean {
  return operation.operationClass === OperationClass.KEYED;
}

function ascend(after: bigint, operations: readonly Operation[], through: bigint): boolean {
  let last = after;
  for (const { opId } of operations) {
    if (opId <= last) {
      return false;
    }
    last = opId;
  }
  return last <= through;
}

function hex64(value: bigint): string {
  return value.toString(16).padStart(16, "0");
}
