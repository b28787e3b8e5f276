// Which handler an operation is for.
import type { DescMessage, MessageShape } from "@bufbuild/protobuf";

import type { Operation as OperationMessage } from "../../gen/swarmlog/v1/operation_pb.js";
import { requireTopic, shown } from "../arguments.js";
import { wireTopic, type Topic } from "../names.js";
import type { Operation } from "../operation.js";
import type { Batch } from "../session/batch.js";

/** Applies an operation. It is applied when the function returned, and what it answered has resolved. */
export type OperationHandler = (operation: Operation) => unknown;

/** Applies an operation whose payload is parsed. */
export type MessageHandler<S extends DescMessage> = (operation: Operation, message: MessageShape<S>) => unknown;

/** Applies a batch. */
export type BatchHandler = (batch: Batch) => unknown;

interface OfTopic {
  readonly topic: Topic;
  readonly byType: Map<string, OperationHandler>;
  onDeletion?: OperationHandler;
  otherwise?: OperationHandler;
}

/** Chooses the handler of an operation by topic and payload type. */
export class HandlerTable {
  readonly #byTopic = new Map<number, OfTopic>();

  get isEmpty(): boolean {
    return this.#byTopic.size === 0;
  }

  /** Those that have handlers. */
  get topics(): Topic[] {
    return [...this.#byTopic.values()].map(({ topic }) => topic);
  }

  /** Adds a handler; without a type, of what no other is for. RangeError if there is one for the same operations. */
  add(topic: Topic, type: string | DescMessage | undefined, handler: (...of: never[]) => unknown): void {
    const ofTopic = this.#of(topic);
    requireHandler(handler);
    if (type === undefined) {
      if (ofTopic.otherwise !== undefined) {
        throw twice(topic, "any other payload");
      }
      ofTopic.otherwise = handler as OperationHandler;
      return;
    }
    const name = nameOf(type);
    if (ofTopic.byType.has(name)) {
      throw twice(topic, `payload type '${name}'`);
    }
    ofTopic.byType.set(
      name,
      typeof type === "string" ? (handler as OperationHandler) : parsing(type, handler as MessageHandler<DescMessage>),
    );
  }

  /** Adds a handler of deletions. RangeError if there is one. */
  addDeletion(topic: Topic, handler: OperationHandler): void {
    const ofTopic = this.#of(topic);
    requireHandler(handler);
    if (ofTopic.onDeletion !== undefined) {
      throw twice(topic, "deletions");
    }
    ofTopic.onDeletion = handler;
  }

  /** The handler of the operation; undefined if there is none. */
  find(operation: OperationMessage): OperationHandler | undefined {
    const ofTopic = this.#byTopic.get(operation.topic);
    const chosen = operation.tombstone ? ofTopic?.onDeletion : ofTopic?.byType.get(operation.payload?.type ?? "");
    return chosen ?? ofTopic?.otherwise;
  }

  #of(given: Topic): OfTopic {
    const topic = requireTopic(given);
    const number = wireTopic(topic);
    let found = this.#byTopic.get(number);
    if (found === undefined) {
      found = { topic, byType: new Map() };
      this.#byTopic.set(number, found);
    }
    return found;
  }
}

/** TypeError unless it is a function that does its work when it is called: a generator would only be made. */
export function requireHandler(given: unknown): void {
  if (typeof given !== "function") {
    throw new TypeError(`Expected a function to handle operations, but got ${shown(given)}.`);
  }
  if (/^(Async)?GeneratorFunction$/.test(given.constructor.name)) {
    throw new TypeError(
      `Expected a handler that does its work when it is called, but ${given.name} is a generator, ` +
        "so calling it only makes one: do without `yield`.",
    );
  }
}

function nameOf(type: string | DescMessage): string {
  if (typeof type === "string") {
    return type;
  }
  const { kind, typeName } = type as Partial<DescMessage>;
  if (kind !== "message" || typeName === undefined) {
    throw new TypeError(
      `Expected the type of a payload by its name, or the schema of a protobuf message, but got ${shown(type)}.`,
    );
  }
  return typeName;
}

function parsing(schema: DescMessage, handler: MessageHandler<DescMessage>): OperationHandler {
  return (operation) => handler(operation, operation.parse(schema));
}

function twice(topic: Topic, what: string): RangeError {
  return new RangeError(`Expected one handler per topic and payload type, but ${topic} has two for ${what}: keep one.`);
}
