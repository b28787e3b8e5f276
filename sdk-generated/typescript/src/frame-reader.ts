// Reading the frames of a lane.
//
// Most of what an agent reads is operations. The library that reads all other messages goes by the descriptor for each field and
// makes each message property by property, which for operations takes two thirds of the agent's time; here they are made at once
// with all their properties, and read by a table. What comes out is the same.
import { create, fromBinary, ScalarType, toBinary, type DescField, type DescMessage } from "@bufbuild/protobuf";
import { BinaryReader, BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import { EmptySchema, type Empty } from "@bufbuild/protobuf/wkt";

import { DeliverySchema, SnapshotPageSchema, TelemetryDeliverySchema } from "../gen/swarmlog/v1/delivery_pb.js";
import {
  OperationClass,
  OperationSchema,
  PayloadSchema,
  TargetSchema,
  Topic,
  type Operation,
  type Payload,
  type Target,
} from "../gen/swarmlog/v1/operation_pb.js";
import { DataResponseSchema, type DataResponse } from "../gen/swarmlog/v1/session_pb.js";

const NOTHING = new Uint8Array();
const TAG_WIRE_BITS = 3;
const TAG_WIRE_MASK = 7;

/** Reads a value, and sets it. */
type FieldReader = (message: Record<string, unknown>, reader: BinaryReader) => void;

type CarrierSchema = typeof DeliverySchema | typeof SnapshotPageSchema | typeof TelemetryDeliverySchema;

/** A message that carries operations: its name in a frame, and the number of the operations in it. */
interface Carrier {
  readonly name: string;
  readonly schema: CarrierSchema;
  readonly operations: number;
}

/** By the number of their field in a frame. */
const CARRIERS = new Map<number, Carrier>();
for (const [name, schema] of [
  ["delivery", DeliverySchema],
  ["snapshot", SnapshotPageSchema],
  ["telemetry", TelemetryDeliverySchema],
] as const) {
  CARRIERS.set(DataResponseSchema.field[name].number, { name, schema, operations: schema.field.operations.number });
}

const PAYLOAD = tableOf(PayloadSchema);
const TARGET = tableOf(TargetSchema);
const OPERATION = tableOf(OperationSchema, {
  target: (reader) => readInto(zeroTarget(), TARGET, reader, reader.uint32()),
  payload: (reader) => readInto(zeroPayload(), PAYLOAD, reader, reader.uint32()),
});

/**
 * A frame of a lane whose parts nobody has read yet: what Connect makes of it where it is told that it is an empty message, of which
 * all fields are unknown. Throws if it is no frame.
 */
export function readFrame(unread: Empty): DataResponse {
  const [field, ...more] = unread.$unknown ?? [];
  const carrier = field?.wireType === WireType.LengthDelimited ? CARRIERS.get(field.no) : undefined;
  if (field === undefined || carrier === undefined || more.length > 0) {
    return fromBinary(DataResponseSchema, toBinary(EmptySchema, unread));
  }
  const value = readCarrier(field.data, carrier);
  return create(DataResponseSchema, { frame: { case: carrier.name, value } as DataResponse["frame"] });
}

/** Reads an operation; the same as `fromBinary`. */
export function readOperation(bytes: Uint8Array): Operation {
  return readInto(zeroOperation(), OPERATION, new BinaryReader(bytes), bytes.length);
}

/** What carries operations, with its length before it: they are read here, and all else of it by the library. */
function readCarrier(bytes: Uint8Array, carrier: Carrier): unknown {
  const reader = new BinaryReader(bytes);
  const end = reader.uint32() + reader.pos;
  const operations: Operation[] = [];
  const rest = new BinaryWriter();
  while (reader.pos < end) {
    const start = reader.pos;
    const tag = reader.uint32();
    const no = tag >>> TAG_WIRE_BITS;
    const wireType = tag & TAG_WIRE_MASK;
    if (no === carrier.operations && Number(WireType.LengthDelimited) === wireType) {
      operations.push(readInto(zeroOperation(), OPERATION, reader, reader.uint32()));
    } else {
      reader.skip(wireType, no);
      rest.raw(bytes.subarray(start, reader.pos));
    }
  }
  // They differ in what is beside the operations.
  const message = fromBinary(carrier.schema as typeof DeliverySchema, rest.finish());
  message.operations = operations;
  return message;
}

function readInto<T extends { $unknown?: unknown }>(
  message: T,
  table: readonly (FieldReader | undefined)[],
  reader: BinaryReader,
  length: number,
): T {
  const end = reader.pos + length;
  if (end > reader.len) {
    throw new RangeError(`Expected a message of ${length} bytes, but there are only ${reader.len - reader.pos}.`);
  }
  const fields = message as Record<string, unknown>;
  while (reader.pos < end) {
    const tag = reader.uint32();
    const no = tag >>> TAG_WIRE_BITS;
    const read = table[no];
    if (read !== undefined) {
      read(fields, reader);
    } else {
      const wireType: WireType = tag & TAG_WIRE_MASK;
      const unknown = (fields.$unknown ??= []) as { no: number; wireType: WireType; data: Uint8Array }[];
      unknown.push({ no, wireType, data: reader.skip(wireType, no) });
    }
  }
  return message;
}

/** How to read each field, by its number. */
function tableOf(
  schema: DescMessage,
  parts: Readonly<Record<string, (reader: BinaryReader) => unknown>> = {},
): (FieldReader | undefined)[] {
  const table: (FieldReader | undefined)[] = [];
  for (const field of schema.fields) {
    const name = field.localName;
    const read = parts[name] ?? valueReader(field);
    const group = field.oneof?.localName;
    table[field.number] =
      group === undefined
        ? (message, reader) => {
            message[name] = read(reader);
          }
        : (message, reader) => {
            message[group] = { case: name, value: read(reader) };
          };
  }
  return table;
}

function valueReader(field: DescField): (reader: BinaryReader) => unknown {
  if (field.fieldKind === "enum") {
    return (reader) => reader.int32();
  }
  if (field.fieldKind === "message") {
    const schema = field.message;
    return (reader) => fromBinary(schema, reader.bytes());
  }
  if (field.fieldKind !== "scalar") {
    throw new Error(`Expected a kind of field that operations have, but ${field.toString()} is another.`);
  }
  const validates = field.utf8Validation;
  switch (field.scalar) {
    case ScalarType.UINT64:
      return (reader) => reader.uint64();
    case ScalarType.FIXED64:
      return (reader) => reader.fixed64();
    case ScalarType.UINT32:
      return (reader) => reader.uint32();
    case ScalarType.BOOL:
      return (reader) => reader.bool();
    case ScalarType.STRING:
      return (reader) => reader.string(validates);
    case ScalarType.BYTES:
      return (reader) => reader.bytes();
    default:
      throw new Error(`Expected a kind of field that operations have, but ${field.toString()} is another.`);
  }
}

function zeroOperation(): Operation {
  return {
    $typeName: "swarmlog.v1.Operation",
    opId: 0n,
    groupFirst: 0n,
    groupLast: 0n,
    topic: Topic.UNSPECIFIED,
    target: undefined,
    operationClass: OperationClass.UNSPECIFIED,
    key: "",
    keyExisted: false,
    tombstone: false,
    origin: undefined,
    term: 0n,
    publishTimeUnixNano: 0n,
    appendTimeUnixNano: 0n,
    deliverAtUnixNano: 0n,
    expiresAtUnixNano: 0n,
    publisher: "",
    producerId: "",
    producerEpoch: 0n,
    requestNumber: 0n,
    valueDigest: NOTHING,
    traceparent: "",
    tracestate: "",
    payload: undefined,
  };
}

function zeroPayload(): Payload {
  return { $typeName: "swarmlog.v1.Payload", type: "", contentType: "", schemaVersion: 0, data: NOTHING };
}

function zeroTarget(): Target {
  return { $typeName: "swarmlog.v1.Target", target: { case: undefined } };
}
