"""The spans of a step: of what is applied and acknowledged of it."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from swarmlog import tracing
from swarmlog.handling.agent_tracing import AgentTracing, destination_of, published_in
from swarmlog.names import Log
from swarmlog.session.lane_step import NO_TRACES, Delivered, LaneStep, Repaired
from swarmlog.session.redelivery import tried_before
from swarmlog.session.scopes import topic_name
from swarmlog.tracing import Instruments
from swarmlog.v1 import operation_pb2

if tracing.AVAILABLE or TYPE_CHECKING:
    from opentelemetry import context as otel_context
    from opentelemetry import trace
    from opentelemetry.context import Context
    from opentelemetry.trace import NonRecordingSpan, Span, SpanContext, StatusCode, TraceFlags


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
