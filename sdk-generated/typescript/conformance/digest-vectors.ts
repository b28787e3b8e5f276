// Vectors of what an agent holds.
import { create } from "@bufbuild/protobuf";

import { DigestQuerySchema } from "../gen/swarmlog/v1/drift_pb.js";
import {
  OperationClass,
  OperationSchema,
  PayloadSchema,
  ScopeSumsSchema,
  type Operation,
} from "../gen/swarmlog/v1/operation_pb.js";
import { PositionSchema } from "../gen/swarmlog/v1/position_pb.js";
import { LogResumeSchema } from "../gen/swarmlog/v1/resume_pb.js";
import { wireLog } from "../src/names.js";
import { cut } from "../src/session/digest-parts.js";
import { BYTES, digestOf, valueDigest } from "../src/session/digests.js";
import { LaneLedger } from "../src/session/lane-ledger.js";
import { delivered, StepDraft, type SyncStart } from "../src/session/lane-step.js";
import { checkReceipt } from "../src/session/receipt-check.js";
import { reported } from "../src/session/resume-point.js";
import { ScopeLedger } from "../src/session/scope-ledger.js";
import { Scope } from "../src/session/scope.js";

interface ScopeFields {
  readonly topic: number;
  readonly kind: 1 | 2 | 3;
  readonly name: string;
}

interface OperationFields extends ScopeFields {
  readonly opId: string;
  readonly class: "EVENT" | "KEYED";
  readonly key: string;
  readonly tombstone: boolean;
  readonly type: string;
  readonly contentType: string;
  readonly schemaVersion: number;
  readonly dataHex: string;
}

interface Held {
  readonly key: string;
  readonly valueDigestHex: string;
}

/** The digest of each value, and the sums of its scope after it. */
export function stateDigest(vector: { operations: readonly OperationFields[] }): unknown {
  const operations = vector.operations.map(operationOf);
  const scopes = new Map(operations.map((operation) => [Scope.of(operation).id, Scope.of(operation)]));
  const ledger = new LaneLedger(undefined, true, []);
  let start: SyncStart | undefined = { scopes: [...scopes.values()], replaces: false, holdsNothing: false };
  return operations.map((operation) => {
    const position = create(PositionSchema, { log: wireLog("main"), opId: operation.opId });
    const done = ledger.prepare({
      log: "main",
      fromOpId: operation.opId - 1n,
      resume: create(LogResumeSchema, { position }),
      content: delivered([operation]),
      start,
    });
    start = undefined;
    const sums = reported(done.after, true).find((each) => Scope.from(each.scope).id === Scope.of(operation).id);
    return {
      valueDigestHex: hex(operation.valueDigest),
      stateDigestHex: hex(sums?.stateDigest),
      eventCount: Number(sums?.eventCount),
      eventHashHex: hex(sums?.eventHash),
    };
  });
}

/** The parts of an answer to a query. */
export function digestParts(vector: {
  scope: ScopeFields;
  held: readonly Held[];
  afterKey: string;
  throughKey: string;
  maxParts: number;
}): unknown {
  const ledger = new ScopeLedger(scopeOf(vector.scope), true, true);
  hold(ledger, vector.held);
  const { afterKey, throughKey, maxParts } = vector;
  const query = create(DigestQuerySchema, { afterKey, throughKey, maxParts });
  const keys = ledger.within(afterKey, throughKey);
  return cut(keys, (key) => ledger.keyDigest(key), query).map((part) => ({
    throughKey: part.throughKey,
    keyCount: Number(part.keyCount),
    digestHex: hex(part.digest),
  }));
}

interface HeldScope {
  readonly scope: ScopeFields;
  readonly keysKnown: boolean;
  readonly keys: readonly Held[];
  readonly eventsKnown: boolean;
  readonly eventCount: string;
  readonly eventHashHex: string;
}

interface Expected {
  readonly scope: ScopeFields;
  readonly stateDigestHex: string;
  readonly eventCount: string;
  readonly eventHashHex: string;
}

/** What differs at the end of a sync. */
export function receipt(vector: { held: readonly HeldScope[]; receipt: readonly Expected[] }): unknown {
  const expected = new Map(
    vector.receipt.map((fields) => [
      scopeOf(fields.scope).id,
      create(ScopeSumsSchema, {
        stateDigest: bytes(fields.stateDigestHex),
        eventCount: BigInt(fields.eventCount),
        eventHash: bytes(fields.eventHashHex),
      }),
    ]),
  );
  const stateDiffers: ScopeFields[] = [];
  const eventsDiffer: ScopeFields[] = [];
  for (const { scope, keysKnown, keys, eventsKnown, eventCount, eventHashHex } of vector.held) {
    const ledger = new ScopeLedger(scopeOf(scope), keysKnown, false);
    hold(ledger, keys);
    if (eventsKnown) {
      ledger.takeEvents(BigInt(eventCount), bytes(eventHashHex));
    }
    const draft = new StepDraft();
    checkReceipt(ledger, expected.get(ledger.scope.id), draft);
    if (draft.stateDiffers) {
      stateDiffers.push(scope);
    }
    if (draft.mismatches.length > (draft.stateDiffers ? 1 : 0)) {
      eventsDiffer.push(scope);
    }
  }
  return { agrees: stateDiffers.length + eventsDiffer.length === 0, stateDiffers, eventsDiffer };
}

/** The order of keys, as a ledger has it. */
export function utf8Order(vector: { keys: readonly string[] }): string[] {
  const ledger = new ScopeLedger(new Scope("commands"), true, true);
  for (const key of vector.keys) {
    ledger.put(key, digestOf(new Uint8Array(BYTES)));
  }
  return ledger.within("", "");
}

function scopeOf({ topic, kind, name }: ScopeFields): Scope {
  return new Scope(topic, kind === 2 ? name : "", kind === 3 ? name : "");
}

function operationOf(fields: OperationFields): Operation {
  const scope = scopeOf(fields);
  const operation = create(OperationSchema, {
    opId: BigInt(fields.opId),
    topic: scope.topicNumber,
    target: scope.target(),
    operationClass: OperationClass[fields.class],
    key: fields.key,
    tombstone: fields.tombstone,
  });
  if (!operation.tombstone) {
    operation.payload = create(PayloadSchema, {
      type: fields.type,
      contentType: fields.contentType,
      schemaVersion: fields.schemaVersion,
      data: bytes(fields.dataHex),
    });
    operation.valueDigest = valueDigest(operation.payload);
  }
  return operation;
}

function hold(ledger: ScopeLedger, keys: readonly Held[]): void {
  for (const { key, valueDigestHex } of keys) {
    ledger.put(key, digestOf(bytes(valueDigestHex)));
  }
}

function bytes(of: string): Uint8Array {
  return new Uint8Array(Buffer.from(of, "hex"));
}

function hex(of: Uint8Array | undefined): string {
  return Buffer.from(of ?? []).toString("hex");
}
