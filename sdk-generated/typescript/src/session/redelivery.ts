// Operations that an agent is given again.
import { create } from "@bufbuild/protobuf";

import { OperationClass, OperationSchema, type Operation } from "../../gen/swarmlog/v1/operation_pb.js";

/**
 * Says of an operation that the agent is given it again, because a handler could not apply it before, or because a person
 * has replayed it from where it was parked.
 *
 * It has an operation ID of its own, which lies above everything applied before it, and is for this agent alone. Otherwise
 * handlers get it as they got the first one: class, target, key, deletion and payload are those. Later operations may have
 * been applied since, but none on the same key: the coordinator gives a key that was written again no more.
 */
export interface Redelivery {
  /** Of the operation as it came first, in the same log. */
  readonly firstOpId: bigint;
  /** How often it has been tried before this time. */
  readonly triedBefore: number;
}

/** Undefined for an operation that comes for the first time. */
export function redeliveryOf(operation: Operation): Redelivery | undefined {
  return isRedelivery(operation)
    ? { firstOpId: operation.origin?.opId ?? 0n, triedBefore: triedBefore(operation) }
    : undefined;
}

/** Whether the operation has come before, under another operation ID. */
export function isRedelivery(operation: Operation): boolean {
  const origin = operation.origin;
  return origin !== undefined && origin.operationClass !== OperationClass.UNSPECIFIED;
}

/** How often it was tried before; 0 for an operation that comes for the first time. */
export function triedBefore(operation: Operation): number {
  return operation.origin?.attempt ?? 0;
}

/** In the log it is an event for one agent; here it becomes what the first one was. */
export function restored(operation: Operation): Operation {
  const first = operation.origin;
  if (first === undefined) {
    return operation;
  }
  const { $typeName: _, target: __, ...rest } = operation;
  return create(OperationSchema, {
    ...rest,
    operationClass: first.operationClass,
    ...(first.target !== undefined && { target: first.target }),
    key: first.key,
    tombstone: first.tombstone,
    valueDigest: first.tombstone ? new Uint8Array() : operation.valueDigest,
  });
}
