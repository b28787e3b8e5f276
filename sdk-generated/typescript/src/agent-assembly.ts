// Putting an agent together.
import { randomUUID } from "node:crypto";

import { create } from "@bufbuild/protobuf";

import { protocolMax, protocolMin } from "../gen/swarmlog/v1/constants.js";
import type { View } from "../gen/swarmlog/v1/resume_pb.js";
import { Capability, HelloSchema, type Hello } from "../gen/swarmlog/v1/session_pb.js";
import type { AgentMonitor } from "./agent-monitor.js";
import type { AgentOptions, AgentSettings } from "./agent-options.js";
import { AgentShell } from "./agent-shell.js";
import type { CommittedCursor } from "./committed-cursor.js";
import type { Connection } from "./connection.js";
import type { CursorStore } from "./cursor.js";
import { AgentTracing } from "./handling/agent-tracing.js";
import { ByBatch, ByOperation, WithEffects, type Application } from "./handling/application.js";
import { HandlerLog } from "./handling/handler-log.js";
import type { BatchHandler, HandlerTable } from "./handling/handler-table.js";
import { LaneHandler, type Answers } from "./handling/lane-handler.js";
import { RunWatch } from "./handling/run-watch.js";
import { SyncSpans } from "./handling/sync-spans.js";
import type { Logger } from "./logger.js";
import type { Log } from "./names.js";
import type { LaneLedger } from "./session/lane-ledger.js";
import { Instruments } from "./tracing.js";
import { version } from "./version.js";

const CAPABILITIES = BigInt(Capability.SYNC | Capability.DRIFT | Capability.NACK);

/** What an agent is made of once it is started. */
export interface AgentParts {
  readonly options: AgentOptions;
  readonly settings: AgentSettings;
  readonly connection: Connection;
  readonly monitor: AgentMonitor;
  readonly logger: Logger;
  readonly handlers: HandlerTable;
  readonly batchHandler: BatchHandler | undefined;
  /** Not used where there are effects. */
  readonly store: CursorStore;
  readonly cursor: CommittedCursor;
  /** Of each log of the view, in the order in which lanes are attached. */
  readonly ledgers: ReadonlyMap<Log, LaneLedger>;
  readonly view: View;
}

/** The input and output of an agent; it is not started. */
export function assemble(parts: AgentParts): AgentShell {
  const { options, settings, connection, monitor, logger, cursor, ledgers } = parts;
  const { swarm, name } = options;
  const tracing = new AgentTracing(new Instruments(swarm, name, telemetryOf(options), logger), name);
  const lanes = [...ledgers];
  return new AgentShell({
    connection,
    identity: identityOf(parts),
    stored: new Map(lanes.map(([log]) => [log, cursor.cursor.resume(log)])),
    lacking: new Set(lanes.filter(([, ledger]) => ledger.lacksKeys).map(([log]) => log)),
    listener: monitor,
    stateIntervalNs: settings.stateIntervalNs,
    syncs: new SyncSpans(tracing),
    logger,
    handlerOf: (log, answers) => laneHandlerOf(parts, log, answers, tracing),
  });
}

/** The providers of OpenTelemetry that options name. */
export function telemetryOf(options: AgentOptions): Pick<AgentOptions, "tracerProvider" | "meterProvider"> {
  const { tracerProvider, meterProvider } = options;
  return {
    ...(tracerProvider !== undefined && { tracerProvider }),
    ...(meterProvider !== undefined && { meterProvider }),
  };
}

function laneHandlerOf(parts: AgentParts, log: Log, answers: Answers, tracing: AgentTracing): LaneHandler {
  const { options, settings, connection, monitor, logger, ledgers } = parts;
  const ledger = ledgers.get(log);
  if (ledger === undefined) {
    throw new RangeError(`Expected a log of the view, but got ${log}.`);
  }
  const watch = new RunWatch();
  return new LaneHandler({
    log,
    ledger,
    application: applicationOf(parts, watch),
    policy: settings.policy,
    stateOf: options.stateOf,
    watch,
    answers,
    listener: monitor,
    random: connection.random,
    handlerLog: new HandlerLog(options.swarm, options.name, log, logger),
    tracing,
  });
}

function applicationOf({ options, handlers, batchHandler, store, cursor }: AgentParts, watch: RunWatch): Application {
  if (options.effects !== undefined) {
    return new WithEffects(options.effects, cursor, watch);
  }
  return batchHandler === undefined
    ? new ByOperation(handlers, cursor, store, watch)
    : new ByBatch(batchHandler, cursor, store, watch);
}

function identityOf({ options, settings, cursor, view }: AgentParts): Hello {
  return create(HelloSchema, {
    protocolMin,
    protocolMax,
    capabilities: CAPABILITIES,
    swarm: options.swarm,
    agent: options.name,
    instance: options.instance ?? randomUUID(),
    roles: [...settings.roles],
    view,
    highestTerm: cursor.cursor.highestTerm,
    sdk: `typescript/${version}`,
  });
}
