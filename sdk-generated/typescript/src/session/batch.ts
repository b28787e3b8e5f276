// What handlers of batches and stores of effects get.
import type { Operation as OperationMessage } from "../../gen/swarmlog/v1/operation_pb.js";
import type { Position } from "../../gen/swarmlog/v1/position_pb.js";
import type { Log } from "../names.js";
import { Operation } from "../operation.js";
import type { HeldKey, KeyInterval } from "./held-key.js";

/** What a batch consists of. */
export interface BatchParts {
  readonly log: Log;
  readonly fromOpId: bigint;
  readonly to: Position;
  readonly messages: readonly OperationMessage[];
  readonly changedKeys?: readonly HeldKey[];
  readonly replaced?: readonly KeyInterval[];
  readonly isRepair?: boolean;
}

/**
 * An ordered run of operations of one log: one or more whole publish groups, as far as the agent may see them. There is
 * nothing in it that the agent has already applied. Immutable.
 *
 * Or a page of keyed state, when the agent takes over a snapshot: then the operations are those that set the keys of the
 * page, as far as the agent does not hold them already, and deletions of held keys that are not in the page. They are no
 * run of the log: their operation IDs lie at or below `to` in any order. Deletions made by the agent itself, here and for
 * scopes that left its view, carry the operation ID at which they are made.
 *
 * An operation that the agent is given again (`Operation.redelivery`) stands in it as the first one was, keyed or not: what
 * the user's state is to become. It is an event in the log, and none of `changedKeys`.
 *
 * Or a repair, see `isRepair`.
 */
export class Batch {
  /** The lane it came on. */
  readonly log: Log;
  /** Where the interval starts that the batch covers, exclusive; 0 in telemetry. */
  readonly fromOpId: bigint;
  /**
   * Where it ends, inclusive: the position to store together with the effects. In telemetry nothing but the log.
   */
  readonly to: Position;
  /** The operations as messages, not to be changed. */
  readonly messages: readonly OperationMessage[];
  /**
   * What the batch changes in the agent's key index, in order. An `EffectStore` that keeps the index stores them with the
   * effects. Empty where it does not.
   */
  readonly changedKeys: readonly HeldKey[];
  /**
   * Intervals of keys that `operations` replace: what the user's state holds of them and is not among the operations is to
   * be deleted. Only where the agent has no key index and cannot name the deletions itself.
   */
  readonly replaced: readonly KeyInterval[];
  /**
   * What the agent held differed from the log: these keys are set and deleted as they are in the log at `to`. Otherwise as
   * in a page of keyed state, but also where the agent believes to hold that value already.
   */
  readonly isRepair: boolean;
  #operations: readonly Operation[] | undefined;

  constructor(parts: BatchParts) {
    this.log = parts.log;
    this.fromOpId = parts.fromOpId;
    this.to = parts.to;
    this.messages = parts.messages;
    this.changedKeys = parts.changedKeys ?? [];
    this.replaced = parts.replaced ?? [];
    this.isRepair = parts.isRepair ?? false;
  }

  /**
   * Ascending by operation ID, but for pages and deletions made by the agent. Empty when only the cursor moves on, because
   * nothing of the interval is for this agent.
   */
  get operations(): readonly Operation[] {
    this.#operations ??= this.messages.map((message) => new Operation(message));
    return this.#operations;
  }

  /** The same batch with none of its operations: they are passed over. */
  withoutOperations(): Batch {
    return new Batch({ ...this, messages: [], replaced: [] });
  }

  /** The operations cut into their publish groups, in order. */
  groups(): (readonly Operation[])[] {
    const groups: (readonly Operation[])[] = [];
    let start = 0;
    this.messages.forEach((message, i) => {
      if (i > 0 && message.groupFirst !== this.messages[start]?.groupFirst) {
        groups.push(this.operations.slice(start, i));
        start = i;
      }
    });
    if (this.messages.length > 0) {
      groups.push(this.operations.slice(start));
    }
    return groups;
  }
}
