// What a frame, or a step that is done, means for the session.
import type { Position } from "../../gen/swarmlog/v1/position_pb.js";
import type { RepairReport, SyncReport } from "./reports.js";

/** What a frame, or a step that is done, means for the session; undefined: nothing. */
export type LaneOutcome =
  /** The stream does not fit, or what is held does not: connect again and resume from it. The report if a sync ended. */
  | { readonly kind: "resync"; readonly why: string; readonly report?: SyncReport }
  /** The lane has caught up; the report if a sync ended with that. */
  | { readonly kind: "caught-up"; readonly report?: SyncReport }
  | { readonly kind: "fell-behind"; readonly head: Position }
  /** What the agent held differed, and was mended. */
  | { readonly kind: "mended"; readonly report: RepairReport }
  /** Telemetry was lost. */
  | { readonly kind: "dropped"; readonly count: bigint }
  | undefined;
