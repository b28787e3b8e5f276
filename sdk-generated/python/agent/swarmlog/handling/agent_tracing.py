"""The spans of an agent, each as it begins."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from swarmlog import tracing
from swarmlog.names import Log
from swarmlog.session.deliveries import repair_scope
from swarmlog.session.scopes import topic_name
from swarmlog.tracing import Instruments, TraceText, Value
from swarmlog.units import NS_PER_SECOND
from swarmlog.v1 import drift_pb2, operation_pb2

if tracing.AVAILABLE or TYPE_CHECKING:
    from opentelemetry import trace
    from opentelemetry.context import Context
    from opentelemetry.trace import NonRecordingSpan, Span, SpanContext, SpanKind

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
