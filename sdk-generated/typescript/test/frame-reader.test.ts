// Frames of a lane, held against what the library makes of them.
import assert from "node:assert/strict";
import { test } from "node:test";

import { create, fromBinary, ScalarType, toBinary, type DescMessage, type MessageShape } from "@bufbuild/protobuf";
import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import { EmptySchema } from "@bufbuild/protobuf/wkt";

import { OperationSchema, type Operation } from "../gen/swarmlog/v1/operation_pb.js";
import { DataResponseSchema, type DataResponse } from "../gen/swarmlog/v1/session_pb.js";
import { readFrame, readOperation } from "../src/frame-reader.js";
import { SeededRandom } from "./seeded-random.js";

/** A message in which each field is set so often of a hundred times; of a oneof the last one counts. */
function anyOf<S extends DescMessage>(schema: S, random: SeededRandom, percent: number, depth = 0): MessageShape<S> {
  const message = create(schema) as Record<string, unknown>;
  for (const field of schema.fields) {
    if (!random.percent(percent) || (depth > 3 && field.fieldKind !== "scalar")) {
      continue;
    }
    const one = () =>
      field.message !== undefined ? anyOf(field.message, random, percent, depth + 1) : scalar(field.scalar, random);
    if (field.fieldKind === "list") {
      message[field.localName] = Array.from({ length: random.below(4) }, one);
    } else if (field.oneof !== undefined) {
      message[field.oneof.localName] = { case: field.localName, value: one() };
    } else if (field.fieldKind !== "map") {
      message[field.localName] = field.fieldKind === "enum" ? random.below(6) : one();
    }
  }
  return message as MessageShape<S>;
}

function scalar(type: ScalarType | undefined, random: SeededRandom): unknown {
  switch (type) {
    case ScalarType.STRING:
      return ["", "text", "\u00e9\u{1f600}", "x".repeat(200)][random.below(4)];
    case ScalarType.BYTES:
      return Uint8Array.from({ length: random.below(20) }, () => random.below(256));
    case ScalarType.BOOL:
      return random.percent(50);
    case ScalarType.UINT32:
    case ScalarType.INT32:
      return random.below(2 ** 31);
    default:
      return (BigInt(random.below(2 ** 32)) << 32n) | BigInt(random.below(2 ** 32));
  }
}

/** As Connect hands it over where it is told that all fields are unknown. */
function unread(bytes: Uint8Array): DataResponse {
  return readFrame(fromBinary(EmptySchema, bytes));
}

/** Absent fields may be properties that are undefined. */
function plain(message: unknown): unknown {
  if (Array.isArray(message)) {
    return message.map(plain);
  }
  if (typeof message !== "object" || message === null || message instanceof Uint8Array) {
    return message instanceof Uint8Array ? Buffer.from(message).toString("hex") : message;
  }
  const parts = Object.entries(message).filter(([, value]) => value !== undefined);
  return Object.fromEntries(parts.map(([name, value]) => [name, plain(value)]));
}

test("should read operations as the library does", () => {
  const random = new SeededRandom();
  for (const percent of [100, 70, 10]) {
    for (let i = 0; i < 200; i++) {
      const bytes = toBinary(OperationSchema, anyOf(OperationSchema, random, percent));
      const expected = fromBinary(OperationSchema, bytes);
      assert.deepEqual(plain(readOperation(bytes)), plain(expected), `SEED=${random.seed}`);
    }
  }
});

test("should read frames as the library does", () => {
  const random = new SeededRandom();
  const seen = new Set<string | undefined>();
  for (let i = 0; i < 1_000; i++) {
    const bytes = toBinary(DataResponseSchema, anyOf(DataResponseSchema, random, 1 + random.below(80)));
    const expected = fromBinary(DataResponseSchema, bytes);
    const read = unread(bytes);
    seen.add(read.frame.case);
    assert.deepEqual(plain(read), plain(expected), `SEED=${random.seed}`);
    assert.ok(Buffer.from(toBinary(DataResponseSchema, read)).equals(bytes), `SEED=${random.seed}`);
  }
  for (const name of ["delivery", "snapshot", "telemetry", "repair"]) {
    assert.ok(seen.has(name), name);
  }
});

test("should keep what a later version adds", () => {
  const writer = new BinaryWriter();
  writer.raw(toBinary(OperationSchema, create(OperationSchema, { opId: 7n })));
  const bytes = writer.tag(1_000, WireType.LengthDelimited).string("later").finish();
  const operation: Operation = readOperation(bytes);
  assert.deepEqual(plain(operation), plain(fromBinary(OperationSchema, bytes)));
  assert.equal(operation.$unknown?.[0]?.no, 1_000);
});

test("should take what is cut off for no frame", () => {
  const operations = [create(OperationSchema, { opId: 7n, key: "a key", publisher: "somebody" })];
  const whole = create(DataResponseSchema, { frame: { case: "delivery", value: { operations } } });
  const bytes = toBinary(DataResponseSchema, whole);
  for (let length = 1; length < bytes.length; length++) {
    assert.throws(() => unread(bytes.subarray(0, length)), `${length} bytes`);
  }
  const operation = toBinary(OperationSchema, operations[0]!);
  assert.throws(() => readOperation(operation.subarray(0, -1)));
});
