import type { Failure } from "./failure.js";
import { NS_PER_SECOND } from "./units.js";

export const QUIET_NS = 60 * NS_PER_SECOND;
/** Beyond, the one that was logged first is forgotten. */
export const MAX_CAUSES = 100;

/**
 * Which failures deserve a line in the log: of each cause one a minute. So a handler whose database is away, or an agent whose
 * coordinator is, does not fill the disk. Pure.
 */
export class RepeatedFailures {
  // When it was logged last, and how many were left out since; in the order of logging.
  readonly #causes = new Map<string, { loggedNs: number; leftOut: number }>();

  /**
   * Counts a failure; `cause` is equal for those of the same cause. Answers how many of it were left out since one was logged;
   * undefined if this is to be left out, too.
   */
  count(cause: string, nowNs: number): number | undefined {
    const before = this.#causes.get(cause);
    if (before !== undefined && nowNs - before.loggedNs < QUIET_NS) {
      before.leftOut += 1;
      return undefined;
    }
    this.#causes.delete(cause);
    if (this.#causes.size === MAX_CAUSES) {
      for (const oldest of this.#causes.keys()) {
        this.#causes.delete(oldest);
        break;
      }
    }
    this.#causes.set(cause, { loggedNs: nowNs, leftOut: 0 });
    return before?.leftOut ?? 0;
  }
}

/** What was thrown and where: a cause that many errors have in common. */
export function placeOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) {
    return `a ${typeof thrown}`;
  }
  try {
    const place = thrown.stack?.split("\n").find((line) => line.startsWith("    at ")) ?? "";
    return `${thrown.name}${place}`;
  } catch {
    return "an error whose stack cannot be read";
  }
}

/** What failures have in common of which one a minute is enough. */
export function causeOf(why: Failure): string {
  const { cause } = why;
  const kind = cause instanceof Error ? cause.name : typeof cause;
  return `${why.reason} ${why.code} ${kind}`;
}

/** What the end of a line says of those that were left out before it; empty for none. */
export function others(leftOut: number): string {
  return leftOut > 0 ? ` (and ${leftOut} times before, which were not logged)` : "";
}
