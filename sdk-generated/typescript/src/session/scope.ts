// What an operation belongs to: its topic, and whom it is for.
import { create } from "@bufbuild/protobuf";

import {
  ScopeSchema,
  TargetSchema,
  type Operation as OperationMessage,
  type Scope as ScopeMessage,
  type Target,
} from "../../gen/swarmlog/v1/operation_pb.js";
import { topicLabel, topicNamed, wireTopic, type Topic } from "../names.js";

/**
 * What an operation belongs to: its topic, and whom it is for. Immutable.
 *
 * `agent` or `role` is set where it is for one agent or one role, neither where it is for all.
 */
export class Scope {
  /** Equal for equal scopes, and for those only: to be the key of a `Map`. */
  readonly id: string;
  /** The number of the topic in messages. */
  readonly topicNumber: number;

  /** @param topic or its number in messages, such as that of one that this version does not know */
  constructor(
    topic: Topic | number,
    readonly agent = "",
    readonly role = "",
  ) {
    this.topicNumber = typeof topic === "number" ? topic : wireTopic(topic);
    this.id = idOf(this.topicNumber, agent, role);
  }

  /** The topic; RangeError if this version does not know it. */
  get topic(): Topic {
    return topicNamed(this.topicNumber);
  }

  /** The scope of an operation, as the log has it. */
  static of(operation: OperationMessage): Scope {
    return read(operation.topic, operation.target);
  }

  /** Reads the message; none at all is read as an empty one. */
  static from(message: ScopeMessage | undefined): Scope {
    return read(message?.topic ?? 0, message?.target);
  }

  toMessage(): ScopeMessage {
    return create(ScopeSchema, { topic: this.topicNumber, target: this.target() });
  }

  /** Whom its operations are for. */
  target(): Target {
    if (this.agent !== "") {
      return create(TargetSchema, { target: { case: "agent", value: this.agent } });
    }
    if (this.role !== "") {
      return create(TargetSchema, { target: { case: "role", value: this.role } });
    }
    return create(TargetSchema, { target: { case: "all", value: {} } });
  }

  /** For people to read: `commands for agent 'a'`. */
  toString(): string {
    const topic = topicLabel(this.topicNumber);
    if (this.agent !== "") {
      return `${topic} for agent '${this.agent}'`;
    }
    return this.role !== "" ? `${topic} for role '${this.role}'` : `${topic} for all`;
  }
}

/** The `id` of the scope of an operation, without making the scope. */
export function scopeId(operation: OperationMessage): string {
  const target = operation.target?.target;
  switch (target?.case) {
    case "agent":
      return idOf(operation.topic, target.value, "");
    case "role":
      return idOf(operation.topic, "", target.value);
    default:
      return idOf(operation.topic, "", "");
  }
}

function read(topic: number, target: Target | undefined): Scope {
  switch (target?.target.case) {
    case "agent":
      return new Scope(topic, target.target.value, "");
    case "role":
      return new Scope(topic, "", target.target.value);
    default:
      return new Scope(topic);
  }
}

function idOf(topic: number, agent: string, role: string): string {
  if (agent !== "") {
    return `${topic}a${agent}`;
  }
  return role !== "" ? `${topic}r${role}` : `${topic}`;
}
