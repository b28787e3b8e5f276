"""What a publisher tells of itself, and the bound of its queue."""

import asyncio
import logging
from datetime import datetime, timedelta, timezone

import pytest

from statuses import failure
from swarmlog import Breaker, Log, PublisherState
from swarmlog.publishing.bound import QueueBound
from swarmlog.publishing.program_log import PublisherLog
from swarmlog.publishing.state import PublisherMonitor
from swarmlog.repeated_failures import MAX_CAUSES, QUIET_NS, RepeatedFailures, place_of
from swarmlog.units import NS_PER_SECOND
from swarmlog.v1 import position_pb2

NOW = datetime(2026, 1, 1, tzinfo=timezone.utc)
WAIT_NS = 2 * NS_PER_SECOND


class Watched:
    """A monitor, and what it tells."""

    def __init__(self) -> None:
        self.told: list[PublisherState] = []
        self.told_lost: list[tuple[Log, int, int]] = []
        self.bound = QueueBound(10, 1_000, lambda: 0)
        self.monitor = PublisherMonitor(
            Log.MAIN,
            self.bound,
            PublisherLog("s", "p", Log.MAIN, "db:7400", lambda: 0),
            self.told.append,
            lambda log, groups, newest: self.told_lost.append((log, groups, newest.op_id)),
            lambda: NOW,
        )

    def publish(self, groups: int) -> None:
        for _ in range(groups):
            assert self.bound.try_acquire(1)

    def answer(self) -> None:
        self.bound.release(1)
        self.monitor.answered()


def test_should_tell_what_of_its_own_is_lost(caplog: pytest.LogCaptureFixture) -> None:
    # given
    watched = Watched()
    # when
    watched.monitor.lost(3, position_pb2.Position(op_id=6))
    # then
    assert watched.told_lost == [(Log.MAIN, 3, 6)]
    assert watched.told == []
    assert caplog.messages == [
        (
            "Published what db:7400 has lost: publisher 'p' of swarm 's', in main: the newest 3 "
            "groups that were acknowledged, up to operation 6, are not in the log any more, and "
            "are not published again"
        )
    ]


def test_should_tell_once_that_a_rate_limit_is_felt_and_once_that_it_is_no_more(
    caplog: pytest.LogCaptureFixture,
) -> None:
    # given
    watched = Watched()
    monitor = watched.monitor
    watched.publish(3)
    # when it is refused, and again after one was taken
    monitor.waits(failure("RATE_LIMITED", 2_000), WAIT_NS)
    waiting = monitor.state()
    monitor.resumed()
    watched.answer()
    sending = monitor.state()
    watched.publish(1)
    monitor.waits(failure("RATE_LIMITED", 2_000), WAIT_NS)
    monitor.resumed()
    watched.answer()
    watched.answer()
    # then
    assert waiting.breaker is Breaker.CLOSED
    assert waiting.until == NOW + timedelta(seconds=2)
    assert waiting.why is not None
    assert waiting.why.reason == "RATE_LIMITED"
    assert sending.until is None
    assert sending.why is not None
    assert len(watched.told) == 1
    # when the last of those that waited is answered, while another came
    watched.publish(1)
    watched.answer()
    # then
    assert [state.why is None for state in watched.told] == [False, True]
    assert watched.told[1].queued_groups == 1
    (line,) = caplog.messages
    assert line.startswith(
        "Limited by db:7400, while 3 groups wait: publisher 'p' of swarm 's', in main: "
        "RATE_LIMITED: "
    )


def test_should_show_what_it_waits_for_and_tell_nobody() -> None:
    # given
    watched = Watched()
    # when
    watched.monitor.waits(failure("OVERLOADED"), WAIT_NS)
    state = watched.monitor.state()
    watched.monitor.resumed()
    # then
    assert state.why is not None
    assert (state.why.reason, state.until) == ("OVERLOADED", NOW + timedelta(seconds=2))
    assert watched.monitor.state().why is None
    assert watched.told == []


def test_should_log_that_it_sends_nothing_and_that_it_does_again(
    caplog: pytest.LogCaptureFixture,
) -> None:
    # given
    watched = Watched()
    watched.publish(2)
    # when
    with caplog.at_level(logging.INFO):
        for _ in range(3):
            watched.monitor.breaker_changed(Breaker.OPEN, failure("UNAVAILABLE"), WAIT_NS)
        watched.monitor.breaker_changed(Breaker.CLOSED, None, 0)
        watched.monitor.breaker_changed(Breaker.CLOSED, None, 0)
    # then
    assert caplog.messages == [
        (
            "Sends nothing to db:7400 until 2026-01-01T00:00:02.000+00:00, for 2.0 s, while 2 "
            "groups wait: publisher 'p' of swarm 's', in main: "
            "UNAVAILABLE: the call ended without a message"
        ),
        "Sends again to db:7400: publisher 'p' of swarm 's', in main",
    ]
    assert len(watched.told) == 5


def test_should_log_each_cause_once_a_minute_and_count_the_others() -> None:
    # given
    failures = RepeatedFailures()
    # when, then
    assert failures.count("a", 0) == 0
    assert failures.count("a", QUIET_NS - 1) is None
    assert failures.count("b", QUIET_NS - 1) == 0
    assert failures.count("a", QUIET_NS) == 1
    # and does not grow for ever
    for i in range(2 * MAX_CAUSES):
        assert failures.count(i, QUIET_NS) == 0
    assert failures.count("a", QUIET_NS) == 0


def test_should_tell_failures_apart_by_what_was_raised_and_where() -> None:
    def raised(divisor: int) -> BaseException:
        try:
            1 / divisor
        except ZeroDivisionError as e:
            return e
        pytest.fail("Expected it to raise")

    assert place_of(raised(0)) == place_of(raised(0))
    assert place_of(raised(0)) != place_of(ZeroDivisionError())


def test_should_refuse_a_bound_of_nothing() -> None:
    with pytest.raises(ValueError, match="at least one group and one byte, but got 0 and 1"):
        QueueBound(0, 1, lambda: 0)


def test_should_take_one_that_is_larger_than_the_bound_when_nothing_else_is_there() -> None:
    # given
    bound = QueueBound(10, 10, lambda: 0)
    # when, then
    assert bound.try_acquire(100)
    assert not bound.try_acquire(1)
    bound.release(100)
    assert bound.try_acquire(5)
    assert not bound.try_acquire(6)
    assert bound.try_acquire(5)


async def test_should_give_room_in_the_order_of_asking_also_where_one_gives_up() -> None:
    # given
    bound = QueueBound(10, 10, lambda: 0)
    assert bound.try_acquire(10)
    taken: list[str] = []
    large = asyncio.create_task(bound.acquire(9, lambda: taken.append("large")))
    small = asyncio.create_task(bound.acquire(1, lambda: taken.append("small")))
    late = asyncio.create_task(bound.acquire(10, lambda: taken.append("late")))
    await asyncio.sleep(0)
    # when the first gives up
    large.cancel()
    bound.release(10)
    # then
    assert await small
    assert taken == ["small"]
    # when
    emptied = asyncio.create_task(bound.until_empty())
    await asyncio.sleep(0)
    bound.close()
    # then
    assert not await late
    assert not await bound.acquire(1, lambda: taken.append("never"))
    bound.release(1)
    await emptied
    assert taken == ["small"]
