// What others may know of an agent.
import type { NackReply } from "../gen/swarmlog/v1/parking_pb.js";
import type { Position } from "../gen/swarmlog/v1/position_pb.js";
import type { LogPlan, LostEvents } from "../gen/swarmlog/v1/resume_pb.js";
import type { AgentListener } from "./agent-listener.js";
import type { AgentLog } from "./agent-log.js";
import type { TerminalError } from "./errors.js";
import type { Failure } from "./failure.js";
import type { Decision } from "./handling/failure-policy.js";
import type { FailureListener } from "./handling/lane-handler.js";
import type { Logger } from "./logger.js";
import type { Log } from "./names.js";
import type { Operation } from "./operation.js";
import type { PublisherListener, PublisherState } from "./publishing/state.js";
import type { AgentState } from "./session/agent-state.js";
import type { RepairReport, SyncReport } from "./session/reports.js";
import type { SessionListener } from "./session/session-output.js";
import { NS_PER_MS } from "./units.js";

/**
 * What others may know of an agent: its state, and why it stopped. Written by the session's steps on the way to the program's log
 * and the user's listener.
 */
export class AgentMonitor implements SessionListener, FailureListener, PublisherListener {
  readonly #log: AgentLog;
  readonly #listener: AgentListener;
  readonly #logger: Logger;
  #state: AgentState = "waiting";
  #refusal: TerminalError | undefined;
  readonly #waiting = new Set<() => void>();
  #heard: Promise<unknown> = Promise.resolve();

  constructor(log: AgentLog, listener: AgentListener, logger: Logger) {
    this.#log = log;
    this.#listener = listener;
    this.#logger = logger;
  }

  get state(): AgentState {
    return this.#state;
  }

  /** Why the agent was refused for good; undefined if it was not. */
  get refusal(): TerminalError | undefined {
    return this.#refusal;
  }

  /** Waits for a state; answers with the one there is then. Rejects with the reason of the signal when that is aborted. */
  async until(met: (state: AgentState) => boolean, signal?: AbortSignal): Promise<AgentState> {
    signal?.throwIfAborted();
    while (!met(this.#state)) {
      await new Promise<void>((resolve) => {
        const go = () => {
          this.#waiting.delete(go);
          signal?.removeEventListener("abort", go);
          resolve();
        };
        this.#waiting.add(go);
        signal?.addEventListener("abort", go);
      });
      signal?.throwIfAborted();
    }
    return this.#state;
  }

  stateChanged(state: AgentState): void {
    this.#state = state;
    [...this.#waiting].forEach((go) => go());
    this.#tell((listener) => listener.stateChanged?.(state));
  }

  refused(why: Failure): void {
    const refusal = why.toTerminal();
    this.#refusal = refusal;
    this.#log.refused(why);
    this.#tell((listener) => listener.refused?.(refusal));
  }

  connected(sessionId: string, plans: readonly LogPlan[]): void {
    this.#log.connected();
    this.#tell((listener) => listener.connected?.(sessionId, plans));
  }

  lost(log: Log, lost: readonly LostEvents[]): void {
    this.#tellFirst((listener) => listener.lost?.(log, lost));
  }

  parted(applied: Position, fork: Position | undefined): void {
    this.#log.parted(applied, fork);
    this.#tellFirst((listener) => listener.parted?.(applied, fork));
  }

  caughtUp(position: Position, received: number, duplicates: number): void {
    this.#tell((listener) => listener.caughtUp?.(position, received, duplicates));
  }

  synced(report: SyncReport): void {
    this.#tell((listener) => listener.synced?.(report));
  }

  drifted(repair: RepairReport): void {
    this.#tell((listener) => listener.drifted?.(repair));
  }

  fellBehind(position: Position, head: Position): void {
    this.#tell((listener) => listener.fellBehind?.(position, head));
  }

  draining(reason: string): void {
    this.#log.draining();
    this.#tell((listener) => listener.draining?.(reason));
  }

  disconnected(why: Failure, retryInNs: number): void {
    this.#log.disconnected(why, retryInNs);
    this.#tell((listener) => listener.disconnected?.(why.toRetryable(), retryInNs / NS_PER_MS));
  }

  handlerFailed(operations: readonly Operation[], failure: unknown, attempts: number, decision: Decision): void {
    this.#tell((listener) => listener.handlerFailed?.(operations, failure, attempts, decision));
  }

  nackAnswered(reply: NackReply): void {
    this.#log.nackAnswered(reply);
    this.#tell((listener) => listener.nackAnswered?.(reply));
  }

  handlerHeld(log: Log, retryInNs: number): void {
    this.#log.handlerHeld(log, retryInNs);
    this.#tell((listener) => listener.handlerHeld?.(log, retryInNs / NS_PER_MS));
  }

  telemetryDropped(count: bigint): void {
    this.#tell((listener) => listener.telemetryDropped?.(count));
  }

  publisherChanged(state: PublisherState): void {
    this.#tell((listener) => listener.publisherChanged?.(state));
  }

  publishedLost(log: Log, groups: number, newest: Position): void {
    this.#tell((listener) => listener.publishedLost?.(log, groups, newest));
  }

  /** Resolves when the listener has heard what handlers wait for; never rejects. */
  get heard(): Promise<unknown> {
    return this.#heard;
  }

  #tellFirst(call: (listener: AgentListener) => unknown): void {
    this.#heard = Promise.all([this.#heard, Promise.resolve().then(() => this.#call(call))]);
  }

  #tell(call: (listener: AgentListener) => unknown): void {
    // Not within the session's step: a listener may call the agent.
    queueMicrotask(() => void this.#call(call));
  }

  async #call(call: (listener: AgentListener) => unknown): Promise<void> {
    try {
      await call(this.#listener);
    } catch (thrown) {
      this.#logger.error("Expected the listener of an agent to return, but it threw", thrown);
    }
  }
}
