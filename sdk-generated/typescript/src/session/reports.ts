// What is told of a sync and of a repair.
import type { Repair } from "../../gen/swarmlog/v1/drift_pb.js";
import type { Position } from "../../gen/swarmlog/v1/position_pb.js";
import { Plan } from "../../gen/swarmlog/v1/resume_pb.js";
import type { Log } from "../names.js";
import type { Batch } from "./batch.js";
import { isSameHistory, repairScope } from "./deliveries.js";
import type { Scope } from "./scope.js";

const KEYS_IN_TEXT = 10;

/** How a sync of one log ended: what came, and whether the agent holds what it should hold. */
export interface SyncReport {
  readonly log: Log;
  /** Where the agent stood. */
  readonly from: Position;
  /** Where it stands now. */
  readonly target: Position;
  /** `Plan.DELTA` also where a live agent fell behind. */
  readonly plan: Plan;
  /** The coordinator knew what the agent held; then `redundant` is expected to be 0. */
  readonly exact: boolean;
  /** Operations that came: of the delta, not of snapshot pages. */
  readonly received: number;
  /** Operations that came in snapshot pages. */
  readonly paged: number;
  /** Keyed ones among `received` that changed nothing; 0 without a key index. */
  readonly redundant: number;
  /**
   * Keyed operations that did not come, because a later one on the key made them unnecessary. As the coordinator counts
   * them; as the next two.
   */
  readonly superseded: bigint;
  /** Keys that were touched and have the value again that the agent held: nothing came. */
  readonly netZero: bigint;
  /** Events that did not come, because their time was over. */
  readonly expired: bigint;
  /**
   * Where the agent's sums and counts differ from the coordinator's, in words. Empty if it is proven that the agent holds
   * what it should hold.
   */
  readonly mismatches: readonly string[];
}

/** What an agent held of a scope was not what the log holds, and the coordinator mended it. */
export interface RepairReport {
  /** Where the agent stood. */
  readonly position: Position;
  /** Where it differed. */
  readonly scope: Scope;
  /**
   * Whose values were set or deleted; each was handed to the handler. What is found in several steps is told in several
   * reports.
   */
  readonly keys: readonly string[];
  /**
   * Whether the events that had been counted differed: some were lost, or came twice. They cannot be mended; from now on
   * the coordinator's count holds.
   */
  readonly events: boolean;
  /**
   * The last operation at which the agent is known to have held what it should. What went wrong happened behind it; 0 if
   * that is not known.
   */
  readonly goodOpId: bigint;
}

/** A report for people to read. */
export function describeSync(report: SyncReport): string {
  const { from, target } = report;
  const other = isSameHistory(from, target) ? "" : " of another history";
  const plan = String(Plan[report.plan]).toLowerCase();
  const pages = report.paged > 0 ? ` and ${report.paged} in pages` : "";
  return (
    `${report.log} ${from.opId} -> ${target.opId}${other} by ${plan}, ` +
    `${report.exact ? "exact" : "not exact"}: ${report.received} received${pages}, ` +
    `${report.redundant} redundant, ${report.superseded} superseded, ${report.netZero} net zero, ` +
    `${report.expired} expired, ` +
    (report.mismatches.length > 0 ? `mismatch: ${report.mismatches.join("; ")}` : "no mismatch")
  );
}

/** A report for people to read. */
export function describeRepair(report: RepairReport): string {
  const { keys } = report;
  const listed = keys.slice(0, KEYS_IN_TEXT).join(", ");
  const more = keys.length > KEYS_IN_TEXT ? ", …" : "";
  const named = keys.length > 0 ? ` (${listed}${more})` : "";
  const events = report.events ? ", events lost or doubled" : "";
  const since = report.goodOpId > 0n ? `in order until operation ${report.goodOpId}` : "not known since when";
  return (
    `${report.scope.toString()} at operation ${report.position.opId}: ` +
    `${keys.length} keys repaired${named}${events}, ${since}`
  );
}

/** Reads the report from a repair and the batch that it became. */
export function repairReportOf(repair: Repair, applied: Batch): RepairReport {
  return {
    position: applied.to,
    scope: repairScope(repair),
    keys: applied.messages.map((message) => message.key),
    events: repair.events !== undefined,
    goodOpId: repair.goodOpId,
  };
}
