// Agents.
import type { DescMessage } from "@bufbuild/protobuf";

import type { Position } from "../gen/swarmlog/v1/position_pb.js";
import type { View } from "../gen/swarmlog/v1/resume_pb.js";
import { assemble, telemetryOf } from "./agent-assembly.js";
import { agentName, AgentLog } from "./agent-log.js";
import { AgentMonitor } from "./agent-monitor.js";
import { settingsOf, type AgentOptions, type AgentSettings } from "./agent-options.js";
import type { AgentShell } from "./agent-shell.js";
import { requireMs } from "./arguments.js";
import { monotonicNs } from "./clock.js";
import { CommittedCursor } from "./committed-cursor.js";
import { Connection } from "./connection.js";
import type { CursorStore } from "./cursor.js";
import type { TerminalError } from "./errors.js";
import { Failure } from "./failure.js";
import {
  HandlerTable,
  requireHandler,
  type BatchHandler,
  type MessageHandler,
  type OperationHandler,
} from "./handling/handler-table.js";
import { Handoff } from "./handling/handoff.js";
import { guarded, type Logger } from "./logger.js";
import { MemoryCursorStore } from "./memory-store.js";
import { logOf, topicNamed, type Log, type Topic } from "./names.js";
import type { Operation } from "./operation.js";
import { Publisher } from "./publishing/publisher.js";
import { isFinal, type AgentState } from "./session/agent-state.js";
import type { Batch } from "./session/batch.js";
import type { ClockOffset } from "./session/heartbeats.js";
import { onSignals } from "./signals.js";
import { ledgersOf, readStored } from "./stored.js";
import { durableTopics, viewOf } from "./view.js";

const CLOSE_TIMEOUT_MS = 10_000;
// What Node's timers can do.
const MAX_TIMEOUT_MS = 2 ** 31 - 1;

/**
 * Follows its view of a swarm's log, applies every operation in order, and keeps its cursor. At least once each; exactly once with
 * an `EffectStore`. It reconnects for ever.
 *
 *     const agent = new Agent("localhost:7400", { swarm: "hello", name: "agent-1" });
 *     agent.on("commands", "hello.Greeting", async (operation) => {
 *       console.log(operation.text);
 *     });
 *     await agent.run();
 *
 * or, with a loop instead of handlers:
 *
 *     for await (const operation of agent.operations()) {
 *       console.log(operation.text);
 *     }
 *
 * A handler may be async: an operation is applied when its promise resolved. One call at a time per lane (control, main,
 * telemetry), lanes beside each other, so a slow command holds up neither control operations nor heartbeats. While a batch is being
 * applied no further one is read, and the coordinator feels a closed window. Handlers may publish. They share the event loop with
 * everything else: one that computes for seconds without an `await` keeps heartbeats from being sent.
 *
 * Used once: an agent that was closed is not started again.
 */
export class Agent implements AsyncDisposable {
  readonly swarm: string;
  readonly name: string;
  readonly #options: AgentOptions;
  readonly #settings: AgentSettings;
  readonly #logger: Logger;
  readonly #connection: Connection;
  readonly #ownsConnection: boolean;
  readonly #store: CursorStore;
  readonly #monitor: AgentMonitor;
  readonly #handlers = new HandlerTable();
  #batchHandler: BatchHandler | undefined;
  #loop: Handoff<Operation> | Handoff<Batch> | undefined;
  #publisher: Publisher | undefined;
  #cursor: CommittedCursor | undefined;
  #shell: AgentShell | undefined;
  #started = false;
  #closing: Promise<void> | undefined;

  /**
   * An agent of a coordinator at `target`, "host:port", or over a connection that it leaves open. RangeError if something is
   * missing, or contradicts something else; TypeError if it is something else than it should be.
   */
  constructor(target: string | Connection, options: AgentOptions) {
    this.#settings = settingsOf(options);
    this.#options = options;
    this.swarm = options.swarm;
    this.name = options.name;
    this.#logger = guarded(options.logger);
    const { security } = options;
    if (target instanceof Connection && security !== undefined) {
      throw new RangeError(
        "Expected security to be set where the connection is made, but the agent was given a connection.",
      );
    }
    this.#ownsConnection = !(target instanceof Connection);
    this.#connection =
      target instanceof Connection ? target : new Connection(target, security === undefined ? {} : { security });
    this.#store = options.cursorStore ?? new MemoryCursorStore();
    const log = new AgentLog(this.swarm, this.name, this.#connection.target, this.#logger, monotonicNs);
    this.#monitor = new AgentMonitor(log, options.listener ?? {}, this.#logger);
  }

  // What it does with operations.

  /** Applies operations of the topic that no other handler is for; without such a one they are passed over. */
  on(topic: Topic, handler: OperationHandler): this;
  /** Applies operations of the topic with this type of payload. */
  on(topic: Topic, type: string, handler: OperationHandler): this;
  /** Applies operations of the topic whose payload is this protobuf message; the handler gets it parsed. */
  on<S extends DescMessage>(topic: Topic, schema: S, handler: MessageHandler<S>): this;
  on(topic: Topic, ...rest: unknown[]): this {
    this.#requireNotStarted();
    const [type, handler] = rest.length > 1 ? rest : [undefined, rest[0]];
    this.#handlers.add(topic, type as string | DescMessage | undefined, handler as OperationHandler);
    return this;
  }

  /** Applies deletions of keys in the topic. A deletion has no payload, so no type chooses its handler. */
  onDeletion(topic: Topic, handler: OperationHandler): this {
    this.#requireNotStarted();
    this.#handlers.addDeletion(topic, handler);
    return this;
  }

  /** Applies whole ordered batches, one at a time, instead of operations. */
  onBatch(handler: BatchHandler): this {
    this.#requireNotStarted();
    requireHandler(handler);
    if (this.#batchHandler !== undefined) {
      throw new RangeError("Expected one handler of batches, but there are two: keep one.");
    }
    this.#batchHandler = handler;
    return this;
  }

  /**
   * The operations, one after the other, for a `for await` loop that applies them; one loop in the life of an agent, which starts
   * it. An operation is applied when the loop asks for the next one. Acknowledged is batch by batch: who leaves the loop by `break`
   * or a throw has the operations of the batch in hand again in the next run, and closes the agent. The loop ends when the agent is
   * closed, and throws a TerminalError where it was refused for good.
   *
   * The lanes take turns: what is slow in one holds up the others. Use handlers where that matters.
   */
  operations(): AsyncIterableIterator<Operation> {
    const loop = this.#loopOf<Operation>();
    for (const topic of this.#settings.topics.length > 0 ? this.#settings.topics : durableTopics) {
      this.on(topic, (operation) => loop.hand(operation));
    }
    return loop;
  }

  /** As `operations`, of batches: one is acknowledged when the loop asks for the next one. */
  batches(): AsyncIterableIterator<Batch> {
    const loop = this.#loopOf<Batch>();
    this.onBatch((batch) => loop.hand(batch));
    return loop;
  }

  // Its life.

  /**
   * Reads the cursor and connects; does not wait for the coordinator. RangeError if the settings contradict each other;
   * CursorStoreError if the cursor cannot be read, or is another agent's.
   */
  async start(): Promise<void> {
    this.#requireNotStarted();
    const view = this.#declaredView();
    const lanes = new Set(view.scopes.map((scope) => logOf(topicNamed(scope.topic))));
    this.#started = true;
    try {
      this.#options.signal?.throwIfAborted();
      const stored = await readStored(this.#options.effects ?? this.#store, this.swarm, this.name);
      this.#cursor = new CommittedCursor(stored.cursor);
      const ledgers = ledgersOf(stored, [...lanes], this.#logger);
      this.#options.signal?.throwIfAborted();
      if (this.#closing !== undefined) {
        throw closed();
      }
      this.#shell = assemble({
        options: this.#options,
        settings: this.#settings,
        connection: this.#connection,
        monitor: this.#monitor,
        logger: this.#logger,
        handlers: this.#handlers,
        batchHandler: this.#batchHandler,
        store: this.#store,
        cursor: this.#cursor,
        ledgers,
        view,
      });
    } catch (thrown) {
      await this.#closeStore(CLOSE_TIMEOUT_MS);
      this.#closeConnection();
      throw thrown;
    }
    this.#options.signal?.addEventListener("abort", this.#aborted, { once: true });
    this.#shell.start();
  }

  /**
   * Stops reading, lets the batches in handlers finish, acknowledges them, and ends the session; for at most so long (10 s if
   * absent), then what handlers still do is not committed. Then the publisher is closed as well, and the store. Not to be awaited in
   * a handler, which it waits for.
   */
  async close({ timeoutMs = CLOSE_TIMEOUT_MS }: { timeoutMs?: number } = {}): Promise<void> {
    requireMs("a timeout", timeoutMs, 0);
    this.#closing ??= this.#close(timeoutMs, timeoutMs);
    await this.#closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /**
   * Starts the agent, if it was not, and resolves when it is stopped: for programs that are agents. Ctrl-C and SIGTERM drain it; a
   * second one ends the process. TerminalError if it was refused for good.
   */
  async run(): Promise<void> {
    const off = onSignals(() => void this.close());
    try {
      if (!this.#started) {
        await this.start();
      }
      await this.stopped();
    } finally {
      off();
      await this.close();
    }
  }

  /** Resolves when the agent is closed; TerminalError if it was refused for good. */
  async stopped(): Promise<void> {
    await this.#monitor.until(isFinal);
    if (this.#monitor.refusal !== undefined) {
      throw this.#monitor.refusal;
    }
  }

  /**
   * Resolves when every lane has caught up; TerminalError if the agent stopped, or stops. Rejects with the reason of the signal when
   * that is aborted.
   */
  async caughtUp({ signal }: { signal?: AbortSignal } = {}): Promise<void> {
    const state = await this.#monitor.until((now) => now === "live" || isFinal(now), signal);
    if (state !== "live") {
      throw this.#monitor.refusal ?? closed();
    }
  }

  // How it fares.

  /** What the agent is doing. */
  get state(): AgentState {
    return this.#monitor.state;
  }

  /**
   * A publisher under the agent's name, over its connection; closed with the agent. It tells the agent's listener, and records where
   * the agent does.
   */
  get publisher(): Publisher {
    this.#publisher ??= new Publisher(this.#connection, {
      ...telemetryOf(this.#options),
      swarm: this.swarm,
      name: this.name,
      listener: this.#monitor,
      logger: this.#logger,
    });
    return this.#publisher;
  }

  /** The last position of a log that was applied and committed; undefined if there is none. */
  position(log: Log): Position | undefined {
    return this.#cursor?.cursor.position(log);
  }

  /** How far the coordinator's clock is ahead; undefined before a heartbeat was answered. */
  get clockOffset(): ClockOffset | undefined {
    return this.#shell?.session.clockOffset;
  }

  readonly #aborted = () => void this.close();

  #loopOf<T>(): Handoff<T> {
    this.#requireNotStarted();
    if (this.#loop !== undefined) {
      throw new Error("Expected one loop over what an agent is given, but there are two: keep one.");
    }
    const loop = new Handoff<T>(
      async () => {
        await this.start();
        void this.#monitor.until(isFinal).then(() => loop.end(this.#monitor.refusal));
      },
      async (inHand) => {
        this.#closing ??= this.#close(inHand ? 0 : CLOSE_TIMEOUT_MS, CLOSE_TIMEOUT_MS);
        await this.#closing;
      },
    );
    this.#loop = loop as Handoff<Operation> | Handoff<Batch>;
    return loop;
  }

  #declaredView(): View {
    const ways = [!this.#handlers.isEmpty, this.#batchHandler !== undefined, this.#options.effects !== undefined];
    const set = ways.filter((way) => way).length;
    if (set !== 1) {
      throw new RangeError(
        "Expected either handlers of operations, or one of batches, or effects, " +
          (set === 0 ? "but none is set: say by `on` what the agent does." : `but ${set} of these are set: keep one.`),
      );
    }
    if (this.#options.view !== undefined) {
      return this.#options.view;
    }
    const ofHandlers = this.#handlers.isEmpty ? durableTopics : this.#handlers.topics;
    const topics = this.#settings.topics.length > 0 ? this.#settings.topics : ofHandlers;
    return viewOf(topics, this.#settings.roles.length > 0);
  }

  async #close(handlersMs: number, publisherMs: number): Promise<void> {
    this.#options.signal?.removeEventListener("abort", this.#aborted);
    if (this.#shell !== undefined) {
      this.#shell.close();
      await within(this.#monitor.until(isFinal), handlersMs);
      await this.#shell.abort();
    }
    await this.#publisher?.close({ timeoutMs: publisherMs });
    if (this.#started) {
      await this.#closeStore(publisherMs);
    }
    this.#closeConnection();
    if (!isFinal(this.state)) {
      this.#monitor.stateChanged("closed");
    }
  }

  async #closeStore(timeoutMs: number): Promise<void> {
    const close = async (): Promise<void> => {
      await this.#cursor?.close();
      await (this.#options.effects ?? this.#store).close();
    };
    try {
      // A store that does not answer must not keep the program from ending.
      await within(close(), timeoutMs);
    } catch (thrown) {
      this.#logger.warn(`Closing the store of ${agentName(this.swarm, this.name)} failed`, thrown);
    }
  }

  #closeConnection(): void {
    if (this.#ownsConnection) {
      this.#connection.close();
    }
  }

  #requireNotStarted(): void {
    if (this.#started || this.#closing !== undefined) {
      throw new Error(
        "Expected an agent that was not started yet: handlers are declared before, and an agent is used once.",
      );
    }
  }
}

function closed(): TerminalError {
  return Failure.localTerminal("Expected the agent to be open, but it was closed").toTerminal();
}

/** Waits for something, but for so long at most. */
async function within(what: Promise<unknown>, timeoutMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const tooLong = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, Math.min(timeoutMs, MAX_TIMEOUT_MS));
  });
  try {
    await Promise.race([what, tooLong]);
  } finally {
    clearTimeout(timer);
  }
}
