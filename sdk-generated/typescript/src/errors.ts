import type { Code } from "../gen/google/rpc/code_pb.js";
import type { Failure } from "./failure.js";
import { NS_PER_MS } from "./units.js";

/**
 * An answer of the coordinator, or of the way to it, that is not the one asked for.
 *
 * Either worth another try (`RetryableError`), or not (`TerminalError`); or it came too late to tell what became of a
 * publication (`OutcomeUnknownError`).
 */
export class SwarmlogError extends Error {
  override readonly name: string = "SwarmlogError";
  /** All there is about it. */
  readonly failure: Failure;

  constructor(failure: Failure) {
    super(failure.describe(), failure.cause === undefined ? {} : { cause: failure.cause });
    this.failure = failure;
  }

  /** The coordinator's reason, such as `RATE_LIMITED`; `UNSPECIFIED` if it is not its. */
  get reason(): string {
    return this.failure.reason;
  }

  /** What a person can do about it, as the contract states it for the reason. */
  get action(): string {
    return this.failure.action;
  }

  /** The gRPC status code it came with. */
  get code(): Code {
    return this.failure.code;
  }

  /** What the coordinator adds, such as the number it expected. */
  get metadata(): Readonly<Record<string, string>> {
    return this.failure.metadata;
  }

  /** The least time to wait before another try, in milliseconds, if the coordinator asked for one. */
  get retryAfterMs(): number | undefined {
    const askedNs = this.failure.retryAfterNs;
    return askedNs === undefined ? undefined : askedNs / NS_PER_MS;
  }
}

/** An error that another try may not meet: the coordinator is away, restarting, or asks to wait. */
export class RetryableError extends SwarmlogError {
  override readonly name: string = "RetryableError";
}

/** A publisher's queue is full: the coordinator takes less than is published. Nothing was sent. */
export class QueueFullError extends RetryableError {
  override readonly name: string = "QueueFullError";
}

/** An error that the same attempt will meet again; `action` says what a person can do. */
export class TerminalError extends SwarmlogError {
  override readonly name: string = "TerminalError";
}

/**
 * A publication was sent, and whether it is in the log is not known.
 *
 * The connection broke before it was answered, and then the publisher was closed, or the coordinator refused it when it
 * came again because a limit, a grant or a term had changed meanwhile. The `reason` is that of the last refusal.
 *
 * Look in the log. Published again it may be there twice, unless both have the same idempotency key: then the coordinator
 * gives the first answer, if there was one.
 */
export class OutcomeUnknownError extends SwarmlogError {
  override readonly name: string = "OutcomeUnknownError";
}
