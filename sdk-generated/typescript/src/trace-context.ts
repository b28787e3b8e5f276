// W3C trace context as it stands in messages: https://www.w3.org/TR/trace-context/. Always this form, whatever propagator an
// application has set up, because it is stored.

/** As it stands in a message; both empty for none. */
export interface TraceText {
  readonly traceparent: string;
  readonly tracestate: string;
}

/** What a message carries, read. */
export interface TraceParent {
  /** 32 hex digits. */
  readonly traceId: string;
  /** 16 hex digits. */
  readonly spanId: string;
  readonly traceFlags: number;
  /** Empty where there is none, or it makes no sense. */
  readonly traceState: string;
}

const PARENT = /^(?!ff)([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;
const MAX_MEMBERS = 32;
const MAX_STATE_CHARS = 512;
const MEMBER =
  /^(?:[a-z][a-z0-9_\-*/]{0,255}|[a-z0-9][a-z0-9_\-*/]{0,240}@[a-z][a-z0-9_\-*/]{0,13})=[\x20-\x2b\x2d-\x3c\x3e-\x7e]{0,255}[\x21-\x2b\x2d-\x3c\x3e-\x7e]$/;

/** What a message carries; undefined if that is nothing, or makes no sense. */
export function readTrace(text: TraceText): TraceParent | undefined {
  const parts = PARENT.exec(text.traceparent);
  if (parts === null) {
    return undefined;
  }
  const [, version = "", traceId = "", spanId = "", flags = "", more] = parts;
  // A later version may have more behind it.
  if (version === "00" && more !== undefined) {
    return undefined;
  }
  return { traceId, spanId, traceFlags: parseInt(flags, 16), traceState: readState(text.tracestate) };
}

/** As it goes into a message. */
export function writeTrace(of: TraceParent): TraceText {
  const flags = of.traceFlags.toString(16).padStart(2, "0");
  return { traceparent: `00-${of.traceId}-${of.spanId}-${flags}`, tracestate: of.traceState };
}

function readState(state: string): string {
  const members = state
    .split(",")
    .map((member) => member.trim())
    .filter((member) => member !== "");
  const makesSense =
    members.length <= MAX_MEMBERS &&
    state.length <= MAX_STATE_CHARS &&
    members.every((member) => MEMBER.test(member)) &&
    new Set(members.map((member) => member.split("=")[0])).size === members.length;
  return makesSense ? members.join(",") : "";
}
