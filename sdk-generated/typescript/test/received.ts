// What handlers and listeners are given.
import { event, keyed, type Publication } from "../src/index.js";
import type { AgentListener, AgentState, Decision, RepairReport, SyncReport } from "../src/index.js";
import { until } from "./awaited.js";

export const PATIENCE_MS = 30_000;

/** What handlers were given, in order; to be awaited. */
export class Received {
  readonly texts: string[] = [];

  add(text: string): void {
    this.texts.push(text);
  }

  async untilCount(count: number): Promise<void> {
    await until(() => this.texts.length >= count, `${count} operations`, PATIENCE_MS);
  }
}

/** What a listener was told. */
export class Heard implements AgentListener {
  readonly states: AgentState[] = [];
  readonly reports: SyncReport[] = [];
  readonly repairs: RepairReport[] = [];
  readonly decisions: Decision[] = [];
  disconnects = 0;
  dropped = 0n;

  stateChanged(state: AgentState): void {
    this.states.push(state);
  }

  synced(report: SyncReport): void {
    this.reports.push(report);
  }

  drifted(repair: RepairReport): void {
    this.repairs.push(repair);
  }

  disconnected(): void {
    this.disconnects++;
  }

  handlerFailed(_operations: unknown, _failure: unknown, _attempts: number, decision: Decision): void {
    this.decisions.push(decision);
  }

  telemetryDropped(count: bigint): void {
    this.dropped += count;
  }
}

export function command(text: string): Publication {
  return event("commands", text, { type: "test.Text" });
}

export function route(key: string, text: string): Publication {
  return keyed("reconciliation", key, text, { type: "test.Route" });
}
