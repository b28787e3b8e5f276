// Vectors of what an agent does with frames, and says of itself.
import { create, fromBinary, fromJson, toJson, type JsonValue } from "@bufbuild/protobuf";

import { DeliverySchema, SnapshotPageSchema } from "../gen/swarmlog/v1/delivery_pb.js";
import { RepairSchema } from "../gen/swarmlog/v1/drift_pb.js";
import { OperationClass, OperationSchema, type Operation } from "../gen/swarmlog/v1/operation_pb.js";
import { PositionSchema, type Position } from "../gen/swarmlog/v1/position_pb.js";
import { LogPlanSchema, LogResumeSchema, Plan } from "../gen/swarmlog/v1/resume_pb.js";
import { ControlResponseSchema, DataResponseSchema } from "../gen/swarmlog/v1/session_pb.js";
import { ClockFilter } from "../src/session/heartbeats.js";
import { wireLog, wireTopic, type Log } from "../src/names.js";
import { delivered, type Content, type LaneStep } from "../src/session/lane-step.js";
import { ResumePoint } from "../src/session/resume-point.js";
import { allAgents } from "../src/targets.js";
import { ProbedSession } from "./probed-session.js";

const START = create(PositionSchema, {
  incarnation: 0x0fedcba987654321n,
  epoch: 0x0123456789abcdefn,
  log: wireLog("main"),
  opId: 10n,
});

interface Place {
  readonly incarnation: string;
  readonly epoch: string;
  readonly opId: string;
}

/** Which operations of deliveries are new, and what does not follow. */
export function dedupe(vector: {
  position: Place;
  target?: string;
  deliveries: readonly { fromOpId: string; to: Place; opIds: readonly string[] }[];
}): unknown {
  const stands = positionOf(vector.position);
  const { target } = vector;
  const plan =
    target === undefined
      ? create(LogPlanSchema, { plan: Plan.CURRENT })
      : create(LogPlanSchema, {
          plan: Plan.DELTA,
          start: stands,
          baseOpId: stands.opId,
          target: positionOf({ ...vector.position, opId: target }),
        });
  const session = new ProbedSession(stands, plan, target !== undefined);
  const ignoredBefore = session.ignored;
  for (const { fromOpId, to, opIds } of vector.deliveries) {
    const delivery = create(DeliverySchema, {
      fromOpId: BigInt(fromOpId),
      to: positionOf(to),
      operations: opIds.map((opId) => event(BigInt(opId))),
    });
    session.data(create(DataResponseSchema, { frame: { case: "delivery", value: delivery } }));
  }
  return {
    applied: session.applied.map((operation) => String(operation.opId)),
    ignored: session.ignored - ignoredBefore,
    fits: session.outOfOrder === 0,
    opId: String(session.readUpTo),
  };
}

/** What is done with what a later version may send. */
export function unknown(vector: { stream: "control" | "data"; framesHex: readonly string[] }): unknown {
  const session = new ProbedSession(START, create(LogPlanSchema), false);
  for (const frame of vector.framesHex.map((hex) => Buffer.from(hex, "hex"))) {
    if (vector.stream === "control") {
      session.control(fromBinary(ControlResponseSchema, frame));
    } else {
      session.data(fromBinary(DataResponseSchema, frame));
    }
  }
  return {
    handled: session.handled.map((operation) => String(operation.opId)),
    opId: String(session.readUpTo),
    ends: session.hasEnded,
  };
}

interface Applying {
  readonly to: JsonValue;
  readonly content: "delivery" | "page" | "repair";
  readonly keyed?: boolean;
}

/** What Hello says of one log. */
export function resume(vector: {
  log: string;
  stored: JsonValue;
  lacksKeys: boolean;
  applying: Applying | null;
}): JsonValue {
  const log = vector.log.replace("LOG_", "").toLowerCase() as Log;
  const stored = vector.stored === null ? undefined : fromJson(LogResumeSchema, vector.stored);
  const point = new ResumePoint(log, stored, vector.lacksKeys);
  const said = point.present(vector.applying === null ? undefined : applyingOf(log, vector.applying));
  return said === undefined ? null : toJson(LogResumeSchema, said);
}

/** How far the coordinator's clock is ahead. */
export function clockFilter(vector: { samples: readonly Readonly<Record<string, string>>[] }): unknown {
  const filter = new ClockFilter();
  for (const sample of vector.samples) {
    const at = (name: string) => BigInt(sample[name] ?? 0);
    filter.sample(at("agentSentUnixNano"), at("receivedUnixNano"), at("sentUnixNano"), at("agentReceivedUnixNano"));
  }
  const clock = filter.offset();
  return clock === undefined ? null : { offsetNs: String(clock.offsetNs), uncertaintyNs: String(clock.uncertaintyNs) };
}

function applyingOf(log: Log, applying: Applying): LaneStep {
  const position = fromJson(PositionSchema, applying.to);
  const content = contentOf(applying, position.opId);
  return { log, fromOpId: 0n, resume: create(LogResumeSchema, { position }), content };
}

function contentOf({ content, keyed }: Applying, opId: bigint): Content {
  switch (content) {
    case "delivery": {
      const operation = event(opId);
      if (keyed === true) {
        operation.operationClass = OperationClass.KEYED;
        operation.key = "k";
      }
      return delivered([operation]);
    }
    case "page":
      return { kind: "paged", page: create(SnapshotPageSchema), pending: [] };
    case "repair":
      return { kind: "repaired", repair: create(RepairSchema) };
  }
}

function positionOf({ incarnation, epoch, opId }: Place): Position {
  return create(PositionSchema, {
    incarnation: BigInt(incarnation),
    epoch: BigInt(epoch),
    log: wireLog("main"),
    opId: BigInt(opId),
  });
}

function event(opId: bigint): Operation {
  return create(OperationSchema, {
    opId,
    topic: wireTopic("commands"),
    target: allAgents(),
    operationClass: OperationClass.EVENT,
    valueDigest: new Uint8Array(16),
  });
}
