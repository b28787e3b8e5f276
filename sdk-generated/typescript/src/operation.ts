import { clone, fromBinary, type DescMessage, type MessageShape } from "@bufbuild/protobuf";

import { PayloadSchema, type Operation as OperationMessage, type Payload } from "../gen/swarmlog/v1/operation_pb.js";
import { topicNamed, type Topic } from "./names.js";
import { decode } from "./payloads.js";
import { redeliveryOf, type Redelivery } from "./session/redelivery.js";
import { Scope } from "./session/scope.js";

const NOTHING = new Uint8Array();

/** One operation of the log, as a handler gets it: who may change what, and with which payload. Not to be changed. */
export class Operation {
  /** All there is of it, as the contract has it. */
  readonly message: OperationMessage;

  constructor(message: OperationMessage) {
    this.message = message;
  }

  /** Its place in the log; increasing, not dense for one agent. */
  get opId(): bigint {
    return this.message.opId;
  }

  /** RangeError for a topic of a later version. */
  get topic(): Topic {
    return topicNamed(this.message.topic);
  }

  /** Its topic, and whom it is for. */
  get scope(): Scope {
    return Scope.of(this.message);
  }

  /** The key that it sets or deletes; empty for an event. */
  get key(): string {
    return this.message.key;
  }

  /** Whether the key is deleted; there is no payload then. */
  get isDeletion(): boolean {
    return this.message.tombstone;
  }

  /**
   * A copy of the payload, to be kept: a part of `message` would keep all of the frame in memory that the operation came
   * in.
   */
  get payload(): Payload | undefined {
    const of = this.message.payload;
    if (of === undefined) {
      return undefined;
    }
    const copy = clone(PayloadSchema, of);
    copy.data = of.data.slice();
    return copy;
  }

  /** What the payload means, such as the full name of a protobuf message. */
  get type(): string {
    return this.message.payload?.type ?? "";
  }

  /** The payload's media type. */
  get contentType(): string {
    return this.message.payload?.contentType ?? "";
  }

  /** The payload's bytes; a view of the frame it came in. */
  get data(): Uint8Array {
    return this.message.payload?.data ?? NOTHING;
  }

  /** The payload as text. TypeError if it is no UTF-8. */
  get text(): string {
    return decode(this.data);
  }

  /** The payload read as JSON. SyntaxError if it is none. */
  json(): unknown {
    return JSON.parse(this.text);
  }

  /** The payload read as a protobuf message. Throws if it is none. */
  parse<S extends DescMessage>(schema: S): MessageShape<S> {
    return fromBinary(schema, this.data);
  }

  /** Who published it; empty for the coordinator itself. */
  get publisher(): string {
    return this.message.publisher;
  }

  /** Says that the agent is given it again; undefined for one that comes for the first time. */
  get redelivery(): Redelivery | undefined {
    return redeliveryOf(this.message);
  }

  toString(): string {
    const what = this.key === "" ? "" : ` key '${this.key}'`;
    const gone = this.isDeletion ? " deleted" : this.type === "" ? "" : ` ${this.type}`;
    return `operation ${String(this.opId)} of ${this.scope.toString()}${what}${gone}`;
  }
}
