"""Publishers against a real coordinator."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from datetime import timedelta

import pytest

import log
import swarmlog
from swarmlog import (
    Breaker,
    Log,
    OutcomeUnknownError,
    Overflow,
    Publication,
    Publisher,
    PublisherState,
    QueueFullError,
    RetryableError,
    TelemetryCounts,
    TerminalError,
    Topic,
)
from swarmlog.publishing.producer import ProducerSession
from swarmlog.publishing.shell import Pending
from swarmlog.testing import Coordinator
from swarmlog.v1 import publishing_pb2, rate_limits_pb2

Make = Callable[..., Coordinator]
# A port that nobody listens on.
NOBODY = "127.0.0.1:1"


@pytest.fixture
async def publisher(swarmlog_coordinator: Coordinator, swarm: str) -> AsyncIterator[Publisher]:
    async with Publisher(swarmlog_coordinator.target, swarm=swarm, name="p") as publisher:
        yield publisher


class Written:
    """Counts the groups that publishers write."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.groups = 0
        self.told = log.Told()
        poll = ProducerSession[Pending].poll

        def counted(session: ProducerSession[Pending]) -> publishing_pb2.PublishGroup | None:
            group = poll(session)
            self.groups += group is not None
            self.told.note()
            return group

        monkeypatch.setattr(ProducerSession, "poll", counted)


@pytest.fixture
async def written(monkeypatch: pytest.MonkeyPatch) -> Written:
    return Written(monkeypatch)


def command(text: str) -> Publication:
    return swarmlog.event(Topic.COMMANDS, text, type="test.Text")


async def test_should_return_where_a_publication_lies(publisher: Publisher) -> None:
    # when
    first = await publisher.publish(command("a"))
    second = await publisher.publish(command("b"))
    # then
    assert (first.first_op_id, second.op_id) == (1, 2)
    assert first.last.log == Log.MAIN.wire
    assert first.durability == publishing_pb2.DURABILITY_ALWAYS
    assert not first.duplicate
    assert publisher.pending() == 0


async def test_should_reach_loopback_whatever_proxy_there_is(
    swarmlog_coordinator: Coordinator, swarm: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given
    monkeypatch.setenv("http_proxy", f"http://{NOBODY}")
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    # when
    async with Publisher(swarmlog_coordinator.target, swarm=swarm, name="p") as publisher:
        where = await asyncio.wait_for(publisher.publish(command("a")), 30)
    # then
    assert where.op_id == 1


async def test_should_append_a_group_whole(
    publisher: Publisher, swarmlog_coordinator: Coordinator, swarm: str
) -> None:
    # when
    where = await publisher.publish_group([command("a"), command("b"), command("c")])
    # then
    found = await log.operations(swarmlog_coordinator.target, swarm)
    assert (where.first_op_id, where.op_id) == (1, 3)
    assert [(o.group_first, o.group_last) for o in found] == [(1, 3)] * 3
    assert all(o.publish_time_unix_nano > 0 for o in found)


async def test_should_pipeline_in_the_order_of_submitting(
    publisher: Publisher, swarmlog_coordinator: Coordinator, swarm: str
) -> None:
    # given
    tokens = [f"m{i}" for i in range(3_000)]
    # when
    answers = [await publisher.submit(command(token)) for token in tokens]
    # then
    assert publisher.pending() == len(tokens)
    where = await asyncio.gather(*answers)
    assert [position.op_id for position in where] == list(range(1, 3_001))
    assert await log.texts(swarmlog_coordinator.target, swarm) == tokens


async def test_should_keep_control_apart(publisher: Publisher) -> None:
    # when
    where = await publisher.publish(swarmlog.event(Topic.CONTROL, b"", type="t"))
    # then
    assert where.last.log == Log.CONTROL.wire
    with pytest.raises(ValueError, match="main and control: publish them apart"):
        await publisher.publish_group([command("a"), swarmlog.event(Topic.CONTROL, b"", type="t")])


async def test_should_refuse_what_makes_no_group(publisher: Publisher) -> None:
    with pytest.raises(ValueError, match="at least one publication"):
        await publisher.publish_group([])
    with pytest.raises(ValueError, match=r"telemetry by telemetry\(\)"):
        await publisher.publish(swarmlog.measurement(1, type="t"))
    with pytest.raises(ValueError, match="use publish"):
        publisher.telemetry(command("a"))
    with pytest.raises(ValueError, match="main or control"):
        publisher.state(Log.TELEMETRY)


async def test_should_fail_one_refused_publication_and_keep_the_others_in_order(
    publisher: Publisher, swarmlog_coordinator: Coordinator, swarm: str
) -> None:
    # given
    too_long = swarmlog.keyed(Topic.RECONCILIATION, "k" * 100_000, "v", type="t")
    # when
    answers = [
        await publisher.submit(publication)
        for publication in (command("a"), too_long, command("b"), too_long, command("c"))
    ]
    became = await asyncio.gather(*answers, return_exceptions=True)
    # then
    assert [type(one).__name__ for one in became] == [
        "GroupPosition",
        "TerminalError",
        "GroupPosition",
        "TerminalError",
        "GroupPosition",
    ]
    assert isinstance(became[1], TerminalError)
    assert became[1].reason in {"INVALID_ARGUMENT", "PAYLOAD_TOO_LARGE"}
    assert await log.texts(swarmlog_coordinator.target, swarm) == ["a", "b", "c"]


async def test_should_get_the_first_answer_under_an_idempotency_key(
    publisher: Publisher, swarmlog_coordinator: Coordinator, swarm: str
) -> None:
    # given
    publication = command("a").with_idempotency_key("once")
    first = await publisher.publish(publication)
    # when another publisher publishes it again
    async with Publisher(swarmlog_coordinator.target, swarm=swarm, name="q") as other:
        second = await other.publish(publication)
    # then
    assert second.duplicate
    assert second.op_id == first.op_id


async def test_should_send_again_what_a_killed_coordinator_did_not_answer(
    swarmlog_coordinators: Make, swarm: str
) -> None:
    # given
    coordinator = swarmlog_coordinators()
    tokens = [f"m{i}" for i in range(4_000)]
    answered = 0

    def count(_: object) -> None:
        nonlocal answered
        answered += 1
        told.note()

    told = log.Told()
    publisher = Publisher(coordinator.target, swarm=swarm, name="p", overflow=Overflow.WAIT)
    async with publisher:
        # when it is killed, and comes back, twice under load
        answers = []

        async def load() -> None:
            for token in tokens:
                answer = await publisher.submit(command(token))
                answer.add_done_callback(count)
                answers.append(answer)
                if len(answers) % 100 == 0:
                    # As a program that publishes as fast as it is answered.
                    await answers[-100]

        loading = asyncio.create_task(load())
        for killed_at in (300, 2_000):
            await told.until(lambda: answered >= killed_at)  # noqa: B023 - awaited at once
            await asyncio.to_thread(coordinator.kill)
            await asyncio.to_thread(coordinator.start)
        await loading
        where = await asyncio.gather(*answers)
    # then nothing is lost, doubled or reordered
    assert await log.texts(coordinator.target, swarm) == tokens
    assert [position.op_id for position in where] == list(range(1, len(tokens) + 1))


async def test_should_say_in_a_full_queue_how_long_it_waits_and_why(
    swarmlog_coordinators: Make, swarm: str
) -> None:
    # given
    coordinator = swarmlog_coordinators()
    coordinator.kill()
    states: list[PublisherState] = []
    told = log.Told()

    def listen(state: PublisherState) -> None:
        states.append(state)
        told.note()

    publisher = Publisher(
        coordinator.target, swarm=swarm, name="p", max_queued_groups=2, listener=listen
    )
    async with publisher:
        answers = [await publisher.submit(command("a")), await publisher.submit(command("b"))]
        # when
        with pytest.raises(QueueFullError, match="2 groups wait for their answer") as full:
            await publisher.publish(command("c"))
        # then
        assert "allow more by max_queued_groups" in str(full.value)
        # when it has failed five times in a row
        await told.until(lambda: any(state.breaker is Breaker.OPEN for state in states))
        state = publisher.state(Log.MAIN)
        # then
        assert state.queued_groups == 2
        assert state.queued_bytes > 0
        assert state.oldest_waited > timedelta(0)
        assert state.why is not None
        assert f"Expected to reach the coordinator at {coordinator.target}" in str(state.why)
        # when
        await asyncio.to_thread(coordinator.start)
        where = await asyncio.gather(*answers)
        await told.until(lambda: states[-1].breaker is Breaker.CLOSED)
    # then
    assert [position.op_id for position in where] == [1, 2]


async def test_should_wait_for_room_in_the_order_of_the_calls(
    swarmlog_coordinator: Coordinator, swarm: str
) -> None:
    # given
    publisher = Publisher(
        swarmlog_coordinator.target,
        swarm=swarm,
        name="p",
        max_queued_groups=3,
        overflow=Overflow.WAIT,
    )
    tokens = [f"m{i}" for i in range(100)]
    async with publisher:
        # when
        await asyncio.gather(*(publisher.publish(command(token)) for token in tokens))
    # then
    assert await log.texts(swarmlog_coordinator.target, swarm) == tokens


async def test_should_bound_the_queue_in_bytes(swarm: str) -> None:
    # given
    publisher = Publisher(NOBODY, swarm=swarm, name="p", max_queued_bytes=1_000)
    large = command("x" * 2_000)
    # when one is larger than the bound it is taken, for else it never were
    answer = await publisher.submit(large)
    with pytest.raises(QueueFullError):
        await publisher.submit(command("a"))
    await publisher.close(timedelta(0))
    # then
    with pytest.raises(RetryableError, match="it was closed"):
        await answer


async def test_should_know_what_became_of_nothing_it_sent_when_it_is_closed(
    swarmlog_coordinator: Coordinator, swarm: str, written: "Written"
) -> None:
    # given a stream that is held by a rate limit, once its burst of ten is used up
    await log.limit(swarmlog_coordinator.target, swarm, _slow())
    publisher = Publisher(swarmlog_coordinator.target, swarm=swarm, name="p")
    answers = [await publisher.submit(command(str(i))) for i in range(20)]
    await written.told.until(lambda: written.groups == 20)
    await answers[9]
    # when
    await publisher.close(timedelta(0))
    # then
    became = await asyncio.gather(*answers, return_exceptions=True)
    assert isinstance(became[-1], OutcomeUnknownError)
    assert "look in the log whether it was appended" in str(became[-1])
    assert not any(isinstance(one, RetryableError) for one in became)
    with pytest.raises(RetryableError, match="it was closed"):
        await publisher.publish(command("late"))
    await publisher.close()


async def test_should_wait_as_it_is_told_where_it_is_refused(
    swarmlog_coordinator: Coordinator, swarm: str, caplog: pytest.LogCaptureFixture
) -> None:
    # given
    limit = rate_limits_pb2.RateLimit(operations_per_second=20, operations_burst=2)
    topic = rate_limits_pb2.TopicRateLimit(topic=Topic.COMMANDS.wire, limit=limit)
    await log.limit(swarmlog_coordinator.target, swarm, rate_limits_pb2.RateLimits(agent=[topic]))
    # when
    with caplog.at_level(logging.INFO):
        async with Publisher(swarmlog_coordinator.target, swarm=swarm, name="p") as publisher:
            tokens = [f"m{i}" for i in range(40)]
            answers = [await publisher.submit(command(token)) for token in tokens]
            await asyncio.gather(*answers)
            # and what could never pass is refused at once
            with pytest.raises(TerminalError) as refused:
                await publisher.publish_group([command("a"), command("b"), command("c")])
    # then
    assert refused.value.reason == "PAYLOAD_TOO_LARGE"
    assert await log.texts(swarmlog_coordinator.target, swarm) == tokens


async def test_should_be_refused_for_a_rate_limit_and_tell_so_once(
    swarmlog_coordinator: Coordinator, swarm: str, caplog: pytest.LogCaptureFixture
) -> None:
    # given a limit that makes a group wait longer than the coordinator holds a stream
    await log.limit(swarmlog_coordinator.target, swarm, _slow())
    states: list[PublisherState] = []
    told = log.Told()

    def listen(state: PublisherState) -> None:
        states.append(state)
        told.note()

    publisher = Publisher(swarmlog_coordinator.target, swarm=swarm, name="p", listener=listen)
    with caplog.at_level(logging.INFO):
        try:
            group = [command("a")] * 10
            await publisher.publish_group(group)
            # when
            answer = await publisher.submit(*group)
            await told.until(lambda: bool(states))
            state = publisher.state(Log.MAIN)
        finally:
            await publisher.close(timedelta(0))
    # then
    with pytest.raises(RetryableError, match="it was closed"):
        await answer
    assert state.why is not None
    assert state.why.reason == "RATE_LIMITED"
    assert state.breaker is Breaker.CLOSED
    assert state.until is not None
    lines = [record.message for record in caplog.records if record.name == "swarmlog.publisher"]
    assert len(lines) == 1
    assert lines[0].startswith(
        f"Limited by {swarmlog_coordinator.target}, while 1 groups wait: publisher 'p' of swarm "
        f"'{swarm}', in main: RATE_LIMITED: "
    )


async def test_should_write_no_more_than_the_coordinator_reads(
    swarmlog_coordinator: Coordinator, swarm: str, written: "Written"
) -> None:
    # given a coordinator that holds the stream for a limit in bytes, once the burst is used up
    limit = rate_limits_pb2.RateLimit(bytes_per_second=100_000, bytes_burst=300_000)
    topic = rate_limits_pb2.TopicRateLimit(topic=Topic.COMMANDS.wire, limit=limit)
    await log.limit(swarmlog_coordinator.target, swarm, rate_limits_pb2.RateLimits(agent=[topic]))
    groups = 200
    # when much more is published than the limit and the windows on the way take
    publisher = Publisher(swarmlog_coordinator.target, swarm=swarm, name="p")
    answers = [await publisher.submit(command("x" * 100_000)) for _ in range(groups)]
    await asyncio.gather(*answers[:4])
    # then the rest waits in the queue, where it is counted
    assert 4 <= written.groups < groups / 2
    assert publisher.pending() == groups - 4
    await publisher.close(timedelta(0))
    became = await asyncio.gather(*answers[4:], return_exceptions=True)
    unsent = [one for one in became if isinstance(one, RetryableError)]
    assert len(unsent) == groups - written.groups


async def test_should_count_what_becomes_of_telemetry(
    swarmlog_coordinator: Coordinator, swarm: str
) -> None:
    # given
    async with Publisher(swarmlog_coordinator.target, swarm=swarm, name="p") as publisher:
        # when
        taken = [publisher.telemetry(swarmlog.measurement(i, type="t")) for i in range(1_000)]
    # then
    assert all(taken)
    counts = publisher.telemetry_counts()
    assert counts == TelemetryCounts(offered=1_000, taken=1_000, shed=0, dropped=0)


async def test_should_count_telemetry_that_finds_no_room(swarm: str) -> None:
    # given
    publisher = Publisher(NOBODY, swarm=swarm, name="p", max_queued_groups=2)
    # when
    taken = [publisher.telemetry(swarmlog.measurement(i, type="t")) for i in range(3)]
    await publisher.close(timedelta(0))
    # then
    assert taken == [True, True, False]
    assert publisher.telemetry_counts() == TelemetryCounts(3, taken=0, shed=0, dropped=3)


def _slow() -> rate_limits_pb2.RateLimits:
    """One operation in a second, ten at first."""
    limit = rate_limits_pb2.RateLimit(operations_per_second=1, operations_burst=10)
    topic = rate_limits_pb2.TopicRateLimit(topic=Topic.COMMANDS.wire, limit=limit)
    return rate_limits_pb2.RateLimits(agent=[topic])
