// Vectors of what stands in messages.
import {
  createRegistry,
  fromBinary,
  fromJson,
  toBinary,
  toJson,
  type DescMessage,
  type JsonValue,
} from "@bufbuild/protobuf";

import { StatusSchema } from "../gen/google/rpc/status_pb.js";
import { file_swarmlog_v1_administration } from "../gen/swarmlog/v1/administration_pb.js";
import { file_swarmlog_v1_delivery } from "../gen/swarmlog/v1/delivery_pb.js";
import { file_swarmlog_v1_drift } from "../gen/swarmlog/v1/drift_pb.js";
import { file_swarmlog_v1_operation } from "../gen/swarmlog/v1/operation_pb.js";
import { file_swarmlog_v1_parking } from "../gen/swarmlog/v1/parking_pb.js";
import { file_swarmlog_v1_position } from "../gen/swarmlog/v1/position_pb.js";
import { file_swarmlog_v1_publishing } from "../gen/swarmlog/v1/publishing_pb.js";
import { file_swarmlog_v1_resume } from "../gen/swarmlog/v1/resume_pb.js";
import { file_swarmlog_v1_session } from "../gen/swarmlog/v1/session_pb.js";
import { file_swarmlog_v1_sync } from "../gen/swarmlog/v1/sync_pb.js";
import { Failure } from "../src/failure.js";
import { readTrace } from "../src/trace-context.js";
import { reasonOf } from "./forms.js";

const MESSAGES = createRegistry(
  file_swarmlog_v1_administration,
  file_swarmlog_v1_delivery,
  file_swarmlog_v1_drift,
  file_swarmlog_v1_operation,
  file_swarmlog_v1_parking,
  file_swarmlog_v1_position,
  file_swarmlog_v1_publishing,
  file_swarmlog_v1_resume,
  file_swarmlog_v1_session,
  file_swarmlog_v1_sync,
);

/** What an error status means. */
export function errors(vector: { statusHex: string }): JsonValue {
  const failure = Failure.ofStatus(fromBinary(StatusSchema, Buffer.from(vector.statusHex, "hex")));
  return {
    reason: reasonOf(failure),
    code: failure.code,
    retryable: failure.retryable,
    retryAfterNs: failure.retryAfterNs ?? null,
    action: failure.action,
    metadata: { ...failure.metadata },
  };
}

/** The trace context that an operation carries. */
export function traceparent(vector: { traceparent: string; tracestate: string }): JsonValue {
  const read = readTrace(vector);
  if (read === undefined) {
    return null;
  }
  const { traceId, spanId, traceFlags, traceState } = read;
  return { traceId, spanId, flags: traceFlags.toString(16).padStart(2, "0"), tracestate: traceState };
}

/** A message as ProtoJSON, and what is serialized from that. */
export function int64(vector: { message: string; hex: string }): JsonValue {
  const schema: DescMessage | undefined = MESSAGES.getMessage(vector.message);
  if (schema === undefined) {
    throw new RangeError(`Expected a message of the contract, but got ${vector.message}.`);
  }
  const json = toJson(schema, fromBinary(schema, Buffer.from(vector.hex, "hex")));
  const again = toBinary(schema, fromJson(schema, json));
  return { json, hex: Buffer.from(again).toString("hex") };
}
