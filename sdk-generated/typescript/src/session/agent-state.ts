// What an agent is doing.

/**
 * What an agent is doing.
 *
 * - `waiting`: not connected; the next try comes by itself.
 * - `catching-up`: connected, and not at the head of every log yet.
 * - `draining`: reads nothing more, and finishes what handlers have.
 * - `failed`: stopped for good: trying again would give the same answer.
 */
export type AgentState = "waiting" | "connecting" | "catching-up" | "live" | "draining" | "closed" | "failed";

/** Whether no other state follows. */
export function isFinal(state: AgentState): boolean {
  return state === "closed" || state === "failed";
}
