import { create } from "@bufbuild/protobuf";

import { OperationClass, TargetSchema, type Target } from "../gen/swarmlog/v1/operation_pb.js";
import type { Position } from "../gen/swarmlog/v1/position_pb.js";
import { PublishRecordSchema, type Durability, type PublishRecord } from "../gen/swarmlog/v1/publishing_pb.js";
import { isMessage } from "@bufbuild/protobuf";
import { requireText, requireTopic, shown } from "./arguments.js";
import { unixNano } from "./clock.js";
import { logOf, topicNamed, wireTopic, type Log, type Topic } from "./names.js";
import { payload as payloadOf } from "./payloads.js";
import { allAgents } from "./targets.js";
import { NS_PER_MS } from "./units.js";

const LAST_EXPIRY_MS = Date.UTC(2262, 0, 1);

/** What goes with an operation beside topic, key and value. */
export interface About {
  /** What the payload means, and what chooses the handler, such as `acme.Result`. Needed unless the value is a `Payload`. */
  readonly type?: string;
  /** Whom it is for: `targets.agent(name)` or `targets.role(name)`; every agent unless it is given. */
  readonly to?: Target;
}

/** An operation to be published; made by `event`, `keyed`, `deleted` and `measurement`. Immutable. */
export class Publication {
  /** As it will be sent; trace context and publish time are filled in by the publisher. Not to be changed. */
  readonly record: PublishRecord;
  /**
   * While the coordinator remembers it, publishing the same key again gets the first answer, whoever publishes it, also after
   * a crash; empty for none. Up to 256 bytes of UTF-8.
   */
  readonly idempotencyKey: string;

  constructor(record: PublishRecord, idempotencyKey = "") {
    this.record = record;
    this.idempotencyKey = idempotencyKey;
  }

  /** What it is about. */
  get topic(): Topic {
    return topicNamed(this.record.topic);
  }

  /** The log it goes to. */
  get log(): Log {
    return logOf(this.topic);
  }

  /** The same, under an idempotency key; under none if that is empty. */
  withIdempotencyKey(key: string): Publication {
    return new Publication(this.record, requireText("an idempotency key", key));
  }

  /** The same, under a term: refused with STALE_TERM if a newer one exists. */
  withTerm(term: bigint): Publication {
    if (typeof term !== "bigint" || term < 0n || term >= 2n ** 64n) {
      throw new RangeError(`Expected a term as a bigint from 0n to below 2n ** 64n, but got ${shown(term)}.`);
    }
    return new Publication({ ...this.record, term }, this.idempotencyKey);
  }

  /**
   * The same, worthless after some milliseconds from now.
   *
   * An event is not handed out any more then, a key is deleted, unless it has been published anew, and telemetry is dropped.
   * Now is by this machine's clock, and the coordinator compares with its own: how far they are apart is how much earlier or
   * later it expires. RangeError unless the time is above zero and ends before the year 2262, or if this is a deletion.
   */
  expiringIn(ms: number): Publication {
    if (!(ms > 0)) {
      throw new RangeError(`Expected a time to live above zero, but got ${shown(ms)}.`);
    }
    return this.#expiring(Date.now() + ms);
  }

  /**
   * The same, worthless from an instant on. One that is past is fine: a key comes to life and is deleted at once. RangeError
   * unless the instant is after the beginning of 1970 and before the year 2262, or if this is a deletion.
   */
  expiringAt(instant: Date): Publication {
    return this.#expiring(instant.getTime());
  }

  /** A copy of the record that says when it was published: now. */
  stamped(): PublishRecord {
    return { ...this.record, publishTimeUnixNano: unixNano() };
  }

  #expiring(atMs: number): Publication {
    if (this.record.tombstone) {
      throw new RangeError("Expected an operation with a value to expire, but this one deletes a key.");
    }
    if (!(atMs > 0 && atMs < LAST_EXPIRY_MS)) {
      throw new RangeError(`Expected an expiry between the years 1970 and 2262, but got ${shown(atMs)} ms.`);
    }
    const expiresAtUnixNano = BigInt(Math.floor(atMs)) * BigInt(NS_PER_MS);
    return new Publication({ ...this.record, expiresAtUnixNano }, this.idempotencyKey);
  }
}

/** Where a publish group lies. Its operations are `firstOpId` to `last.opId`, in the order they were given. */
export interface GroupPosition {
  readonly firstOpId: bigint;
  readonly last: Position;
  /** The number of its last operation, which is the only one where one was published. */
  readonly opId: bigint;
  /** The level reached when the coordinator answered. */
  readonly durability: Durability;
  /** The group had been appended before, and this is its first answer again. */
  readonly duplicate: boolean;
}

/** An event: delivered, each one, in order. `value` becomes the payload as `payloads.payload` says. */
export function event(topic: Topic, value: unknown, about: About = {}): Publication {
  return publication(topic, OperationClass.EVENT, value, about);
}

/**
 * A keyed operation: the last one on (topic, target, key) wins. The key has 1 to `Limits.max_key_bytes` bytes of UTF-8.
 */
export function keyed(topic: Topic, key: string, value: unknown, about: About = {}): Publication {
  return publication(topic, OperationClass.KEYED, value, about, key);
}

/** The deletion of a key. */
export function deleted(topic: Topic, key: string, about: Pick<About, "to"> = {}): Publication {
  return new Publication({ ...record(topic, OperationClass.KEYED, about.to, key), tombstone: true });
}

/** A measurement for `Publisher.telemetry`: may be dropped, with a count. */
export function measurement(value: unknown, about: About = {}): Publication {
  return publication("telemetry", OperationClass.EPHEMERAL, value, about);
}

/** The publication; TypeError if it is none. */
export function requirePublication(given: unknown): Publication {
  if (given instanceof Publication) {
    return given;
  }
  const hint = Array.isArray(given)
    ? "publish several by publishGroup"
    : "make one by event, keyed, deleted or measurement";
  throw new TypeError(`Expected a publication, but got ${shown(given)}: ${hint}.`);
}

function publication(
  topic: Topic,
  operationClass: OperationClass,
  value: unknown,
  about: About,
  key = "",
): Publication {
  const payload = payloadOf(value, about.type);
  return new Publication({ ...record(topic, operationClass, about.to, key), payload });
}

function record(topic: Topic, operationClass: OperationClass, to: Target | undefined, key: string): PublishRecord {
  if (to !== undefined && !isMessage(to, TargetSchema)) {
    throw new TypeError(
      `Expected a target, but got ${shown(to)}: give targets.agent(name) or targets.role(name), or leave it out for all.`,
    );
  }
  return create(PublishRecordSchema, {
    topic: wireTopic(requireTopic(topic)),
    target: to ?? allAgents(),
    operationClass,
    key: requireText("the key", key),
  });
}
