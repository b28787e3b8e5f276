// What happens after a handler threw.
import { handler } from "../../gen/swarmlog/v1/constants.js";
import { requireAtLeast, shown } from "../arguments.js";
import type { Operation } from "../operation.js";

const MAX_POWER = 30;

/**
 * What to do with operations that could not be applied.
 *
 * - `retry`: call the handler again after a backoff with jitter, 100 ms to 30 s; the lane waits.
 * - `retry-at-once`: call the handler again at once: twice at most before it is `retry-later`. And that from the first time on
 *   where more than every third try of the lane fails, since what is down is not helped by three times the tries.
 * - `retry-later`: go on with the next operation, and have the coordinator give this one again after a while, as a new
 *   operation, see `Operation.redelivery`. What has been tried too often is parked by the coordinator (its setting
 *   `parking.attempts`, 5). The lane waits until the coordinator has answered, and commits then. `retry` instead where the
 *   coordinator cannot know the operation: in telemetry, for handlers of batches and `EffectStore`, for deletions that the agent
 *   makes by itself, with a coordinator that does not offer it, and where it says no.
 * - `park`: go on with the next operation, and have the coordinator set this one aside until a person replays or purges it. As
 *   `retry-later` otherwise.
 * - `skip`: go on as if they had been applied.
 * - `stop`: stop the agent; its cursor stays before them.
 */
export type Decision = "retry" | "retry-at-once" | "retry-later" | "park" | "skip" | "stop";

const DECISIONS: ReadonlySet<unknown> = new Set<Decision>([
  "retry",
  "retry-at-once",
  "retry-later",
  "park",
  "skip",
  "stop",
]);

/**
 * Decides what happens after a handler threw.
 *
 * @param operations what could not be applied: one operation for handlers of operations, all of the batch for handlers of
 *   batches and `EffectStore`
 * @param failure what the handler threw
 * @param attempts how often it has been tried by now, at least once; of an operation that is given again, tries before that
 *   count
 */
export type Decide = (
  operations: readonly Operation[],
  failure: unknown,
  attempts: number,
) => Decision | Promise<Decision>;

/**
 * Decides what happens after a handler threw. The default is `FailurePolicy.retryLater()`: an operation that cannot be applied
 * is tried again at once, and then does not hold up the others. Where order counts for more than that, it is
 * `FailurePolicy.retry()`.
 */
export interface FailurePolicy {
  readonly decide: Decide;

  /**
   * The longest wait before an operation is given again, in milliseconds, up to a day. It is between half of that and all of it.
   * If absent it doubles with each time, from a second to 5 minutes.
   *
   * @param times how often the agent has been given the operation by now, at least 1
   */
  readonly retryLaterInMs?: (times: number) => number;
}

/** Policies for most. */
export const FailurePolicy = {
  /** Tries again at once, twice at most, then has the coordinator give it again, and park what fails too often. */
  retryLater: (): FailurePolicy => ({ decide: () => "retry-at-once" }),
  /** Tries so often, each time later, then parks. */
  parkAfter: (attempts: number): FailurePolicy => after(attempts, "retry-later", "park"),
  /** Tries for ever, in place: nothing is lost and order is kept, while the lane waits. */
  retry: (): FailurePolicy => ({ decide: () => "retry" }),
  /** Tries so often in place, then skips. */
  skipAfter: (attempts: number): FailurePolicy => after(attempts, "retry", "skip"),
  /** Tries so often in place, then stops the agent. */
  stopAfter: (attempts: number): FailurePolicy => after(attempts, "retry", "stop"),
} as const;

/** The policy, also of a function that decides; `retryLater` of nothing. TypeError otherwise. */
export function policyOf(given: FailurePolicy | Decide | undefined): FailurePolicy {
  if (given === undefined) {
    return FailurePolicy.retryLater();
  }
  if (typeof given === "function") {
    return { decide: given };
  }
  if (typeof (given as Partial<FailurePolicy> | null)?.decide !== "function") {
    throw new TypeError(
      `Expected a failure policy, or a function that decides, but got ${shown(given)}: ` +
        "give FailurePolicy.retryLater(), for example.",
    );
  }
  return given;
}

/** What a policy decided; TypeError if that is no decision. */
export function requireDecision(given: unknown): Decision {
  if (!DECISIONS.has(given)) {
    throw new TypeError(
      `Expected a failure policy to decide for one of ${[...DECISIONS].join(", ")}, but it answered ${shown(given)}.`,
    );
  }
  return given as Decision;
}

/** As `retryLaterInMs` of a policy, which may have none. */
export function retryLaterInMs(policy: FailurePolicy, times: number): number {
  const longest =
    policy.retryLaterInMs?.(times) ??
    Math.min(handler.lastRetryMs, handler.firstRetryMs * 2 ** Math.min(times - 1, MAX_POWER));
  return Math.max(1, Math.min(handler.longestRetryMs, Math.floor(longest)));
}

function after(attempts: number, before: Decision, then: Decision): FailurePolicy {
  requireAtLeast("a number of attempts", attempts, 1);
  return { decide: (_operations, _failure, tried) => (tried < attempts ? before : then) };
}
