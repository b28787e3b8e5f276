/** Agents that follow a swarm's log, and publishers that append to it. */

export { Connection, type ConnectionOptions } from "./connection.js";
export { AgentCursor, CursorStoreError, type CursorStore, type EffectStore } from "./cursor.js";
export { OutcomeUnknownError, QueueFullError, RetryableError, SwarmlogError, TerminalError } from "./errors.js";
export { consoleLogger, type Logger } from "./logger.js";
export { MemoryCursorStore } from "./memory-store.js";
export { type Log, type Topic } from "./names.js";
export { Operation } from "./operation.js";
export * as payloads from "./payloads.js";
export { type Randomness } from "./randomness.js";
export { Security } from "./security.js";
export { Batch } from "./session/batch.js";
export { HeldKey, type KeyInterval } from "./session/held-key.js";
export { type Redelivery } from "./session/redelivery.js";
export { Scope } from "./session/scope.js";
export * as targets from "./targets.js";
export { version } from "./version.js";
