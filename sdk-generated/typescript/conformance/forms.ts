// Errors as the suite is told them, and OpenTelemetry as it is wanted.
import { context, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { AlwaysOnSampler, BasicTracerProvider } from "@opentelemetry/sdk-trace-base";
import { create } from "@bufbuild/protobuf";

import { Code } from "../gen/google/rpc/code_pb.js";
import type { SwarmlogError } from "../src/errors.js";
import { UNSPECIFIED, type Failure } from "../src/failure.js";
import type { Telemetry } from "../src/telemetry.js";
import { spanContextOf } from "../src/tracing.js";
import { FailureSchema, type Failure as FailureForm } from "./gen/testee_pb.js";

context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());

/** An error of the SDK. */
export function failureOf({ failure }: SwarmlogError): FailureForm {
  const { code, message, action, retryable } = failure;
  return create(FailureSchema, { reason: reasonOf(failure), code, message, action, retryable });
}

/** What has no status: the SDK refused it before it came to that. */
export function refusalOf(why: unknown): FailureForm {
  const message = why instanceof Error ? why.message : String(why);
  return create(FailureSchema, { code: Code.INVALID_ARGUMENT, message });
}

/** Empty if there is none. */
export function reasonOf(failure: Failure): string {
  return failure.reason === UNSPECIFIED ? "" : failure.reason;
}

/** An OpenTelemetry that records everything, and keeps nothing; the global one, which is none, if it is not wanted. */
export function telemetryOf(traced: boolean): Telemetry {
  return traced ? { tracerProvider: new BasicTracerProvider({ sampler: new AlwaysOnSampler() }) } : {};
}

/** Calls it as somebody whose trace context is this one; empty for none. */
export function within<T>(traceparent: string, call: () => T): T {
  const caller = spanContextOf({ traceparent, tracestate: "" });
  return caller === undefined ? call() : context.with(trace.setSpanContext(context.active(), caller), call);
}
