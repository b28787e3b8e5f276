"""What is recorded of an agent that applies, mends and catches up."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from swarmlog import tracing
from swarmlog.names import Log
from swarmlog.session.deliveries import repair_scope
from swarmlog.session.lane_step import NO_TRACES, Delivered, LaneStep, Repaired
from swarmlog.session.redelivery import tried_before
from swarmlog.session.reports import SyncReport
from swarmlog.session.scopes import topic_name
from swarmlog.tracing import Instruments, TraceText, Value
from swarmlog.units import NS_PER_SECOND
from swarmlog.v1 import drift_pb2, operation_pb2, position_pb2, resume_pb2, session_pb2

if tracing.AVAILABLE or TYPE_CHECKING:
    from opentelemetry import context as otel_context
    from opentelemetry import trace
    from opentelemetry.context import Context
    from opentelemetry.trace import (
        NonRecordingSpan,
        Span,
        SpanContext,
        SpanKind,
        StatusCode,
        TraceFlags,
    )

_MAX_LINKS = 32
"""Of a batch that failed, so many operations are named at most."""

_MAX_ERRORS_PER_SECOND = 10


class ErrorBound:
    """Lets so many failures a second through that are recorded although nobody chose them.

    And counts the others: an agent that fails at everything must not flood where traces are kept.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._second_began_ns = 0
        self._let = 0
        self._left_out = 0

    def take(self, now_ns: int) -> int | None:
        """How many were left out since one was let through; None if this is to be left out."""
        with self._lock:
            if self._let == 0 or now_ns - self._second_began_ns >= NS_PER_SECOND:
                self._second_began_ns = now_ns
                self._let = 0
            if self._let == _MAX_ERRORS_PER_SECOND:
                self._left_out += 1
                return None
            self._let += 1
            before, self._left_out = self._left_out, 0
            return before


class AgentTracing:
    """The spans of an agent, each as it begins."""

    def __init__(self, instruments: Instruments, agent: str) -> None:
        self.instruments = instruments
        self._agent = agent
        self._errors = ErrorBound()

    @property
    def records(self) -> bool:
        """Whether there is somewhere to record to."""
        return self.instruments.records

    def apply(
        self, log: Log, operation: operation_pb2.Operation, published: SpanContext, attempt: int
    ) -> Span | None:
        """Applying an operation, in the trace that it was published in."""
        return self._of(
            "apply",
            "process",
            SpanKind.CONSUMER,
            log,
            operation,
            trace.set_span_in_context(NonRecordingSpan(published), Context()),
            attempt,
        )

    def ack(self, log: Log, operation: operation_pb2.Operation, applied: Span) -> Span | None:
        """Telling the coordinator that an operation is applied."""
        context = trace.set_span_in_context(applied, Context())
        return self._of("ack", "settle", SpanKind.CLIENT, log, operation, context)

    def repair(self, log: Log, repair: drift_pb2.Repair, attempt: int) -> Span | None:
        """Mending what drifted, in the coordinator's trace of it."""
        topic = topic_name(repair_scope(repair).topic)
        told = tracing.span_context_of(TraceText(repair.traceparent, repair.tracestate))
        context = (
            Context()
            if told is None
            else trace.set_span_in_context(NonRecordingSpan(told), Context())
        )
        attributes = self._attributes(log, attempt, {"swarmlog.topic": topic})
        return self.instruments.start_span(
            "repair", "process", SpanKind.CONSUMER, topic, context=context, attributes=attributes
        )

    def sync(self, log: Log, attributes: Mapping[str, Value]) -> Span | None:
        """A sync of a log: a trace of its own."""
        return self.instruments.start_span(
            "sync",
            "receive",
            SpanKind.CLIENT,
            log.label,
            context=Context(),
            attributes=self._attributes(log, 1, attributes),
        )

    def failure(
        self, log: Log, operations: Sequence[operation_pb2.Operation], attempt: int
    ) -> Span | None:
        """A failure to apply operations of which none is recorded: a trace of its own.

        Linked with theirs. Only so many a second are recorded: None if it is one too many.
        """
        left_out = self._errors.take(time.monotonic_ns())
        if left_out is None:
            return None
        noted: dict[str, Value] = {}
        if left_out:
            noted["swarmlog.errors.left_out"] = left_out
        links = [context for context in map(published_in, operations) if context is not None]
        one = operations[0] if len(operations) == 1 else None
        if one is not None:
            noted.update(_of_operation(one))
        else:
            noted["messaging.batch.message_count"] = len(operations)
        return self.instruments.start_span(
            "apply",
            "process",
            SpanKind.CONSUMER,
            destination_of(operations, log),
            context=Context(),
            links=tuple(dict.fromkeys(links))[:_MAX_LINKS],
            attributes=self._attributes(log, attempt, noted),
        )

    def _of(
        self,
        name: str,
        type: str,
        kind: SpanKind,
        log: Log,
        operation: operation_pb2.Operation,
        context: Context,
        attempt: int = 1,
    ) -> Span | None:
        return self.instruments.start_span(
            name,
            type,
            kind,
            topic_name(operation.topic),
            context=context,
            attributes=self._attributes(log, attempt, _of_operation(operation)),
        )

    def _attributes(self, log: Log, attempt: int, more: Mapping[str, Value]) -> dict[str, Value]:
        attributes: dict[str, Value] = {
            "swarmlog.log": log.label,
            "swarmlog.agent": self._agent,
            **more,
        }
        if attempt > 1:
            attributes["swarmlog.attempt"] = attempt
        return attributes


class AckSpans:
    """From the commit of a step until its ack is handed to the stream: one of each recorded."""

    def __init__(self, instruments: Instruments, spans: Sequence[Span]) -> None:
        self._instruments = instruments
        self._open = spans

    def sent(self) -> None:
        """The ack is with the stream."""
        for span in self._open:
            with self._instruments.recording.attempt():
                span.end()
        self._open = ()

    def not_sent(self) -> None:
        """There is no stream: the next session begins with what would have been acknowledged."""
        for span in self._open:
            with self._instruments.recording.attempt():
                span.add_event("no stream: told with the next Hello")
        self.sent()


class StepSpans:
    """The spans of one step: of what is applied of it, until that is committed.

    Handlers run inside them. Belongs to the lane's run; `abandon` may be called by anyone.

    Where nobody records anything, handlers run inside the trace of the publish all the same, as the
    application may have spans without the SDK having some.
    """

    def __init__(self, agent: AgentTracing, step: LaneStep) -> None:
        self._agent = agent
        self._instruments = agent.instruments
        self._step = step
        self._records = agent.records
        content = step.content
        self._choice = content.traced if isinstance(content, Delivered) else NO_TRACES
        # Where the run begins, and how often that was tried before.
        self._start = 0
        self._tried_before = 0
        self._lock = threading.Lock()
        # Under the lock: what is applied, and not committed.
        self._open: list[tuple[operation_pb2.Operation, Span]] = []
        self._repair: Span | None = None

    def begin(self, start: int, tried_before: int) -> None:
        """A run begins."""
        self._start = start
        self._tried_before = tried_before
        content = self._step.content
        if isinstance(content, Repaired) and self._records and self._repair is None:
            self._repair = self._agent.repair(self._step.log, content.repair, tried_before + 1)

    def surrounds(self, message: operation_pb2.Operation) -> bool:
        """Whether there is anything to do around the handler of an operation."""
        return self._records or (tracing.AVAILABLE and message.traceparent != "")

    @contextlib.contextmanager
    def around(self, message: operation_pb2.Operation, index: int) -> Iterator[None]:
        """Call the handler of one operation within this."""
        published = published_in(message)
        if not self._records:
            with _current(self._context(message, published, None)):
                yield
            return
        attempt = 1 + (self._tried_before if index == self._start else 0)
        tried = attempt + tried_before(message)
        span = None
        if published is not None and self._takes(message, published):
            span = self._agent.apply(self._step.log, message, published, tried)
        if attempt == 1:
            self._instruments.consumed(topic_name(message.topic))
        context = self._context(message, published, span)
        with self._recorded([message], [(message, span)] if span else [], context, tried):
            yield

    @contextlib.contextmanager
    def around_batch(self, messages: Sequence[operation_pb2.Operation]) -> Iterator[None]:
        """Call what applies a whole batch within this."""
        if not self._records:
            yield
            return
        spans = []
        for message in messages:
            published = published_in(message)
            if published is not None and self._takes(message, published):
                span = self._agent.apply(self._step.log, message, published, self._tried_before + 1)
                if span is not None:
                    spans.append((message, span))
            if self._tried_before == 0:
                self._instruments.consumed(topic_name(message.topic))
        current = spans[0][1] if len(spans) == 1 else self._repair
        context = trace.set_span_in_context(current) if current is not None else None
        with self._recorded(messages, spans, context, self._tried_before + 1):
            yield

    def committed(self) -> AckSpans:
        """Once the step is committed, what was applied of it is."""
        if not self._records:
            return AckSpans(self._instruments, ())
        with self._lock:
            applied, self._open = self._open, []
            repair, self._repair = self._repair, None
        acks = []
        for span in [repair, *(span for _, span in applied)]:
            if span is not None:
                with self._instruments.recording.attempt():
                    span.end()
        for operation, span in applied:
            if self._step.log is not Log.TELEMETRY and span.get_span_context().trace_flags.sampled:
                ack = self._agent.ack(self._step.log, operation, span)
                if ack is not None:
                    acks.append(ack)
        return AckSpans(self._instruments, acks)

    def abandon(self, why: str) -> None:
        """The step will not be committed, or not in this run of the agent."""
        with self._lock:
            left = [span for _, span in self._open]
            left += [self._repair] if self._repair is not None else []
            self._open = []
            self._repair = None
        for span in left:
            with self._instruments.recording.attempt():
                span.set_status(StatusCode.ERROR, why)
                span.end()

    @contextlib.contextmanager
    def _recorded(
        self,
        messages: Sequence[operation_pb2.Operation],
        spans: list[tuple[operation_pb2.Operation, Span]],
        context: Context | None,
        attempt: int,
    ) -> Iterator[None]:
        started_ns = time.monotonic_ns()
        try:
            with _current(context):
                yield
        except BaseException as e:
            self._failed(messages, [span for _, span in spans], attempt, e)
            raise
        finally:
            if messages:
                elapsed_ns = time.monotonic_ns() - started_ns
                self._instruments.processed(
                    destination_of(messages, self._step.log), elapsed_ns, context
                )
        with self._lock:
            self._open.extend(spans)

    def _failed(
        self,
        messages: Sequence[operation_pb2.Operation],
        spans: list[Span],
        attempt: int,
        cause: BaseException,
    ) -> None:
        if self._repair is not None:
            spans = [self._repair, *spans]
            self._repair = None
        if not any(span.is_recording() for span in spans):
            failure = self._agent.failure(self._step.log, messages, attempt)
            spans += [failure] if failure is not None else []
        for span in spans:
            with self._instruments.recording.attempt():
                span.record_exception(cause)
                span.set_attribute("error.type", type(cause).__qualname__)
                span.set_status(StatusCode.ERROR, str(cause))
                span.end()

    def _takes(self, message: operation_pb2.Operation, published: SpanContext) -> bool:
        return self._choice.takes(message.op_id, published.trace_flags.sampled)

    def _context(
        self,
        message: operation_pb2.Operation,
        published: SpanContext | None,
        span: Span | None,
    ) -> Context | None:
        """What the handler runs in; None: as it is."""
        if span is None:
            span = self._repair
        if span is not None and span.get_span_context().is_valid:
            return trace.set_span_in_context(span)
        if published is None:
            return None
        if published.trace_flags.sampled and not self._takes(message, published):
            # Spans of the handler are sampled only if the operation is taken.
            published = SpanContext(
                published.trace_id,
                published.span_id,
                published.is_remote,
                TraceFlags(TraceFlags.DEFAULT),
                published.trace_state,
            )
        return trace.set_span_in_context(NonRecordingSpan(published))


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


def published_in(operation: operation_pb2.Operation) -> SpanContext | None:
    """The context that an operation carries; None if that is nothing, or makes no sense."""
    return tracing.span_context_of(TraceText(operation.traceparent, operation.tracestate))


def destination_of(operations: Sequence[operation_pb2.Operation], log: Log) -> str:
    """The topic of operations, or their log where they are of several."""
    topics = {operation.topic for operation in operations}
    return topic_name(topics.pop()) if len(topics) == 1 else log.label


def _of_operation(operation: operation_pb2.Operation) -> dict[str, Value]:
    return {
        "swarmlog.topic": topic_name(operation.topic),
        "swarmlog.operation.id": operation.op_id,
        "messaging.message.id": str(operation.op_id),
    }


@contextlib.contextmanager
def _current(context: Context | None) -> Iterator[None]:
    if context is None:
        yield
        return
    token = otel_context.attach(context)
    try:
        yield
    finally:
        otel_context.detach(token)
