// How an agent is set up.
import type { View } from "../gen/swarmlog/v1/resume_pb.js";
import { session } from "../gen/swarmlog/v1/constants.js";
import type { AgentListener } from "./agent-listener.js";
import { requireMs, requireName, requireOptions, requireRoles, requireTopics } from "./arguments.js";
import { requireCursorStore, requireEffects, type CursorStore, type EffectStore } from "./cursor.js";
import { policyOf, type Decide, type FailurePolicy } from "./handling/failure-policy.js";
import type { StateSource } from "./handling/state-reader.js";
import type { Logger } from "./logger.js";
import type { Topic } from "./names.js";
import type { Security } from "./security.js";
import type { Telemetry } from "./telemetry.js";
import { NS_PER_MS } from "./units.js";

/** How an agent is set up. */
export interface AgentOptions extends Telemetry {
  /** Whose log it follows. */
  readonly swarm: string;
  /** Its own name. A newer session of the same agent ends the older one. */
  readonly name: string;
  readonly roles?: readonly string[];
  /**
   * Of each topic the agent sees what is for all agents, for itself, and for its `roles`. If absent, of the topics that have
   * handlers; with a handler of batches, `effects` or a loop that is all but telemetry.
   */
  readonly topics?: Topic | readonly Topic[];
  /** Says scope by scope what it sees, instead of `topics`. */
  readonly view?: View;
  /** Names this run of the agent; a random UUID if absent. */
  readonly instance?: string;
  /** Of the connection that it makes itself; see `ConnectionOptions`. */
  readonly security?: Security;
  /**
   * Keeps the cursor, and is closed with the agent. In memory if absent: then the agent starts from the beginning of the log.
   */
  readonly cursorStore?: CursorStore;
  /** Applies batches and commits the cursor in one step, instead of handlers. Closed with the agent. */
  readonly effects?: EffectStore;
  /** Decides what happens when a handler throws; a function that decides does as well. `FailurePolicy.retryLater()` if absent. */
  readonly failurePolicy?: FailurePolicy | Decide;
  readonly listener?: AgentListener;
  /**
   * Has the agent's own state compared with the log, at most every `stateIntervalMs`: it hands over every key of a scope that is
   * held now, with its payload as it was published, and nothing else. Without it, what is compared is what the agent noted when it
   * handed operations to handlers. Called between two batches of the scope's lane; reads all keys, so it takes as long as that
   * takes, and about 100 bytes of memory per key until it is done.
   */
  readonly stateOf?: StateSource;
  /** 60 s if absent. */
  readonly stateIntervalMs?: number;
  /** Closes the agent when it is aborted, as `close` does. */
  readonly signal?: AbortSignal;
  /** Where it writes what people should know; the console if absent. */
  readonly logger?: Logger;
}

/** Options that were checked. */
export interface AgentSettings {
  readonly roles: readonly string[];
  readonly topics: readonly Topic[];
  readonly policy: FailurePolicy;
  readonly stateIntervalNs: number | undefined;
}

/** Checks options; RangeError if something is missing, or contradicts something else; TypeError if it is something else. */
export function settingsOf(options: AgentOptions): AgentSettings {
  requireOptions(options, 'new Agent("localhost:7400", { swarm: "SWARM", name: "NAME" })');
  requireName("a swarm", options.swarm);
  requireName("an agent", options.name);
  const stateIntervalMs = options.stateIntervalMs ?? session.stateIntervalMs;
  requireMs("a time between comparisons", stateIntervalMs, 1);
  if (options.effects !== undefined && options.cursorStore !== undefined) {
    throw new RangeError("Expected the cursor in the effect store, but a cursor store is given too: leave that out.");
  }
  if (options.cursorStore !== undefined) {
    requireCursorStore(options.cursorStore);
  }
  if (options.effects !== undefined) {
    requireEffects(options.effects);
  }
  return {
    roles: requireRoles(options.roles ?? []),
    topics: requireTopics(options.topics ?? []),
    policy: policyOf(options.failurePolicy),
    stateIntervalNs: options.stateOf === undefined ? undefined : Math.round(stateIntervalMs * NS_PER_MS),
  };
}
