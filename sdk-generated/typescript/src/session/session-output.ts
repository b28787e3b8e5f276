// What a session wants done, and whom it tells.
import type { NackReply } from "../../gen/swarmlog/v1/parking_pb.js";
import type { Position } from "../../gen/swarmlog/v1/position_pb.js";
import type { LogPlan, LostEvents } from "../../gen/swarmlog/v1/resume_pb.js";
import type { Heartbeat, Hello } from "../../gen/swarmlog/v1/session_pb.js";
import type { Failure } from "../failure.js";
import type { Log } from "../names.js";
import type { AgentState } from "./agent-state.js";
import type { LaneOutput } from "./lane-session.js";
import type { RepairReport, SyncReport } from "./reports.js";

/** Who is told what happens to a session. */
export interface SessionListener {
  /** A session is open. */
  connected(sessionId: string, plans: readonly LogPlan[]): void;
  /** Events can never be handed out to the agent. */
  lost(log: Log, lost: readonly LostEvents[]): void;
  /** The agent had applied operations that the coordinator no longer has: those above the fork, if that is known. */
  parted(applied: Position, fork: Position | undefined): void;
  /** Everything up to the position is applied and committed. */
  caughtUp(position: Position, received: number, duplicates: number): void;
  /** A sync ended. */
  synced(report: SyncReport): void;
  /** What the agent held differed, and was mended. */
  drifted(repair: RepairReport): void;
  /** The agent is served from disk. */
  fellBehind(position: Position, head: Position): void;
  /** The coordinator is about to go. */
  draining(reason: string): void;
  /** The session ended, or could not be opened. */
  disconnected(why: Failure, retryInNs: number): void;
  /** The agent has stopped for good. */
  refused(why: Failure): void;
  /** The coordinator has answered what becomes of an operation. */
  nackAnswered(reply: NackReply): void;
  /** The handler of a lane fails nearly always: it is left alone. */
  handlerHeld(log: Log, retryInNs: number): void;
  /** Telemetry was lost. */
  telemetryDropped(count: bigint): void;
  /** The session is in another state. */
  stateChanged(state: AgentState): void;
}

/** What the session wants done. None of it blocks, and none of it comes back by itself. */
export interface SessionOutput extends LaneOutput {
  /** Opens Control and sends Hello. */
  openControl(hello: Hello): void;
  /** Opens a Data stream and attaches it, to follow the plan; asks for no frame yet. */
  openLane(sessionId: string, log: Log, plan: LogPlan): void;
  /** A lane that is attached is given a delta, from one position to the other. */
  deltaBegan(stands: Position, head: Position): void;
  /**
   * What a plan or a delta brought is applied and committed.
   *
   * @param report undefined where the coordinator sends no receipts
   * @param received the operations that came since the lane was attached
   * @param duplicates of them those that had come before
   */
  syncEnded(log: Log, report: SyncReport | undefined, received: number, duplicates: number): void;
  /** Ends every stream of the session; gently lets what was written arrive. Nothing of them may come in any more. */
  endStreams(gently: boolean): void;
  /**
   * Tells the coordinator that the agent lives. `known` is what the session knows of it; when it is sent, and how long
   * handlers have been running or are held, is to be added.
   */
  sendHeartbeat(known: Heartbeat): void;
}
