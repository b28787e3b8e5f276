/** Agents that follow a swarm's log, and publishers that append to it. */

export { Agent } from "./agent.js";
export { type AgentListener } from "./agent-listener.js";
export { type AgentOptions } from "./agent-options.js";
export { Connection, type ConnectionOptions } from "./connection.js";
export { AgentCursor, CursorStoreError, type CursorStore, type EffectStore } from "./cursor.js";
export { OutcomeUnknownError, QueueFullError, RetryableError, SwarmlogError, TerminalError } from "./errors.js";
export { FileCursorStore, type FileCursorStoreOptions } from "./file-store.js";
export { type Decide, type Decision, FailurePolicy } from "./handling/failure-policy.js";
export { type BatchHandler, type MessageHandler, type OperationHandler } from "./handling/handler-table.js";
export { type StateEntries, type StateSource } from "./handling/state-reader.js";
export { consoleLogger, type Logger } from "./logger.js";
export { MemoryCursorStore } from "./memory-store.js";
export { type Log, type Topic } from "./names.js";
export { Operation } from "./operation.js";
export * as payloads from "./payloads.js";
export { deleted, event, keyed, measurement, Publication, type About, type GroupPosition } from "./publication.js";
export { type Breaker } from "./publishing/breaker.js";
export {
  Publisher,
  type Overflow,
  type PublisherOptions,
  type PublishOptions,
  type Submitted,
} from "./publishing/publisher.js";
export { type PublisherListener, type PublisherState } from "./publishing/state.js";
export { type TelemetryCounts } from "./publishing/telemetry-shell.js";
export { type Randomness } from "./randomness.js";
export { Security } from "./security.js";
export { type AgentState } from "./session/agent-state.js";
export { Batch } from "./session/batch.js";
export { type ClockOffset } from "./session/heartbeats.js";
export { compareKeys, HeldKey, type KeyInterval } from "./session/held-key.js";
export { type Redelivery } from "./session/redelivery.js";
export { describeRepair, describeSync, type RepairReport, type SyncReport } from "./session/reports.js";
export { Scope } from "./session/scope.js";
export * as targets from "./targets.js";
export { version } from "./version.js";
