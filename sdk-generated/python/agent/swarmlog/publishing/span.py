"""The span of a publish group."""

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from swarmlog import tracing
from swarmlog.errors import OutcomeUnknownError, SwarmlogError
from swarmlog.publication import GroupPosition, Publication
from swarmlog.tracing import Instruments, TraceText, Value
from swarmlog.v1 import publishing_pb2

if tracing.AVAILABLE or TYPE_CHECKING:
    from opentelemetry import trace
    from opentelemetry.context import Context, get_current
    from opentelemetry.trace import NonRecordingSpan, Span, SpanContext, SpanKind, StatusCode


class PublishSpan:
    """The publishing of one group, from the call to its answer, however often it is sent.

    Its context goes into the operations.
    """

    def __init__(self, instruments: Instruments, publications: Sequence[Publication]) -> None:
        """Begin; `publications` are of one log, at least one."""
        self._instruments = instruments
        self._operations = len(publications)
        self._started_ns = time.monotonic_ns()
        self._attempts = 0
        self._span: Span | None = None
        self._context: Context | None = None
        topics = {publication.topic for publication in publications}
        log = publications[0].log.label
        self._destination = publications[0].topic.label if len(topics) == 1 else log
        for publication in publications:
            instruments.sent(publication.topic)
        if instruments.traces:
            self._begin(publications, log, of_one_topic=len(topics) == 1)

    def stamp(self, record: publishing_pb2.PublishRecord) -> None:
        """Write the context into an operation that brings none along."""
        stamp(record, self._context)

    def sent(self) -> None:
        """Note that the group is written to a stream."""
        self._attempts += 1
        if self._span is not None:
            with self._instruments.recording.attempt():
                self._span.add_event("attempt", {"swarmlog.attempt": self._attempts})

    def appended(self, where: GroupPosition) -> None:
        """End: it is in the log."""
        noted: dict[str, Value] = {"swarmlog.operation.id": where.first_op_id}
        if self._operations == 1:
            noted["messaging.message.id"] = str(where.first_op_id)
        else:
            noted["swarmlog.operation.last_id"] = where.last.op_id
        if where.duplicate:
            noted["swarmlog.publish.duplicate"] = True
        if self._span is not None:
            with self._instruments.recording.attempt():
                self._span.set_attributes(noted)
        self._end()

    def failed(self, why: SwarmlogError) -> None:
        """End: it is not in the log, or nobody knows."""
        if self._span is not None:
            with self._instruments.recording.attempt():
                self._span.set_attribute("error.type", why.failure.name)
                if isinstance(why, OutcomeUnknownError):
                    self._span.set_attribute("swarmlog.publish.outcome_unknown", True)
                self._span.set_status(StatusCode.ERROR, str(why))
        self._end()

    def _begin(self, publications: Sequence[Publication], log: str, *, of_one_topic: bool) -> None:
        attributes: dict[str, Value] = {"swarmlog.log": log}
        if of_one_topic:
            attributes["swarmlog.topic"] = self._destination
        if len(publications) > 1:
            attributes["messaging.batch.message_count"] = len(publications)
        # The first trace that an operation brings along; of others there are links.
        brought: dict[tuple[int, int], SpanContext] = {}
        for publication in publications:
            record = publication.record
            carried = tracing.span_context_of(TraceText(record.traceparent, record.tracestate))
            if carried is not None:
                brought.setdefault((carried.trace_id, carried.span_id), carried)
        parents = tuple(brought.values())
        self._context = get_current()
        self._span = self._instruments.start_span(
            "publish",
            "send",
            SpanKind.PRODUCER,
            self._destination,
            context=trace.set_span_in_context(NonRecordingSpan(parents[0])) if parents else None,
            links=parents[1:],
            attributes=attributes,
        )
        if self._span is not None and self._span.get_span_context().is_valid:
            self._context = trace.set_span_in_context(self._span)

    def _end(self) -> None:
        if self._span is not None:
            with self._instruments.recording.attempt():
                self._span.end()
        elapsed_ns = time.monotonic_ns() - self._started_ns
        self._instruments.answered(self._destination, elapsed_ns, self._context)


def stamp(record: publishing_pb2.PublishRecord, context: "Context | None" = None) -> None:
    """Write the span of a context, or of the current one, into a record that has none yet."""
    if not record.traceparent:
        text = tracing.trace_text_of(context)
        if text is not None:
            record.traceparent, record.tracestate = text
