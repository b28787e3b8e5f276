"""What an agent records, by an OpenTelemetry as an application sets it up."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan, SpanProcessor, TracerProvider
from opentelemetry.trace import StatusCode

import swarmlog
from swarmlog import Agent, FailurePolicy, Operation, Topic
from swarmlog.handling.agent_tracing import ErrorBound
from swarmlog.testing import Coordinator
from swarmlog.units import NS_PER_MS, NS_PER_SECOND

PATIENCE_S = 30.0


class Recorded(SpanProcessor):
    """Spans that have ended; to be awaited."""

    def __init__(self) -> None:
        self.spans: list[ReadableSpan] = []
        self._changed = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self.provider = TracerProvider()
        self.provider.add_span_processor(self)

    def on_end(self, span: ReadableSpan) -> None:
        self.spans.append(span)
        self._loop.call_soon_threadsafe(self._changed.set)

    async def until(self, met: Callable[[ReadableSpan], bool]) -> ReadableSpan:
        async def wait() -> ReadableSpan:
            while True:
                for span in self.spans:
                    if met(span):
                        return span
                self._changed.clear()
                await self._changed.wait()

        return await asyncio.wait_for(wait(), PATIENCE_S)

    async def named(self, name: str) -> ReadableSpan:
        return await self.until(lambda span: span.name == name)


def trace_id(span: ReadableSpan) -> int:
    found: int = span.context.trace_id
    return found


@pytest.mark.parametrize("kind", ["async", "blocking", "batch"])
async def test_should_apply_in_the_trace_of_the_publish(
    swarmlog_coordinator: Coordinator, swarm: str, kind: str
) -> None:
    # given
    recorded = Recorded()
    agent = Agent(
        swarmlog_coordinator.target, swarm=swarm, name="a", tracer_provider=recorded.provider
    )
    current: list[int] = []

    def note() -> None:
        current.append(trace.get_current_span().get_span_context().span_id)

    if kind == "async":

        @agent.on(Topic.COMMANDS)
        async def handle(operation: Operation) -> None:
            await asyncio.sleep(0)
            note()

    elif kind == "blocking":
        agent.on(Topic.COMMANDS)(lambda operation: note())
    else:
        agent.on_batch(lambda batch: note())
    async with agent:
        await asyncio.wait_for(agent.caught_up(), PATIENCE_S)
        # when
        await agent.publisher.publish(swarmlog.event(Topic.COMMANDS, "x", type="t"))
        # then
        published = await recorded.named("publish commands")
        applied = await recorded.named("apply commands")
        acked = await recorded.named("ack commands")
    assert trace_id(published) == trace_id(applied) == trace_id(acked)
    assert applied.parent is not None
    assert applied.parent.span_id == published.context.span_id
    assert acked.parent is not None
    assert acked.parent.span_id == applied.context.span_id
    assert current == [applied.context.span_id]
    assert applied.attributes is not None
    assert dict(applied.attributes) == {
        "messaging.system": "swarmlog",
        "messaging.operation.name": "apply",
        "messaging.operation.type": "process",
        "messaging.destination.name": f"{swarm}/commands",
        "messaging.destination.template": "{swarm}/commands",
        "messaging.client.id": "a",
        "messaging.message.id": "1",
        "swarmlog.swarm": swarm,
        "swarmlog.agent": "a",
        "swarmlog.log": "main",
        "swarmlog.topic": "commands",
        "swarmlog.operation.id": 1,
    }


async def test_should_record_a_sync_and_a_failure(
    swarmlog_coordinator: Coordinator, swarm: str
) -> None:
    # given
    recorded = Recorded()
    target = swarmlog_coordinator.target
    async with swarmlog.Publisher(target, swarm=swarm, name="p") as publisher:
        await publisher.publish(swarmlog.event(Topic.COMMANDS, "fails", type="t"))
    agent = Agent(
        target,
        swarm=swarm,
        name="a",
        tracer_provider=recorded.provider,
        failure_policy=FailurePolicy.skip_after(1),
    )

    @agent.on(Topic.COMMANDS)
    async def fail(operation: Operation) -> None:
        raise ValueError(operation.text)

    # when
    async with agent:
        synced = await recorded.named("sync main")
        failed = await recorded.named("apply commands")
    # then
    assert synced.attributes is not None
    assert synced.attributes["swarmlog.sync.operations"] == 1
    assert synced.attributes["swarmlog.sync.plan"] == "delta"
    assert synced.status.status_code is StatusCode.UNSET
    assert failed.status.status_code is StatusCode.ERROR
    assert failed.attributes is not None
    assert failed.attributes["error.type"] == "ValueError"
    assert failed.parent is None


def test_should_let_ten_failures_a_second_through() -> None:
    bound = ErrorBound()
    taken = [bound.take(i * NS_PER_MS) for i in range(25)]
    assert taken == [0] * 10 + [None] * 15
    assert bound.take(NS_PER_SECOND) == 15
