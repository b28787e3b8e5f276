// What a vector asks for, computed by what agents and publishers are made of. What goes in and comes out,
// conformance/vectors/README.md says.
import * as digest from "./digest-vectors.js";
import * as lane from "./lane-vectors.js";
import * as pace from "./pace-vectors.js";
import * as wire from "./wire-vectors.js";

// What goes in is as the README says, or the vector fails.
const KINDS: Readonly<Record<string, (vector: never) => unknown>> = {
  "state-digest": digest.stateDigest,
  "digest-parts": digest.digestParts,
  receipt: digest.receipt,
  "utf8-order": digest.utf8Order,
  backoff: pace.backoff,
  "told-delay": pace.toldDelay,
  "retry-budget": pace.retryBudget,
  "send-window": pace.sendWindow,
  "handler-breaker": pace.handlerBreaker,
  "clock-filter": lane.clockFilter,
  dedupe: lane.dedupe,
  resume: lane.resume,
  unknown: lane.unknown,
  errors: wire.errors,
  traceparent: wire.traceparent,
  int64: wire.int64,
};

/** The answer as JSON; undefined if the kind is not known. */
export function compute(kind: string, inputJson: string): string | undefined {
  const known = Object.hasOwn(KINDS, kind) ? KINDS[kind] : undefined;
  return known === undefined ? undefined : JSON.stringify(known(JSON.parse(inputJson) as never));
}
