// The spans of an agent that catches up.
import { toBinary } from "@bufbuild/protobuf";
import type * as otel from "@opentelemetry/api";

import type { Position } from "../../gen/swarmlog/v1/position_pb.js";
import { Plan, type LogPlan } from "../../gen/swarmlog/v1/resume_pb.js";
import { DataResponseSchema, type DataResponse } from "../../gen/swarmlog/v1/session_pb.js";
import { logNamed, type Log } from "../names.js";
import { positionOf } from "../session/deliveries.js";
import type { SyncReport } from "../session/reports.js";
import type { TraceText } from "../trace-context.js";
import { api, traceTextOf } from "../tracing.js";
import type { AgentTracing } from "./agent-tracing.js";

/**
 * The syncs of an agent, each a trace of its own: from the attaching of a lane, or from when it fell behind, until it has caught
 * up.
 */
export class SyncSpans {
  readonly #agent: AgentTracing;
  readonly #open = new Map<Log, { readonly span: otel.Span; bytes: number }>();

  constructor(agent: AgentTracing) {
    this.#agent = agent;
  }

  /** A lane is about to be attached. Answers what its sync is known by in the coordinator's part of the trace. */
  attach(log: Log, plan: LogPlan): TraceText | undefined {
    const brings = plan.plan === Plan.DELTA || plan.plan === Plan.SNAPSHOT;
    if (!brings || log === "telemetry" || !this.#agent.records || api === undefined) {
      return undefined;
    }
    const span = this.#begin(log, plan.plan, positionOf(plan.start), positionOf(plan.target ?? plan.head));
    return span === undefined ? undefined : traceTextOf(api.trace.setSpan(api.ROOT_CONTEXT, span));
  }

  /** An attached lane is given a delta from disk. */
  fellBehind(stands: Position, head: Position): void {
    const log = logNamed(head.log);
    if (this.#agent.records && !this.#open.has(log)) {
      this.#begin(log, Plan.DELTA, stands, head);
    }
  }

  /** A frame has come; its size is known only at a cost, and to no one else of use. */
  frame(log: Log, frame: DataResponse): void {
    const sync = this.#open.get(log);
    if (sync?.span.isRecording() === true) {
      sync.bytes += toBinary(DataResponseSchema, frame).length;
    }
  }

  /** A sync is over, and what it brought is committed. */
  ended(log: Log, report: SyncReport | undefined, received: number, duplicates: number): void {
    const sync = this.#open.get(log);
    this.#open.delete(log);
    if (sync === undefined) {
      return;
    }
    this.#agent.instruments.attempt(() => {
      sync.span.setAttributes({
        "swarmlog.sync.operations": report?.received ?? received,
        "swarmlog.sync.duplicates": duplicates,
        "swarmlog.sync.bytes": sync.bytes,
        ...(report !== undefined && {
          "swarmlog.sync.keys": report.paged,
          "swarmlog.sync.redundant": report.redundant,
        }),
      });
      if (report !== undefined && report.mismatches.length > 0) {
        endWith(sync.span, "mismatch", report.mismatches.join("; "));
      } else {
        sync.span.end();
      }
    });
  }

  /** The streams are gone, or about to be. */
  interrupted(): void {
    for (const { span } of this.#open.values()) {
      this.#agent.instruments.attempt(() => {
        endWith(span, "interrupted", "The streams of the session ended before the sync did");
      });
    }
    this.#open.clear();
  }

  #begin(log: Log, plan: Plan, stands: Position, target: Position): otel.Span | undefined {
    const span = this.#agent.sync(log, {
      "swarmlog.sync.plan": String(Plan[plan]).toLowerCase(),
      "swarmlog.sync.from": Number(stands.opId),
      "swarmlog.sync.target": Number(target.opId),
    });
    if (span !== undefined) {
      this.#open.set(log, { span, bytes: 0 });
    }
    return span;
  }
}

function endWith(span: otel.Span, type: string, why: string): void {
  span.setAttribute("error.type", type);
  span.setStatus({ code: api?.SpanStatusCode.ERROR ?? 0, message: why });
  span.end();
}
