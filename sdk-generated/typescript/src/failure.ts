import { fromBinary } from "@bufbuild/protobuf";
import { anyUnpack } from "@bufbuild/protobuf/wkt";
import { ConnectError } from "@connectrpc/connect";
import { decodeBinaryHeader } from "@connectrpc/connect";

import { Code } from "../gen/google/rpc/code_pb.js";
import { ErrorInfoSchema, RetryInfoSchema } from "../gen/google/rpc/error_details_pb.js";
import { StatusSchema, type Status } from "../gen/google/rpc/status_pb.js";
import { backoff, errorDomain, reasons } from "../gen/swarmlog/v1/constants.js";
import { Retry } from "../gen/swarmlog/v1/errors_pb.js";
import { OutcomeUnknownError, RetryableError, TerminalError } from "./errors.js";
import { textOf } from "./thrown.js";
import { NS_PER_MS, NS_PER_SECOND } from "./units.js";

export const UNSPECIFIED = "UNSPECIFIED";

const UNKNOWN_OUTCOME = "It had been sent: look in the log whether it was appended.";
// What Connect says of a stream whose connection the other side closed, without a word.
const CLOSED_BY_OTHER_SIDE = "http/2 stream closed with error code CANCEL (0x8)";
// What OpenSSL calls an answer that is no TLS, by its version.
const NO_TLS: ReadonlySet<unknown> = new Set(["ERR_SSL_WRONG_VERSION_NUMBER", "ERR_SSL_PACKET_LENGTH_TOO_LONG"]);
const LONGEST_WAIT_NS = backoff.longestToldMs * NS_PER_MS;
// For errors without a reason: those of gRPC itself and of proxies on the way.
const RETRYABLE_CODES: ReadonlySet<Code> = new Set([
  Code.UNAVAILABLE,
  Code.DEADLINE_EXCEEDED,
  Code.RESOURCE_EXHAUSTED,
  Code.ABORTED,
  Code.INTERNAL,
  Code.UNKNOWN,
  Code.CANCELLED,
]);
// About this client alone: others did not get the same answer.
const TELLS_THIS_CLIENT: ReadonlySet<string> = new Set(["RATE_LIMITED", "BREAKER_OPEN"]);

interface Parts {
  readonly reason: string;
  readonly code: Code;
  readonly message: string;
  readonly action?: string;
  readonly retryable?: boolean;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly retryAfterNs?: number | undefined;
  readonly cause?: unknown;
}

/** An error status, read: the one place that knows what is worth another try. Immutable. */
export class Failure {
  /** The coordinator's reason, such as `RATE_LIMITED`; `UNSPECIFIED` if it is not its. */
  readonly reason: string;
  readonly code: Code;
  readonly message: string;
  /** What a person can do; empty if nobody said. */
  readonly action: string;
  readonly retryable: boolean;
  readonly metadata: Readonly<Record<string, string>>;
  /** Least time to wait, if the coordinator asked for one; above zero, at most a day. */
  readonly retryAfterNs: number | undefined;
  readonly cause: unknown;

  private constructor(parts: Parts) {
    this.reason = parts.reason;
    this.code = parts.code;
    this.message = parts.message;
    this.action = parts.action ?? "";
    this.retryable = parts.retryable ?? false;
    this.metadata = parts.metadata ?? {};
    this.retryAfterNs = parts.retryAfterNs;
    this.cause = parts.cause;
  }

  /** Reads the end of a call to `target`, the coordinator's address for people to read. */
  static ofCall(error: unknown, target: string): Failure {
    if (!(error instanceof ConnectError)) {
      return Failure.#withoutReason({ code: Code.UNKNOWN, message: textOf(error), cause: error });
    }
    const code = isCode(error.code) ? error.code : Code.UNKNOWN;
    const detailed = detailsOf(error);
    if (detailed !== undefined && detailed.details.length > 0) {
      return Failure.#read(detailed, error);
    }
    if (brokeOff(error)) {
      const message = describe(Code.UNAVAILABLE, error, target);
      return Failure.#withoutReason({ code: Code.UNAVAILABLE, message, cause: error });
    }
    return Failure.#withoutReason({
      code,
      message: describe(code, error, target),
      cause: error,
    });
  }

  /** Reads a status inside a frame. */
  static ofStatus(status: Status): Failure {
    return Failure.#read(status, undefined);
  }

  /** An error of the SDK's own that is worth another try. */
  static local(code: Code, message: string): Failure {
    return new Failure({ reason: UNSPECIFIED, code, message, retryable: true });
  }

  /** An error of the SDK's own that another try would meet again. */
  static localTerminal(message: string, cause?: unknown): Failure {
    return new Failure({ reason: UNSPECIFIED, code: Code.FAILED_PRECONDITION, message, cause });
  }

  /** What the coordinator would refuse for good, known before it is sent. */
  static localRefusal(reason: string, message: string): Failure {
    const known = reasons.get(reason);
    if (known === undefined) {
      throw new RangeError(`Expected a reason of the contract, but got ${reason}.`);
    }
    return new Failure({ reason, code: known.code, message, action: known.action });
  }

  /** The reason, or the code where nobody said why. */
  get name(): string {
    return this.reason === UNSPECIFIED ? Code[this.code] : this.reason;
  }

  /**
   * How long to wait, where the coordinator knows it: its answer is about this client. Undefined where it does not, or
   * others may have got the same answer.
   */
  get waitToldNs(): number | undefined {
    return TELLS_THIS_CLIENT.has(this.reason) ? this.retryAfterNs : undefined;
  }

  /** For people to read: name, message, and what to do. */
  describe(): string {
    return `${this.name}: ${sentences(this.message, this.action)}`;
  }

  /** The error to throw for it. */
  toError(): RetryableError | TerminalError {
    return this.retryable ? this.toRetryable() : this.toTerminal();
  }

  /** The error to throw where another try follows whatever it is. */
  toRetryable(): RetryableError {
    return new RetryableError(this);
  }

  /** The error to throw where no other try follows. */
  toTerminal(): TerminalError {
    return new TerminalError(this);
  }

  /** The error to throw for what had been sent before. */
  toOutcomeUnknown(): OutcomeUnknownError {
    const message = sentences(this.message, UNKNOWN_OUTCOME);
    return new OutcomeUnknownError(new Failure({ ...this, message }));
  }

  static #read(status: Status, cause: unknown): Failure {
    const code = isCode(status.code) ? status.code : Code.UNKNOWN;
    const said = readDetails(status);
    const known = reasons.get(said.reason);
    if (known === undefined) {
      return Failure.#withoutReason({ code, message: status.message, ...said, cause });
    }
    const retryable = known.retry === Retry.BACKOFF;
    const { action } = known;
    return new Failure({ code, message: status.message, ...said, action, retryable, cause });
  }

  static #withoutReason(parts: Omit<Parts, "reason" | "action" | "retryable">): Failure {
    const retryable = RETRYABLE_CODES.has(parts.code);
    return new Failure({ ...parts, reason: UNSPECIFIED, retryable });
  }
}

interface Said {
  reason: string;
  metadata: Record<string, string>;
  retryAfterNs: number | undefined;
}

function readDetails(status: Status): Said {
  const said: Said = { reason: UNSPECIFIED, metadata: {}, retryAfterNs: undefined };
  try {
    for (const detail of status.details) {
      const info = anyUnpack(detail, ErrorInfoSchema);
      // Of another domain it is somebody else's, whose words mean something else.
      if (info?.domain === errorDomain) {
        const name = info.reason.toUpperCase();
        // A newer coordinator may have reasons this SDK does not know: the code decides.
        said.reason = reasons.has(name) ? name : UNSPECIFIED;
        said.metadata = { ...info.metadata };
      }
      const retry = anyUnpack(detail, RetryInfoSchema);
      if (retry !== undefined) {
        const { seconds = 0n, nanos = 0 } = retry.retryDelay ?? {};
        said.retryAfterNs = withinADay(seconds, nanos);
      }
    }
  } catch {
    // A detail that does not parse says nothing; code and message remain.
    said.reason = UNSPECIFIED;
  }
  return said;
}

/** Undefined where it asks for nothing; more than a day nobody means. */
function withinADay(seconds: bigint, nanos: number): number | undefined {
  if (seconds < 0n) {
    return undefined;
  }
  const askedNs = Math.min(LONGEST_WAIT_NS, Number(seconds) * NS_PER_SECOND + nanos);
  return askedNs > 0 ? askedNs : undefined;
}

function isCode(code: number): code is Code {
  return code in Code;
}

/** The status of the trailers, if it parses and is that of the call. */
function detailsOf(error: ConnectError): Status | undefined {
  const encoded = error.metadata.get("grpc-status-details-bin");
  if (encoded === null) {
    return undefined;
  }
  try {
    const status = fromBinary(StatusSchema, decodeBinaryHeader(encoded));
    return status.code === Number(error.code) ? status : undefined;
  } catch {
    return undefined;
  }
}

/** Whether no status came: the way to the coordinator broke, or the stream was reset. */
function brokeOff(error: ConnectError): boolean {
  return error.metadata.get("grpc-status") === null && error.cause instanceof Error;
}

/** Who cannot reach the coordinator wants to know where it was looked for, and what is wrong. */
function describe(code: Code, error: ConnectError, target: string): string {
  if (error.rawMessage === "") {
    return "the call ended without a message";
  }
  const unreachable = code === Code.UNAVAILABLE || error.rawMessage === CLOSED_BY_OTHER_SIDE;
  return unreachable ? `Expected to reach the coordinator at ${target}, but got: ${meaning(error)}` : error.rawMessage;
}

/** What the layers below say, and what it means where they do not say that. */
function meaning(error: ConnectError): string {
  const { code } = (error.cause ?? {}) as { code?: unknown };
  const said = error.rawMessage.trim();
  if (NO_TLS.has(code)) {
    return `what answers there has no TLS (${String(code)}): is it a coordinator without? Then give Security.plaintext()`;
  }
  if (code === "ERR_HTTP2_ERROR") {
    return `what answers there has no HTTP/2 (${said}): look at the port, and whether the coordinator wants TLS`;
  }
  return said === CLOSED_BY_OTHER_SIDE ? `${said}; if that is so each time, the coordinator may want TLS` : said;
}

function sentences(first: string, second: string): string {
  if (second === "") {
    return first;
  }
  return first.endsWith(".") ? `${first} ${second}` : `${first}. ${second}`;
}
