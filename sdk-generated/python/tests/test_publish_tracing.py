"""What a publisher records, by the application's OpenTelemetry."""

import asyncio
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader, NumberDataPoint
from opentelemetry.sdk.trace import ReadableSpan, Span, SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode

import log
import swarmlog
from swarmlog import Publication, Publisher, QueueFullError, TerminalError, Topic, tracing
from swarmlog.testing import Coordinator
from swarmlog.tracing import TraceText
from swarmlog.v1 import publishing_pb2

Make = Callable[..., Coordinator]


def command(text: str) -> Publication:
    return swarmlog.event(Topic.COMMANDS, text, type="test.Text")


def traceparent(span: ReadableSpan | trace.Span) -> str:
    context = span.get_span_context()
    assert context is not None
    assert context.trace_flags.sampled
    return f"00-{context.trace_id:032x}-{context.span_id:016x}-{context.trace_flags:02x}"


class Recorded:
    """A publisher whose spans and figures are kept."""

    def __init__(self) -> None:
        self._exporter = InMemorySpanExporter()
        self._reader = InMemoryMetricReader()
        self.tracers = TracerProvider()
        self.tracers.add_span_processor(SimpleSpanProcessor(self._exporter))
        self.meters = MeterProvider([self._reader])

    def publisher(self, target: str, swarm: str, **settings: int) -> Publisher:
        return Publisher(
            target,
            swarm=swarm,
            name="p",
            tracer_provider=self.tracers,
            meter_provider=self.meters,
            max_queued_groups=settings.get("max_queued_groups", 100),
        )

    def spans(self) -> list[ReadableSpan]:
        return list(self._exporter.get_finished_spans())

    def figures(self) -> dict[str, list[tuple[dict[str, object], float]]]:
        """By metric the value, or the number of measurements, of each set of attributes."""
        found: dict[str, list[tuple[dict[str, object], float]]] = {}
        data = self._reader.get_metrics_data()
        assert data is not None
        for metric in data.resource_metrics[0].scope_metrics[0].metrics:
            for point in metric.data.data_points:
                value: float = point.value if isinstance(point, NumberDataPoint) else point.count
                found.setdefault(metric.name, []).append((dict(point.attributes or {}), value))
        return found

    def close(self) -> None:
        self.tracers.shutdown()
        self.meters.shutdown()


@pytest.fixture
def recorded() -> Iterator[Recorded]:
    made = Recorded()
    yield made
    made.close()


async def test_should_record_a_publication_from_the_call_to_its_answer(
    recorded: Recorded, swarmlog_coordinator: Coordinator, swarm: str
) -> None:
    # given
    async with recorded.publisher(swarmlog_coordinator.target, swarm) as publisher:
        # when
        with recorded.tracers.get_tracer("test").start_as_current_span("plan"):
            await publisher.publish(command("a"))
    # then
    span, plan = recorded.spans()
    (operation,) = await log.operations(swarmlog_coordinator.target, swarm)
    assert (span.name, span.kind) == ("publish commands", SpanKind.PRODUCER)
    assert span.parent == plan.get_span_context()
    assert dict(span.attributes or {}) == {
        "messaging.system": "swarmlog",
        "messaging.operation.name": "publish",
        "messaging.operation.type": "send",
        "messaging.destination.name": f"{swarm}/commands",
        "messaging.destination.template": "{swarm}/commands",
        "messaging.client.id": "p",
        "messaging.message.id": "1",
        "swarmlog.swarm": swarm,
        "swarmlog.log": "main",
        "swarmlog.topic": "commands",
        "swarmlog.operation.id": 1,
    }
    assert [(e.name, dict(e.attributes or {})) for e in span.events] == [
        ("attempt", {"swarmlog.attempt": 1})
    ]
    assert operation.traceparent == traceparent(span)


async def test_should_record_a_group_as_one_span_that_all_its_operations_carry(
    recorded: Recorded, swarmlog_coordinator: Coordinator, swarm: str
) -> None:
    # given
    alert = swarmlog.event(Topic.ALERTS, "b", type="t")
    async with recorded.publisher(swarmlog_coordinator.target, swarm) as publisher:
        # when
        await publisher.publish_group([command("a"), alert])
    # then
    (span,) = recorded.spans()
    attributes = dict(span.attributes or {})
    assert span.name == "publish main"
    assert attributes["messaging.batch.message_count"] == 2
    assert attributes["swarmlog.operation.last_id"] == 2
    assert "swarmlog.topic" not in attributes
    found = await log.operations(swarmlog_coordinator.target, swarm)
    assert {operation.traceparent for operation in found} == {traceparent(span)}


async def test_should_be_a_child_of_the_trace_that_a_record_brings_and_leave_that_as_it_is(
    recorded: Recorded, swarmlog_coordinator: Coordinator, swarm: str
) -> None:
    # given
    brought = command("a")
    brought.record.traceparent = f"00-{'1' * 32}-{'2' * 16}-01"
    other = command("b")
    other.record.traceparent = f"00-{'3' * 32}-{'4' * 16}-01"
    async with recorded.publisher(swarmlog_coordinator.target, swarm) as publisher:
        # when
        await publisher.publish_group([brought, other, command("c")])
    # then
    (span,) = recorded.spans()
    assert span.parent is not None
    assert f"{span.parent.trace_id:x}" == "1" * 32
    assert [f"{link.context.trace_id:x}" for link in span.links] == ["3" * 32]
    found = await log.operations(swarmlog_coordinator.target, swarm)
    assert [operation.traceparent for operation in found] == [
        brought.record.traceparent,
        other.record.traceparent,
        traceparent(span),
    ]


async def test_should_say_why_a_publication_failed_and_that_it_was_sent_again(
    recorded: Recorded, swarmlog_coordinators: Make, swarm: str
) -> None:
    # given
    coordinator = swarmlog_coordinators()
    publisher = recorded.publisher(coordinator.target, swarm, max_queued_groups=1)
    too_long = swarmlog.keyed(Topic.RECONCILIATION, "k" * 100_000, "v", type="t")
    # when
    with pytest.raises(TerminalError) as refused:
        await publisher.publish(too_long)
    coordinator.kill()
    answer = await publisher.submit(command("a"))
    with pytest.raises(QueueFullError):
        await publisher.submit(command("b"))
    await asyncio.to_thread(coordinator.start)
    await answer
    await publisher.close(timedelta(seconds=10))
    # then
    terminal, full, again = recorded.spans()
    assert dict(terminal.attributes or {})["error.type"] == refused.value.reason
    assert terminal.status.status_code is StatusCode.ERROR
    assert terminal.status.description == str(refused.value)
    assert dict(full.attributes or {})["error.type"] == "RESOURCE_EXHAUSTED"
    assert full.events == ()
    assert again.events
    assert again.status.status_code is not StatusCode.ERROR


async def test_should_count_and_time_publications_without_naming_swarm_or_publisher(
    recorded: Recorded, swarmlog_coordinator: Coordinator, swarm: str
) -> None:
    # given
    async with recorded.publisher(swarmlog_coordinator.target, swarm) as publisher:
        # when
        await publisher.publish(command("a"))
        await publisher.publish_group([command("b"), command("c")])
        publisher.telemetry(swarmlog.measurement(1, type="t"))

    # then
    def attributes(destination: str) -> dict[str, object]:
        return {
            "messaging.system": "swarmlog",
            "messaging.operation.name": "publish",
            "messaging.destination.template": "{swarm}/" + destination,
        }

    figures = recorded.figures()
    assert figures["messaging.client.sent.messages"] == [
        (attributes("commands"), 3),
        (attributes("telemetry"), 1),
    ]
    assert figures["messaging.client.operation.duration"] == [(attributes("commands"), 2)]


async def test_should_put_the_current_span_into_telemetry(
    recorded: Recorded,
    swarmlog_coordinator: Coordinator,
    swarm: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # given
    seen: list[publishing_pb2.PublishRecord] = []

    def offer(record: publishing_pb2.PublishRecord) -> bool:
        seen.append(record)
        return True

    async with recorded.publisher(swarmlog_coordinator.target, swarm) as publisher:
        monkeypatch.setattr(publisher._telemetry, "offer", offer)
        # when
        with recorded.tracers.get_tracer("test").start_as_current_span("measure") as span:
            publisher.telemetry(swarmlog.measurement(1, type="t"))
    # then
    assert [record.traceparent for record in seen] == [traceparent(span)]


class _Broken(SpanProcessor):
    def on_start(self, span: Span, parent_context: Context | None = None) -> None:
        raise OSError("no exporter")

    def on_end(self, span: ReadableSpan) -> None:
        raise OSError("no exporter")


async def test_should_publish_where_the_applications_telemetry_is_broken(
    swarmlog_coordinator: Coordinator, swarm: str, caplog: pytest.LogCaptureFixture
) -> None:
    # given
    tracers = TracerProvider()
    tracers.add_span_processor(_Broken())
    publisher = Publisher(
        swarmlog_coordinator.target, swarm=swarm, name="p", tracer_provider=tracers
    )
    # when
    async with publisher:
        for _ in range(3):
            await publisher.publish(command("a"))
    # then
    assert await log.texts(swarmlog_coordinator.target, swarm) == ["a"] * 3
    lines = [r.getMessage() for r in caplog.records if r.name == "swarmlog.tracing"]
    (line,) = lines
    assert line == (
        f"Expected the application's OpenTelemetry to record what 'p' of swarm '{swarm}' does, "
        "but it threw; nothing else is lost"
    )


async def test_should_publish_without_the_api(
    swarmlog_coordinator: Coordinator, swarm: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given
    monkeypatch.setattr(tracing, "AVAILABLE", False)
    # when
    async with Publisher(swarmlog_coordinator.target, swarm=swarm, name="p") as publisher:
        await publisher.publish(command("a"))
    # then
    (operation,) = await log.operations(swarmlog_coordinator.target, swarm)
    assert operation.traceparent == ""


@pytest.mark.parametrize("text", ["", "00-0-0-01", "nonsense", f"00-{'0' * 32}-{'2' * 16}-01"])
def test_should_take_a_context_that_makes_no_sense_for_none(text: str) -> None:
    assert tracing.span_context_of(TraceText(text, "")) is None
