// Timers of an agent's session.
import type { Log } from "../names.js";

/** What a timer is for. */
export type TimerKind = "handshake" | "heartbeat" | "reconnect" | "retry" | "nack" | "breaker" | "flush" | "sums";

/** A timer; starting it again replaces it. */
export interface TimerKey {
  readonly kind: TimerKind;
  /** Absent for timers of the whole session. */
  readonly lane?: Log;
}
