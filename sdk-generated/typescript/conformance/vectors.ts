// What a vector asks for, computed by what agents and publishers are made of. What goes in and comes out,
// conformance/vectors/README.md says.
import * as pace from "./pace-vectors.js";
import * as wire from "./wire-vectors.js";

// What goes in is as the README says, or the vector fails.
const KINDS: Readonly<Record<string, (vector: never) => unknown>> = {
  backoff: pace.backoff,
  "told-delay": pace.toldDelay,
  "retry-budget": pace.retryBudget,
  "send-window": pace.sendWindow,
  errors: wire.errors,
  traceparent: wire.traceparent,
  int64: wire.int64,
};

/** The answer as JSON; undefined if the kind is not known. */
export function compute(kind: string, inputJson: string): string | undefined {
  const known = Object.hasOwn(KINDS, kind) ? KINDS[kind] : undefined;
  return known === undefined ? undefined : JSON.stringify(known(JSON.parse(inputJson) as never));
}
