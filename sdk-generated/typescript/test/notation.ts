// How the transcripts of agents write things.
//
// Scopes are letters, A (for all) before B before C, all of `main`. Operations are "5" (nothing but an ID), "5:A" (an
// event), "5:A:x:a" (key x has the value a), "5:A:x:-" (key x is deleted). Positions are "main@7", of another epoch than 1
// "main@7/2".
import { create } from "@bufbuild/protobuf";

import type { DigestReport } from "../gen/swarmlog/v1/drift_pb.js";
import {
  OperationClass,
  OperationSchema,
  PayloadSchema,
  Topic,
  type Operation,
  type Payload,
  type Scope as ScopeMessage,
  type ScopeSums,
} from "../gen/swarmlog/v1/operation_pb.js";
import { PositionSchema, type Position } from "../gen/swarmlog/v1/position_pb.js";
import type { LogResume } from "../gen/swarmlog/v1/resume_pb.js";
import { logNamed, wireLog, type Log } from "../src/names.js";
import { scopeOf, targetOf, valueDigest, type ScopeOf } from "./naive-fold.js";

export function scope(letter: string): ScopeOf {
  return letter === "A"
    ? { topic: Topic.COMMANDS, kind: 1, name: "" }
    : { topic: Topic.COMMANDS, kind: 2, name: letter };
}

export function scopes(letters: string): ScopeOf[] {
  return letters
    .split(",")
    .filter((letter) => letter !== "")
    .map(scope);
}

export function letterOf(of: Parameters<typeof scopeOf>[0]): string {
  const { name } = scopeOf(of);
  return name === "" ? "A" : name;
}

export function payload(value: string): Payload {
  return create(PayloadSchema, { data: Buffer.from(value) });
}

export function operation(text: string): Operation {
  const [opId = "", letter, key, value] = text.split(":");
  if (letter === undefined) {
    return create(OperationSchema, { opId: BigInt(opId) });
  }
  const of = scope(letter);
  return key === undefined ? event(BigInt(opId), of) : keyed(BigInt(opId), of, key, value === "-" ? undefined : value);
}

export function event(opId: bigint, of: ScopeOf): Operation {
  return create(OperationSchema, {
    opId,
    groupFirst: opId,
    groupLast: opId,
    topic: of.topic,
    target: targetOf(of),
    operationClass: OperationClass.EVENT,
    valueDigest: valueDigest(payload(`event ${opId}`)),
  });
}

/** No value deletes the key. */
export function keyed(opId: bigint, of: ScopeOf, key: string, value: string | undefined): Operation {
  const made = event(opId, of);
  made.operationClass = OperationClass.KEYED;
  made.key = key;
  made.tombstone = value === undefined;
  made.valueDigest = new Uint8Array();
  if (value !== undefined) {
    made.payload = payload(value);
    made.valueDigest = valueDigest(made.payload);
  }
  return made;
}

export function textOf(of: Operation): string {
  if (of.operationClass === OperationClass.KEYED) {
    const value = of.tombstone ? "-" : Buffer.from(of.payload?.data ?? []).toString();
    return `${of.opId}:${letterOf(of)}:${of.key}:${value}`;
  }
  return of.operationClass === OperationClass.EVENT ? `${of.opId}:${letterOf(of)}` : `${of.opId}`;
}

/** As Java writes a list. */
export function listed(words: readonly unknown[]): string {
  return `[${words.map(String).join(", ")}]`;
}

export function position(text: string): Position {
  const [log = "", opId = "", epoch = "1"] = text.split(/[@/]/);
  return create(PositionSchema, {
    log: wireLog(log as Log),
    incarnation: 1n,
    opId: BigInt(opId),
    epoch: BigInt(epoch),
  });
}

export function place(at: Position | undefined): string {
  const epoch = at === undefined || at.epoch <= 1n ? "" : `/${at.epoch}`;
  return `${logNamed(at?.log ?? 0)}@${at?.opId ?? 0n}${epoch}`;
}

/** Position, and behind it whatever else there is. */
export function resume(of: LogResume): string {
  const parts = [place(of.position)];
  const { interrupted } = of;
  if (interrupted.case === "triple") {
    const { baseOpId, cursorOpId, targetOpId, exact } = interrupted.value;
    parts.push(`in delta ${baseOpId}..${cursorOpId}..${targetOpId}${exact ? "" : " inexact"}`);
  } else if (interrupted.case === "snapshot") {
    const { position: at, scope: begun, lastKey } = interrupted.value;
    parts.push(`in snapshot of ${place(at)}${begun === undefined ? "" : ` behind ${letterOf(begun)} '${lastKey}'`}`);
  }
  if (of.scopes.length > 0) {
    parts.push(`holds ${of.scopes.map((each: ScopeMessage) => letterOf(each)).join(",")}`);
  }
  if (of.sums.length > 0) {
    parts.push(sums(of.sums));
  }
  return parts.join(", ");
}

export function sums(of: readonly ScopeSums[]): string {
  const each = of.map((sums) => {
    const count = sums.eventHash.length > 0 ? String(sums.eventCount) : "?";
    return `${letterOf(sums.scope)}:${short(sums.stateDigest)}:${count}`;
  });
  return `sums ${each.join(" ")}`;
}

/** The query, and each part with the key it ends with, its keys, its digest. */
export function answer(of: DigestReport): string {
  const parts = of.parts.map((part) => `..'${part.throughKey}' ${part.keyCount} ${short(part.digest)}`);
  return `query ${of.queryId} at ${place(of.position)}: ${parts.join(", ")}`;
}

export function short(digest: Uint8Array): string {
  return digest.length > 0 ? Buffer.from(digest.subarray(0, 2)).toString("hex") : "?";
}
