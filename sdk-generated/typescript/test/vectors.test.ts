// The vectors that every SDK agrees on, as the documents of the contract have them; those of the conformance suite are run by its
// testee.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { create } from "@bufbuild/protobuf";

import { DigestQuerySchema } from "../gen/swarmlog/v1/drift_pb.js";
import { PayloadSchema } from "../gen/swarmlog/v1/operation_pb.js";
import { cut } from "../src/session/digest-parts.js";
import { digestOf, valueDigest } from "../src/session/digests.js";
import { Scope } from "../src/session/scope.js";
import { ScopeLedger } from "../src/session/scope-ledger.js";

interface ScopeFields {
  readonly topic: number;
  readonly kind: 1 | 2 | 3;
  readonly name: string;
}

interface StateVector extends ScopeFields {
  readonly opId: number;
  readonly class: "EVENT" | "KEYED";
  readonly key: string;
  readonly tombstone: boolean;
  readonly type: string;
  readonly contentType: string;
  readonly schemaVersion: number;
  readonly dataHex: string;
  readonly expected: {
    readonly valueDigestHex: string;
    readonly stateDigestHex: string;
    readonly eventCount: number;
    readonly eventHashHex: string;
  };
}

interface Row {
  readonly key: string;
  readonly valueDigestHex: string;
}

interface DriftVector {
  readonly name: string;
  readonly scope: ScopeFields;
  readonly held: readonly Row[];
  readonly stateDigestHex: string;
  readonly queries: readonly {
    readonly afterKey: string;
    readonly throughKey: string;
    readonly maxParts: number;
    readonly expected: readonly { throughKey: string; keyCount: number; digestHex: string }[];
  }[];
  readonly repairs: readonly {
    readonly afterKey: string;
    readonly throughKey: string;
    readonly operations: readonly Row[];
    readonly stateDigestHex: string;
  }[];
}

test("should compute the digests of states and events", () => {
  const ledgers = new Map<string, ScopeLedger>();
  for (const vector of read<StateVector>("state-digest-vectors.json")) {
    const { expected } = vector;
    const ledger = ledgerOf(vector, ledgers);
    const value = valueDigest(
      create(PayloadSchema, {
        type: vector.type,
        contentType: vector.contentType,
        schemaVersion: vector.schemaVersion,
        data: Buffer.from(vector.dataHex, "hex"),
      }),
    );
    // when
    if (vector.tombstone) {
      ledger.remove(vector.key);
    } else if (vector.class === "EVENT") {
      ledger.event(BigInt(vector.opId), value);
    } else {
      ledger.put(vector.key, digestOf(value));
    }
    // then
    const sums = ledger.sums();
    assert.equal(vector.tombstone ? "" : hex(value), expected.valueDigestHex);
    assert.equal(hex(sums.stateDigest), expected.stateDigestHex);
    assert.equal(sums.eventCount, BigInt(expected.eventCount));
    assert.equal(hex(sums.eventHash), expected.eventHashHex);
  }
});

test("should cut keys into parts, and take repairs over", () => {
  for (const vector of read<DriftVector>("drift-vectors.json")) {
    const ledger = ledgerOf(vector.scope, new Map());
    vector.held.forEach((row) => ledger.put(row.key, digestOfHex(row.valueDigestHex)));
    assert.equal(hex(ledger.sums().stateDigest), vector.stateDigestHex);
    for (const { expected, ...asked } of vector.queries) {
      const query = create(DigestQuerySchema, asked);
      const parts = cut(ledger.within(query.afterKey, query.throughKey), (key) => ledger.keyDigest(key), query);
      assert.deepEqual(
        parts.map(({ throughKey, keyCount, digest }) => ({
          throughKey,
          keyCount: Number(keyCount),
          digestHex: hex(digest),
        })),
        expected,
        vector.name,
      );
    }
    for (const { afterKey, throughKey, operations, stateDigestHex } of vector.repairs) {
      const there = new Set(operations.map(({ key }) => key));
      ledger
        .within(afterKey, throughKey)
        .filter((key) => !there.has(key))
        .forEach((key) => ledger.remove(key));
      operations.forEach((row) => ledger.put(row.key, digestOfHex(row.valueDigestHex)));
      assert.equal(hex(ledger.sums().stateDigest), stateDigestHex, vector.name);
    }
  }
});

function read<T>(name: string): T[] {
  const path = new URL(`../../../../docs/${name}`, import.meta.url);
  const { vectors } = JSON.parse(readFileSync(path, "utf8")) as { vectors: T[] };
  assert.ok(vectors.length > 0);
  return vectors;
}

function ledgerOf({ topic, kind, name }: ScopeFields, ledgers: Map<string, ScopeLedger>): ScopeLedger {
  const scope = new Scope(topic, kind === 2 ? name : "", kind === 3 ? name : "");
  const ledger = ledgers.get(scope.id) ?? new ScopeLedger(scope, true, true);
  ledgers.set(scope.id, ledger);
  return ledger;
}

function digestOfHex(of: string): string {
  return digestOf(Buffer.from(of, "hex"));
}

function hex(of: Uint8Array): string {
  return Buffer.from(of).toString("hex");
}
