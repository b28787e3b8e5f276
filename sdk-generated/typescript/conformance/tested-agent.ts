// An agent whose handlers are the suite.
import { create } from "@bufbuild/protobuf";

import {
  Agent,
  Connection,
  FailurePolicy,
  FileCursorStore,
  Security,
  type AgentListener,
  type Batch,
  type Decision,
  type Log,
  type Operation,
} from "../src/index.js";
import { logOf, topicNamed, wireLog } from "../src/names.js";
import { traceTextOf } from "../src/tracing.js";
import { NS_PER_MS } from "../src/units.js";
import { durableTopics } from "../src/view.js";
import { failureOf, telemetryOf } from "./forms.js";
import { randomness } from "./fraction-random.js";
import {
  AgentEventSchema,
  CursorStore,
  HandlerFailure_Decision,
  Handlers,
  HandleSchema,
  type AgentEvent,
  type Handle,
  type StartAgent,
} from "./gen/testee_pb.js";
import { NotHandledError, type Suite } from "./suite.js";
import { TestedStore } from "./tested-store.js";

const DECISIONS: ReadonlyMap<HandlerFailure_Decision, Decision> = new Map<HandlerFailure_Decision, Decision>([
  [HandlerFailure_Decision.RETRY, "retry"],
  [HandlerFailure_Decision.RETRY_LATER, "retry-later"],
  [HandlerFailure_Decision.PARK, "park"],
  [HandlerFailure_Decision.SKIP, "skip"],
  [HandlerFailure_Decision.STOP, "stop"],
]);
const BY_DEFAULT = FailurePolicy.retryLater();

/** An agent whose handlers are the suite. */
export class TestedAgent {
  readonly #settings: StartAgent;
  readonly #suite: Suite;
  readonly #connection: Connection;
  readonly #agent: Agent;

  /** Throws if the SDK refuses the settings. */
  constructor(settings: StartAgent, suite: Suite) {
    this.#settings = settings;
    this.#suite = suite;
    this.#connection = new Connection(settings.target, {
      security: Security.plaintext(),
      random: randomness(settings.randomFraction),
    });
    const transaction = settings.handlers === Handlers.TRANSACTION;
    const onDisk = settings.cursorStore === CursorStore.DISK && !transaction;
    const commit = (batch: Batch) => suite.handle(this.#callOf(batch));
    this.#agent = new Agent(this.#connection, {
      swarm: settings.swarm,
      name: settings.name,
      roles: settings.roles,
      ...(settings.view !== undefined && settings.view.scopes.length > 0 && { view: settings.view }),
      ...(onDisk && { cursorStore: new FileCursorStore(settings.directory) }),
      ...(transaction && { effects: new TestedStore(settings.directory, commit) }),
      failurePolicy: decide,
      listener: listenerOf(settings.agent, suite),
      ...telemetryOf(settings.traced),
    });
    this.#addHandlers();
  }

  async start(): Promise<void> {
    try {
      await this.#agent.start();
    } catch (why) {
      this.#connection.close();
      throw why;
    }
  }

  /** Closes it as a user does: waits for handlers. */
  async close(): Promise<void> {
    await this.#agent.close();
    this.#connection.close();
  }

  #addHandlers(): void {
    switch (this.#settings.handlers) {
      case Handlers.OPERATION: {
        const scopes = this.#settings.view?.scopes ?? [];
        const topics = new Set(scopes.map((scope) => topicNamed(scope.topic)));
        for (const topic of topics.size > 0 ? topics : durableTopics) {
          this.#agent.on(topic, (operation) => this.#suite.handle(this.#call(logOf(topic), [operation])));
        }
        break;
      }
      case Handlers.BATCH:
        this.#agent.onBatch((batch) => this.#suite.handle(this.#callOf(batch)));
        break;
      case Handlers.TRANSACTION:
        break;
      default:
        throw new RangeError(`Expected to be told how operations are applied, but got ${this.#settings.handlers}.`);
    }
  }

  #callOf(batch: Batch): Handle {
    const call = this.#call(batch.log, batch.operations);
    call.to = batch.to;
    call.repair = batch.isRepair;
    return call;
  }

  #call(log: Log, operations: readonly Operation[]): Handle {
    return create(HandleSchema, {
      agent: this.#settings.agent,
      log: wireLog(log),
      operations: operations.map(({ message }) => message),
      traceparent: this.#settings.traced ? (traceTextOf()?.traceparent ?? "") : "",
    });
  }
}

/** Each failure is treated as the suite says with it. */
function decide(operations: readonly Operation[], failure: unknown, attempts: number): Decision | Promise<Decision> {
  const wanted = failure instanceof NotHandledError ? DECISIONS.get(failure.decision) : undefined;
  return wanted ?? BY_DEFAULT.decide(operations, failure, attempts);
}

/** Tells the suite what an agent tells its listener. */
function listenerOf(agent: number, suite: Suite): AgentListener {
  const told = (name: NonNullable<AgentEvent["event"]["case"]>, value: object | bigint) => {
    const event = { case: name, value } as AgentEvent["event"];
    suite.send({ response: { case: "event", value: create(AgentEventSchema, { agent, event }) } });
  };
  return {
    connected: (sessionId) => told("connected", { sessionId }),
    disconnected: (why, retryInMs) =>
      told("disconnected", { why: failureOf(why), retryInNs: BigInt(Math.round(retryInMs * NS_PER_MS)) }),
    refused: (why) => told("refused", failureOf(why)),
    caughtUp: (position) => told("caughtUp", position),
    synced: (report) =>
      told("synced", {
        log: wireLog(report.log),
        targetOpId: report.target.opId,
        exact: report.exact,
        receivedCount: BigInt(report.received),
        pagedCount: BigInt(report.paged),
        redundantCount: BigInt(report.redundant),
        agrees: report.mismatches.length === 0,
      }),
    lost: (log, lost) => told("lost", { log: wireLog(log), lost }),
    drifted: (repair) =>
      told("drifted", { scope: repair.scope.toMessage(), keys: [...repair.keys], eventsDiffered: repair.events }),
    draining: (reason) => told("draining", { reason }),
    nackAnswered: (reply) => told("nackAnswered", reply),
    telemetryDropped: (count) => told("telemetryDropped", count),
  };
}
