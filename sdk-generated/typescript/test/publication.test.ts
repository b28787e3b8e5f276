import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { create, fromBinary } from "@bufbuild/protobuf";

import { OperationClass } from "../gen/swarmlog/v1/operation_pb.js";
import { PositionSchema } from "../gen/swarmlog/v1/position_pb.js";
import { deleted, event, keyed, measurement, payloads, Scope, targets } from "../src/index.js";
import { logOf, topicNamed, topics } from "../src/names.js";

test("should take the type of a message from the message", () => {
  // given
  const message = create(PositionSchema, { opId: 7n });
  // when
  const made = event("commands", payloads.protobuf(PositionSchema, message)).record.payload!;
  // then
  assert.deepEqual([made.type, made.contentType], ["swarmlog.v1.Position", "application/protobuf"]);
  assert.deepEqual(fromBinary(PositionSchema, made.data), message);
});

test("should choose the content type by the value, and read it again", () => {
  for (const [value, contentType, text] of [
    ["Grüße", "text/plain; charset=utf-8", "Grüße"],
    [{ weg: "Süd", km: [1, null] }, "application/json", '{"weg":"Süd","km":[1,null]}'],
    [null, "application/json", "null"],
  ] as const) {
    const made = event("commands", value, { type: "hello.Route" }).record.payload!;
    assert.deepEqual([made.type, made.contentType], ["hello.Route", contentType]);
    assert.equal(Buffer.from(made.data).toString(), text);
    assert.deepEqual(payloads.value(made), value);
  }
  const bytes = Uint8Array.of(0, 255);
  const made = event("commands", bytes, { type: "t" }).record.payload!;
  bytes[0] = 1;
  assert.deepEqual(payloads.value(made), Uint8Array.of(0, 255));
  const given = payloads.raw("acme.Image", "image/png", bytes);
  assert.equal(event("alerts", given).record.payload, given);
});

test("should refuse what has no type, no JSON, or two types", () => {
  assert.throws(() => event("commands", "Hello"), /add \{ type: "acme\.Result" \}/);
  assert.throws(() => event("commands", [NaN], { type: "a" }), /NaN has none/);
  assert.throws(() => event("commands", { at: 7n }, { type: "a" }), /the bigint 7 has none/);
  assert.throws(() => event("commands", undefined, { type: "a" }), /has JSON, but got undefined/);
  assert.throws(() => event("commands", payloads.text("b", ""), { type: "a" }), /type a, but got one of b/);
  assert.throws(
    () => event("commands", create(PositionSchema), { type: "a" }),
    /payloads\.protobuf\(schema, message\)/,
  );
});

test("should state class, key and target", () => {
  const put = keyed("reconciliation", "south", "12 km", { type: "hello.Route" }).record;
  const gone = deleted("reconciliation", "south", { to: targets.role("scout") }).record;
  const measured = measurement(1, { type: "acme.Load", to: targets.agent("a") });
  assert.deepEqual([put.operationClass, put.target?.target.case], [OperationClass.KEYED, "all"]);
  assert.deepEqual([gone.key, gone.tombstone, gone.target?.target.value], ["south", true, "scout"]);
  assert.equal(gone.payload, undefined);
  assert.deepEqual([measured.log, measured.record.operationClass], ["telemetry", OperationClass.EPHEMERAL]);
});

test("should leave the publication as it is", () => {
  const given = event("commands", "a", { type: "t" });
  const made = given.withTerm(3n).withIdempotencyKey("k");
  assert.deepEqual([given.record.term, given.idempotencyKey], [0n, ""]);
  assert.deepEqual([made.record.term, made.idempotencyKey], [3n, "k"]);
});

describe("an expiry", () => {
  const given = event("commands", "a", { type: "t" }).withIdempotencyKey("k");

  test("should be an instant, or so long from now", () => {
    const instant = new Date("2030-01-02T03:04:05.678Z");
    const made = given.expiringAt(instant);
    assert.equal(made.record.expiresAtUnixNano, 1_893_553_445_678_000_000n);
    assert.equal(made.idempotencyKey, "k");
    const before = BigInt(Date.now()) * 1_000_000n;
    const soon = given.expiringIn(60_000).record.expiresAtUnixNano - before;
    assert.ok(soon > 59_000_000_000n && soon < 90_000_000_000n);
  });

  test("should mean something", () => {
    for (const instant of [new Date(0), new Date("2262-01-01T00:00:00Z"), new Date(NaN)]) {
      assert.throws(() => given.expiringAt(instant), /Expected an expiry/);
    }
    for (const ms of [0, -1, NaN, 1e15]) {
      assert.throws(() => given.expiringIn(ms), RangeError);
    }
    assert.throws(() => deleted("commands", "k").expiringIn(1_000), /deletes a key/);
  });
});

describe("what cannot be meant", () => {
  const any = (given: unknown) => given as never;
  const mistakes: Record<string, [() => unknown, RegExp]> = {
    topic: [() => event(any("comands"), "a", { type: "t" }), /a topic, one of .*, but got "comands"/],
    to: [() => event("commands", "a", { type: "t", to: any("a") }), /got "a": give targets\.agent\(name\)/],
    key: [() => keyed("commands", any(7), 1, { type: "t" }), /the key as a string, but got 7/],
    type: [() => measurement(1, { type: any(Number) }), /type of the payload as a string, but got a function/],
    "idempotency key": [() => event("commands", 1, { type: "t" }).withIdempotencyKey(any(null)), /but got null/],
    term: [() => event("commands", 1, { type: "t" }).withTerm(any(1)), /a bigint from 0n to below .*, but got 1/],
    "term of 65 bits": [() => event("commands", 1, { type: "t" }).withTerm(2n ** 64n), /below 2n \*\* 64n/],
    "half a surrogate pair as key": [() => keyed("reconciliation", "\ud800", 1, { type: "t" }), /half a surrogate/],
    "half a surrogate pair as type": [() => event("commands", 1, { type: "\udc00" }), /half a surrogate pair/],
    "half a surrogate pair as text": [() => event("commands", "\ud800", { type: "t" }), /half a surrogate pair/],
    "half a surrogate pair as name": [() => targets.role("\ud800a"), /half a surrogate pair/],
    agent: [() => targets.agent(any(1)), /an agent as a string, but got 1/],
    role: [() => targets.role(" "), /the name of a role, but got nothing/],
  };
  for (const [what, [mistake, said]] of Object.entries(mistakes)) {
    test(`should be refused: ${what}`, () => {
      assert.throws(mistake, said);
    });
  }
});

test("should know the log of each topic", () => {
  assert.deepEqual(
    topics.map((topic) => logOf(topic)),
    ["control", "main", "main", "main", "telemetry"],
  );
  assert.throws(() => topicNamed(0), /one of the five topics, but got 0/);
});

test("should describe scopes", () => {
  assert.equal(new Scope("commands").toString(), "commands for all");
  assert.equal(new Scope("commands", "", "r").toString(), "commands for role 'r'");
  assert.equal(new Scope("commands", "a").toString(), "commands for agent 'a'");
});
