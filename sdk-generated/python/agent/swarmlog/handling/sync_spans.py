"""The spans of an agent that catches up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from swarmlog import tracing
from swarmlog.handling.agent_tracing import AgentTracing
from swarmlog.names import Log
from swarmlog.session.reports import SyncReport
from swarmlog.tracing import TraceText, Value
from swarmlog.v1 import position_pb2, resume_pb2, session_pb2

if tracing.AVAILABLE or TYPE_CHECKING:
    from opentelemetry import trace
    from opentelemetry.context import Context
    from opentelemetry.trace import Span, StatusCode


class SyncSpans:
    """The syncs of an agent, each a trace of its own.

    From the attaching of a lane, or from when it fell behind, until it has caught up.
    """

    def __init__(self, agent: AgentTracing) -> None:
        self._agent = agent
        self._open: dict[Log, Span] = {}
        self._bytes: dict[Log, int] = {}

    def attach(self, log: Log, plan: resume_pb2.LogPlan) -> TraceText | None:
        """A lane is about to be attached.

        Answers what its sync is known by in the coordinator's part of the trace.
        """
        brings = plan.plan in {resume_pb2.PLAN_DELTA, resume_pb2.PLAN_SNAPSHOT}
        if not brings or log is Log.TELEMETRY or not self._agent.records:
            return None
        target = plan.target if plan.HasField("target") else plan.head
        span = self._begin(log, plan.plan, plan.start, target)
        if span is None:
            return None
        return tracing.trace_text_of(trace.set_span_in_context(span, Context()))

    def fell_behind(self, stands: position_pb2.Position, head: position_pb2.Position) -> None:
        """An attached lane is given a delta from disk."""
        log = Log(head.log)
        if self._agent.records and log not in self._open:
            self._begin(log, resume_pb2.PLAN_DELTA, stands, head)

    def frame(self, log: Log, frame: session_pb2.DataResponse) -> None:
        """A frame has come; its size is known only at a cost, and to no one else of use."""
        span = self._open.get(log)
        if span is not None and span.is_recording():
            self._bytes[log] += frame.ByteSize()

    def ended(self, log: Log, report: SyncReport | None, received: int, duplicates: int) -> None:
        """A sync is over, and what it brought is committed."""
        span = self._open.pop(log, None)
        if span is None:
            return
        with self._agent.instruments.recording.attempt():
            noted: dict[str, Value] = {
                "swarmlog.sync.operations": received if report is None else report.received,
                "swarmlog.sync.duplicates": duplicates,
                "swarmlog.sync.bytes": self._bytes[log],
            }
            if report is not None:
                noted["swarmlog.sync.keys"] = report.paged
                noted["swarmlog.sync.redundant"] = report.redundant
            span.set_attributes(noted)
            if report is not None and report.mismatches:
                span.set_attribute("error.type", "mismatch")
                span.set_status(StatusCode.ERROR, "; ".join(report.mismatches))
            span.end()

    def interrupted(self) -> None:
        """The streams are gone, or about to be."""
        for span in self._open.values():
            with self._agent.instruments.recording.attempt():
                span.set_attribute("error.type", "interrupted")
                why = "The streams of the session ended before the sync did"
                span.set_status(StatusCode.ERROR, why)
                span.end()
        self._open.clear()

    def _begin(
        self,
        log: Log,
        plan: resume_pb2.Plan,
        stands: position_pb2.Position,
        target: position_pb2.Position,
    ) -> Span | None:
        span = self._agent.sync(
            log,
            {
                "swarmlog.sync.plan": resume_pb2.Plan.Name(plan).removeprefix("PLAN_").lower(),
                "swarmlog.sync.from": stands.op_id,
                "swarmlog.sync.target": target.op_id,
            },
        )
        if span is not None:
            self._open[log] = span
            self._bytes[log] = 0
        return span
