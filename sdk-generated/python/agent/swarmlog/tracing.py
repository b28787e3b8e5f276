"""What one agent or publisher records, by the application's own OpenTelemetry, if it has one."""

import contextlib
import logging
import time
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeVar

from swarmlog.names import Topic
from swarmlog.repeated_failures import RepeatedFailures, others, place_of
from swarmlog.units import NS_PER_SECOND
from swarmlog.version import version

try:
    from opentelemetry import metrics, trace
    from opentelemetry.context import Context
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

    AVAILABLE = True
except ImportError:  # The extra `opentelemetry` is not installed: nothing is recorded.
    AVAILABLE = False

if TYPE_CHECKING:
    from opentelemetry.metrics import MeterProvider
    from opentelemetry.trace import Span, SpanContext, SpanKind, TracerProvider

_LOG: Final = logging.getLogger("swarmlog.tracing")
INSTRUMENTATION: Final = "swarmlog"
# In seconds; those the conventions advise.
_BOUNDARIES: Final = [
    *(0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5),
    *(0.75, 1.0, 2.5, 5.0, 7.5, 10.0),
]

Value = str | int | bool
_Made = TypeVar("_Made")


class TraceText(NamedTuple):
    """The W3C trace context as it stands in a message; both empty for none."""

    traceparent: str
    tracestate: str


class Recording:
    """Calls of the application's OpenTelemetry by one agent or publisher.

    Processors, samplers and exporters of an application run within them, and what they throw must
    not become a failure of delivery: it is logged, and what was to be recorded is missing.
    """

    def __init__(self, swarm: str, client: str) -> None:
        self._swarm = swarm
        self._client = client
        self._failures = RepeatedFailures()

    @contextlib.contextmanager
    def attempt(self) -> Iterator[None]:
        """Record something within this."""
        try:
            yield
        except Exception as e:  # noqa: BLE001 - whatever an application's exporter throws
            self._failed(e)

    def begin(self, call: Callable[[], _Made]) -> _Made | None:
        """Make something; None if that fails."""
        try:
            return call()
        except Exception as e:  # noqa: BLE001 - as above
            self._failed(e)
            return None

    def _failed(self, why: Exception) -> None:
        left_out = self._failures.count(place_of(why), time.monotonic_ns())
        if left_out is not None:
            _LOG.warning(
                "Expected the application's OpenTelemetry to record what '%s' of swarm '%s' "
                "does, but it threw; nothing else is lost%s",
                self._client,
                self._swarm,
                others(left_out),
                exc_info=why,
            )


class Instruments:
    """What one agent or publisher records, by the application's own OpenTelemetry.

    Spans and metrics go to the providers given, or to the global ones; nowhere, at no cost, where
    the API is not installed. Its metrics name neither swarms nor agents: their number of series
    does not grow with those.
    """

    def __init__(
        self,
        swarm: str,
        client: str,
        tracer_provider: "TracerProvider | None" = None,
        meter_provider: "MeterProvider | None" = None,
    ) -> None:
        """Make those of `client`, the name of the agent or publisher."""
        self.recording: Final = Recording(swarm, client)
        self._swarm = swarm
        self._client = client
        self._tracer: Any = None
        self.records: Final = AVAILABLE and (
            tracer_provider is not None or meter_provider is not None or _is_set_up()
        )
        """Whether there is somewhere to record to, by the time this is made."""
        if not AVAILABLE:
            return
        self._tracer = trace.get_tracer(INSTRUMENTATION, version(), tracer_provider)
        meter = metrics.get_meter(INSTRUMENTATION, version(), meter_provider)
        self._sent = meter.create_counter(
            "messaging.client.sent.messages",
            "{message}",
            "Operations that were handed to a publisher",
        )
        self._consumed = meter.create_counter(
            "messaging.client.consumed.messages",
            "{message}",
            "Operations that were handed to handlers, each once",
        )
        self._operation_duration = meter.create_histogram(
            "messaging.client.operation.duration",
            "s",
            "From publish to its answer",
            explicit_bucket_boundaries_advisory=_BOUNDARIES,
        )
        self._process_duration = meter.create_histogram(
            "messaging.process.duration",
            "s",
            "Duration of a call of a handler",
            explicit_bucket_boundaries_advisory=_BOUNDARIES,
        )

    @property
    def traces(self) -> bool:
        """Whether there is somewhere to record to."""
        return self._tracer is not None

    def start_span(
        self,
        operation: str,
        type: str,
        kind: "SpanKind",
        destination: str,
        *,
        context: "Context | None" = None,
        links: "tuple[SpanContext, ...]" = (),
        attributes: Mapping[str, Value] | None = None,
    ) -> "Span | None":
        """Start a span `operation destination` with what all of them have.

        `destination` is a topic or a log, by name. None if there is nowhere to record to, or that
        failed.
        """
        if self._tracer is None:
            return None
        known: dict[str, Value] = {
            "messaging.system": "swarmlog",
            "messaging.operation.name": operation,
            "messaging.operation.type": type,
            "messaging.destination.name": f"{self._swarm}/{destination}",
            "messaging.destination.template": _template(destination),
            "messaging.client.id": self._client,
            "swarmlog.swarm": self._swarm,
            **(attributes or {}),
        }
        span: Span | None = self.recording.begin(
            lambda: self._tracer.start_span(
                f"{operation} {destination}",
                context=context,
                kind=kind,
                attributes=known,
                links=[trace.Link(link) for link in links],
            )
        )
        return span

    def sent(self, topic: Topic) -> None:
        """Count an operation that was handed to the publisher."""
        if self._tracer is not None:
            with self.recording.attempt():
                self._sent.add(1, _attributes("publish", topic.label))

    def answered(self, destination: str, elapsed_ns: int, context: "Context | None") -> None:
        """Note that a publication was answered, or failed; its span is in the context."""
        if self._tracer is not None:
            with self.recording.attempt():
                self._operation_duration.record(
                    elapsed_ns / NS_PER_SECOND, _attributes("publish", destination), context
                )

    def consumed(self, topic: str) -> None:
        """Count an operation that is handed to a handler, for the first time; topic by name."""
        if self._tracer is not None:
            with self.recording.attempt():
                self._consumed.add(1, _attributes("apply", topic))

    def processed(self, destination: str, elapsed_ns: int, context: "Context | None") -> None:
        """Note that a handler returned or threw; the span it ran in is in the context."""
        if self._tracer is not None:
            with self.recording.attempt():
                self._process_duration.record(
                    elapsed_ns / NS_PER_SECOND, _attributes("apply", destination), context
                )


def span_context_of(text: TraceText) -> "SpanContext | None":
    """What a message carries; None if that is nothing, or makes no sense, or there is no API.

    It is always W3C, whatever propagator the application has set up, because it is stored.
    """
    if not AVAILABLE or not text.traceparent:
        return None
    carrier = {"traceparent": text.traceparent, "tracestate": text.tracestate}
    extracted = TraceContextTextMapPropagator().extract(carrier, context=Context())
    found = trace.get_current_span(extracted).get_span_context()
    return found if found.is_valid else None


def trace_text_of(context: "Context | None") -> TraceText | None:
    """What goes into a message for the span of a context; None if it has none."""
    if not AVAILABLE or not trace.get_current_span(context).get_span_context().is_valid:
        return None
    carrier: dict[str, str] = {}
    TraceContextTextMapPropagator().inject(carrier, context)
    return TraceText(carrier.get("traceparent", ""), carrier.get("tracestate", ""))


def _is_set_up() -> bool:
    """Whether the application has set global providers."""
    providers = (trace.get_tracer_provider(), metrics.get_meter_provider())
    return any("Proxy" not in type(provider).__name__ for provider in providers)


def _attributes(operation: str, destination: str) -> dict[str, Value]:
    return {
        "messaging.system": "swarmlog",
        "messaging.operation.name": operation,
        "messaging.destination.template": _template(destination),
    }


def _template(destination: str) -> str:
    # Not a format of ours: the same for all swarms.
    return "{swarm}/" + destination
