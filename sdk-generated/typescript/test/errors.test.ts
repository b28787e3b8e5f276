import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { create, getOption, toBinary } from "@bufbuild/protobuf";
import { ConnectError, encodeBinaryHeader, type Code as ConnectCode } from "@connectrpc/connect";

import { Code } from "../gen/google/rpc/code_pb.js";
import { StatusSchema, type Status } from "../gen/google/rpc/status_pb.js";
import { reasons } from "../gen/swarmlog/v1/constants.js";
import { ErrorReasonSchema, reason as reasonOption, Retry } from "../gen/swarmlog/v1/errors_pb.js";
import { RetryableError, SwarmlogError, TerminalError } from "../src/errors.js";
import { Failure } from "../src/failure.js";
import { status, withRetry } from "./statuses.js";

const TARGET = "db:7400";

/** The end of a call as a server's trailers say it. */
function ended(code: Code, message = "", details?: Status): ConnectError {
  const trailers = new Headers({ "grpc-status": `${code}` });
  if (details !== undefined) {
    trailers.set("grpc-status-details-bin", encodeBinaryHeader(toBinary(StatusSchema, details)));
  }
  return new ConnectError(message, code as number as ConnectCode, trailers);
}

describe("what the contract says of a reason", () => {
  for (const reason of reasons.keys()) {
    test(`should hold of ${reason}`, () => {
      // given
      const made = status(reason);
      // when
      const read = Failure.ofCall(ended(made.code, "", made), TARGET).toError();
      // then
      const value = ErrorReasonSchema.values.find(({ name }) => name === `ERROR_REASON_${reason}`)!;
      const detail = getOption(value, reasonOption);
      assert.equal(read.reason, reason);
      assert.equal(read.action, detail.action);
      assert.equal(read.code, detail.code);
      assert.equal(read.constructor, detail.retry === Retry.BACKOFF ? RetryableError : TerminalError);
      assert.ok(read.message.startsWith(`${reason}: Expected something else, but it is a test. `), read.message);
      assert.ok(read.message.endsWith(detail.action));
    });
  }
});

test("should read metadata and the time to wait", () => {
  const read = Failure.ofStatus(status("RATE_LIMITED", { scope: "agent" }, 1_500)).toError();
  assert.equal(read.metadata.scope, "agent");
  assert.equal(read.retryAfterMs, 1_500);
  assert.ok(read instanceof SwarmlogError && read instanceof Error);
  assert.equal(read.name, "RetryableError");
});

test("should wait for a day at most and never for less than nothing", () => {
  const dayNs = 86_400 * 1e9;
  for (const [ms, expectedNs] of [
    [9e12, dayNs],
    [86_400_000, dayNs],
    [0.000_001, 1],
    [0, undefined],
    [-1_000, undefined],
  ] as const) {
    const read = Failure.ofStatus(withRetry(status("RATE_LIMITED"), ms));
    assert.equal(read.retryAfterNs, expectedNs, `${ms} ms`);
    assert.equal(read.waitToldNs, expectedNs);
  }
});

test("should be told to wait only by what is about this client", () => {
  const read = Failure.ofStatus(status("OVERLOADED", {}, 100));
  assert.equal(read.retryAfterNs, 100_000_000);
  assert.equal(read.waitToldNs, undefined);
});

test("should judge by the code where there is no reason", () => {
  const retryable = [Code.UNAVAILABLE, Code.INTERNAL, Code.UNKNOWN, Code.CANCELLED];
  for (const code of [...retryable, Code.UNIMPLEMENTED, Code.UNAUTHENTICATED, Code.INVALID_ARGUMENT]) {
    assert.equal(Failure.ofCall(ended(code), TARGET).retryable, retryable.includes(code), Code[code]);
  }
});

test("should say where the coordinator was looked for", () => {
  const read = Failure.ofCall(ended(Code.UNAVAILABLE, "no route"), TARGET);
  assert.equal(read.describe(), "UNAVAILABLE: Expected to reach the coordinator at db:7400, but got: no route");
  assert.equal(
    Failure.ofCall(ended(Code.UNAVAILABLE), TARGET).describe(),
    "UNAVAILABLE: the call ended without a message",
  );
});

test("should take what broke off without a status for unavailable", () => {
  const broken = new ConnectError("socket hang up", Code.ABORTED as number as ConnectCode);
  broken.cause = new Error("socket hang up");
  const read = Failure.ofCall(broken, TARGET);
  assert.equal(read.code, Code.UNAVAILABLE);
  assert.ok(read.retryable);
});

test("should judge by the code where the reason is unknown", () => {
  // given
  const made = status("OVERLOADED");
  const text = Buffer.from(made.details[0]!.value).toString("latin1").replace("OVERLOADED", "NEVERHEARD");
  made.details[0]!.value = Buffer.from(text, "latin1");
  // when
  const read = Failure.ofStatus(made);
  // then
  assert.deepEqual([read.reason, read.name, read.retryable], ["UNSPECIFIED", "UNAVAILABLE", true]);
});

test("should keep code and message where a detail does not parse", () => {
  const made = status("OVERLOADED");
  made.details[0]!.value = Uint8Array.of(0xff, 0xff, 0xff);
  const read = Failure.ofStatus(made);
  assert.deepEqual([read.reason, read.code], ["UNSPECIFIED", Code.UNAVAILABLE]);
});

test("should not believe details of another code", () => {
  const read = Failure.ofCall(ended(Code.INTERNAL, "broken", status("OVERLOADED")), TARGET);
  assert.equal(read.describe(), "INTERNAL: broken");
});

test("should take a code it does not know for unknown", () => {
  assert.equal(Failure.ofStatus(create(StatusSchema, { code: 99 })).code, Code.UNKNOWN);
});

test("should say of an unknown outcome what to do", () => {
  const error = Failure.local(Code.CANCELLED, "Expected more").toOutcomeUnknown();
  assert.equal(error.message, "CANCELLED: Expected more. It had been sent: look in the log whether it was appended.");
});
