import { create, isMessage, toBinary, type DescMessage, type MessageShape } from "@bufbuild/protobuf";

import { PayloadSchema, type Payload } from "../gen/swarmlog/v1/operation_pb.js";
import { requireText } from "./arguments.js";

export const PROTOBUF = "application/protobuf";
export const JSON_TYPE = "application/json";
export const TEXT = "text/plain; charset=utf-8";
export const BYTES = "application/octet-stream";

/** A protobuf message; its full name is the type. */
export function protobuf<S extends DescMessage>(schema: S, message: MessageShape<S>): Payload {
  return raw(schema.typeName, PROTOBUF, toBinary(schema, message));
}

/**
 * Anything `JSON.stringify` takes; `type` says what it means, such as `acme.Result`. TypeError if the value has no JSON:
 * undefined, a function, a bigint, a number that is not finite.
 */
export function json(type: string, value: unknown): Payload {
  const text = JSON.stringify(value, finite) as string | undefined;
  if (text === undefined) {
    throw new TypeError(`Expected a value that has JSON, but got ${String(value)}.`);
  }
  return raw(type, JSON_TYPE, new TextEncoder().encode(text));
}

/** Plain text. RangeError if there is half a surrogate pair in it. */
export function text(type: string, value: string): Payload {
  return raw(type, TEXT, new TextEncoder().encode(requireText("the text of the payload", value)));
}

/** Any bytes. */
export function raw(type: string, contentType: string, data: Uint8Array): Payload {
  return create(PayloadSchema, { type, contentType, data });
}

/**
 * The payload that a value makes: a `Payload` as it is; text as text; bytes as bytes; anything else as JSON. `type` is
 * needed for all but payloads, which have their own: TypeError if it is missing, RangeError if a payload is given another
 * one. Protobuf messages are given as `payloads.protobuf(schema, message)`: TypeError for a bare one.
 */
export function payload(value: unknown, type = ""): Payload {
  requireText("the type of the payload", type);
  if (isMessage(value, PayloadSchema)) {
    if (type !== "" && type !== value.type) {
      throw new RangeError(`Expected a payload of type ${type}, but got one of ${value.type}.`);
    }
    return value;
  }
  if (isMessage(value)) {
    throw new TypeError(`Expected to know how to write a ${value.$typeName}: give payloads.protobuf(schema, message).`);
  }
  if (type === "") {
    throw new TypeError(
      "Expected the type of the payload, which says what it means and chooses the handler, but got none: add " +
        '{ type: "acme.Result" }.',
    );
  }
  if (typeof value === "string") {
    return text(type, value);
  }
  return value instanceof Uint8Array ? raw(type, BYTES, value.slice()) : json(type, value);
}

/**
 * The value of a payload that is text, JSON or bytes: a string, what `JSON.parse` makes of it, and all else the bytes, also
 * protobuf. SyntaxError or TypeError if the content is not what its type says.
 */
export function value(of: Payload): unknown {
  const contentType = (of.contentType.split(";")[0] ?? "").trim().toLowerCase();
  if (contentType === JSON_TYPE) {
    return JSON.parse(decode(of.data));
  }
  return contentType.startsWith("text/") ? decode(of.data) : of.data;
}

/** The bytes as text; TypeError if they are no UTF-8. */
export function decode(data: Uint8Array): string {
  return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(data);
}

function finite(_: string, value: unknown): unknown {
  if (typeof value === "number" && !Number.isFinite(value)) {
    throw new TypeError(`Expected a value that has JSON, but ${String(value)} has none.`);
  }
  if (typeof value === "bigint") {
    throw new TypeError(`Expected a value that has JSON, but the bigint ${value} has none: give String(…) of it.`);
  }
  return value;
}
