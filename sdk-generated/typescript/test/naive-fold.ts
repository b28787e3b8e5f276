// The state and the sums of a log, as docs/state-digest.md says it, made from all that is there each time. Shares no code
// with the SDK.
import { create } from "@bufbuild/protobuf";
import { createHash } from "node:crypto";

import {
  OperationClass,
  ScopeSchema,
  ScopeSumsSchema,
  TargetSchema,
  type Operation,
  type Payload,
  type Scope,
  type ScopeSums,
  type Target,
} from "../gen/swarmlog/v1/operation_pb.js";

/** Kind 1: for all, 2: for an agent, 3: for a role. */
export interface ScopeOf {
  readonly topic: number;
  readonly kind: 1 | 2 | 3;
  readonly name: string;
}

const KINDS = { all: 1, agent: 2, role: 3 } as const;

export function scopeOf(of: { readonly topic: number; readonly target?: Target | undefined } | undefined): ScopeOf {
  const target = of?.target?.target;
  const name = typeof target?.value === "string" ? target.value : "";
  return { topic: of?.topic ?? 0, kind: KINDS[target?.case ?? "all"], name };
}

export function targetOf({ kind, name }: ScopeOf): Target {
  if (kind === 1) {
    return create(TargetSchema, { target: { case: "all", value: {} } });
  }
  return create(TargetSchema, { target: { case: kind === 2 ? "agent" : "role", value: name } });
}

export function scopeMessage(scope: ScopeOf): Scope {
  return create(ScopeSchema, { topic: scope.topic, target: targetOf(scope) });
}

export function valueDigest(payload: Payload): Uint8Array {
  return h(
    u(1, 1),
    lp(Buffer.from(payload.type)),
    lp(Buffer.from(payload.contentType)),
    u(4, payload.schemaVersion),
    lp(payload.data),
  );
}

export class NaiveFold {
  readonly #scopes = new Map<string, { of: ScopeOf; values: Map<string, Uint8Array>; events: Uint8Array[] }>();

  constructor(operations: Iterable<Operation> = []) {
    for (const operation of operations) {
      this.apply(operation);
    }
  }

  get scopes(): ScopeOf[] {
    return [...this.#scopes.values()].map(({ of }) => of);
  }

  /** Value digests by key. */
  values(scope: ScopeOf): ReadonlyMap<string, Uint8Array> {
    return this.#of(scope).values;
  }

  apply(operation: Operation): void {
    const scope = scopeOf(operation);
    const { values, events } = this.#of(scope);
    if (operation.operationClass === OperationClass.EVENT) {
      events.push(h(u(1, 3), u(8, operation.opId), encoded(scope), operation.valueDigest));
    } else if (operation.tombstone) {
      values.delete(operation.key);
    } else {
      values.set(operation.key, operation.valueDigest);
    }
  }

  sums(scope: ScopeOf): ScopeSums {
    const { values, events } = this.#of(scope);
    const keys = [...values].map(([key, value]) => h(u(1, 2), encoded(scope), lp(Buffer.from(key)), value));
    return create(ScopeSumsSchema, {
      scope: scopeMessage(scope),
      stateDigest: total(keys),
      eventCount: BigInt(events.length),
      eventHash: total(events),
    });
  }

  #of(scope: ScopeOf): { of: ScopeOf; values: Map<string, Uint8Array>; events: Uint8Array[] } {
    const name = JSON.stringify(scope);
    let found = this.#scopes.get(name);
    if (found === undefined) {
      found = { of: scope, values: new Map(), events: [] };
      this.#scopes.set(name, found);
    }
    return found;
  }
}

function total(digests: readonly Uint8Array[]): Uint8Array {
  const sum = digests.reduce((before, digest) => before + BigInt(`0x${Buffer.from(digest).toString("hex")}`), 0n);
  return u(16, sum % 2n ** 128n);
}

function encoded({ topic, kind, name }: ScopeOf): Uint8Array {
  return Buffer.concat([u(1, topic), u(1, kind), lp(Buffer.from(name))]);
}

function h(...parts: readonly Uint8Array[]): Uint8Array {
  return createHash("sha256").update(Buffer.concat(parts)).digest().subarray(0, 16);
}

function lp(part: Uint8Array): Uint8Array {
  return Buffer.concat([u(4, part.length), part]);
}

function u(size: number, value: number | bigint): Uint8Array {
  return Buffer.from(value.toString(16).padStart(size * 2, "0"), "hex");
}
