"""What a producer does that is refused again and again, where chance would have it hurry."""

import pytest
from google.rpc import status_pb2

from statuses import failure, status
from swarmlog.backoff import LAST_CEILING_NS, Backoff
from swarmlog.errors import Failure
from swarmlog.publication import GroupPosition
from swarmlog.publishing.breaker import Breaker
from swarmlog.publishing.producer import ProducerSession
from swarmlog.units import NS_PER_MS, NS_PER_SECOND
from swarmlog.v1 import constants, position_pb2, publishing_pb2

RETRIES_AT_FIRST = constants.PUBLISHER_FIRST_RETRIES
APPENDED_PER_RETRY = constants.PUBLISHER_SUCCESSES_PER_RETRY
IN_A_ROW = constants.PUBLISHER_BREAKER_FAILURES_IN_A_ROW


class Hasty:
    """Always the shortest delay."""

    def randrange(self, stop: int, /) -> int:
        return 0


class Producer:
    """A producer that is connected, with one group to send."""

    def __init__(self, groups: int = 1) -> None:
        self.delays_ns: list[int] = []
        # None where the wait was over.
        self.waits_for: list[str | None] = []
        self.told: list[Breaker] = []
        self.session: ProducerSession[str] = ProducerSession(
            publishing_pb2.ProducerHello(), self, Backoff(Hasty()), max_in_flight=8
        )
        for _ in range(groups):
            self._offer()
        self.session.welcome(
            publishing_pb2.ProducerWelcome(producer_epoch=1, next_number=1, max_in_flight_groups=8),
            0,
        )

    def refuse(self, why: status_pb2.Status | None = None) -> None:
        self.answer(self._send(), why or status("OVERLOADED"))

    def append(self) -> None:
        self.appended_number(self._send())
        self._offer()

    def send_all(self) -> int:
        sent = 0
        while self.session.poll() is not None:
            sent += 1
        return sent

    def answer(self, number: int, why: status_pb2.Status) -> None:
        self.session.refused(publishing_pb2.PublishRefusal(number=number, status=why), 0)

    def appended_number(self, number: int) -> None:
        self.session.acked(publishing_pb2.PublishAck(number=number), 0)

    def _offer(self) -> None:
        self.session.offer("group", publishing_pb2.PublishGroup())

    def _send(self) -> int:
        sent = self.session.poll()
        assert sent is not None
        return sent.number

    def open_stream(self, hello: publishing_pb2.ProducerHello) -> None:
        pass

    def end_stream(self) -> None:
        pass

    def sent(self, token: str) -> None:
        pass

    def appended(self, token: str, where: GroupPosition) -> None:
        pass

    def failed(self, token: str, why: Failure) -> None:
        pytest.fail(why.describe())

    def outcome_unknown(self, token: str, why: Failure) -> None:
        pytest.fail(why.describe())

    def acknowledged_lost(self, groups: int, newest: position_pb2.Position) -> None:
        raise AssertionError(f"Expected all to be kept, but lost {groups}")

    def breaker_changed(self, changed: Breaker, why: Failure | None, for_ns: int) -> None:
        self.told.append(changed)

    def waits(self, why: Failure, for_ns: int) -> None:
        self.waits_for.append(why.reason)
        assert for_ns == self.delays_ns[-1]

    def resumed(self) -> None:
        self.waits_for.append(None)

    def start_timer(self, delay_ns: int) -> None:
        self.delays_ns.append(delay_ns)


def test_should_wait_for_long_beyond_its_budget() -> None:
    # given
    producer = Producer()
    # when every second attempt is refused
    for _ in range(RETRIES_AT_FIRST + 1):
        producer.refuse()
        producer.append()
    # then
    assert producer.delays_ns == []
    # when
    producer.refuse()
    # then
    assert producer.session.state.name == "PAUSED"
    assert producer.delays_ns == [LAST_CEILING_NS // 2]
    # when what is sent then is appended, with enough others
    producer.session.timer()
    for _ in range(APPENDED_PER_RETRY):
        producer.append()
    producer.refuse()
    # then
    assert producer.session.state.name == "OPEN"
    # when
    producer.refuse()
    # then
    assert len(producer.delays_ns) == 2
    assert min(producer.delays_ns) > NS_PER_SECOND


def test_should_wait_as_it_is_told_and_no_longer_however_often() -> None:
    # given
    producer = Producer()
    # when
    for _ in range(3 * RETRIES_AT_FIRST):
        producer.refuse(status("RATE_LIMITED", retry_ms=50))
        assert producer.session.state.name == "PAUSED"
        producer.session.timer()
    # then
    assert producer.delays_ns == [50 * NS_PER_MS] * (3 * RETRIES_AT_FIRST)
    # when it is refused for another reason
    producer.append()
    producer.refuse()
    # then no retry has been spent, and nothing was doubled
    assert producer.session.state.name == "OPEN"


def test_should_say_what_it_waits_for() -> None:
    # given
    producer = Producer()
    # when
    producer.refuse(status("RATE_LIMITED", retry_ms=50_000))
    # then
    assert producer.waits_for == ["RATE_LIMITED"]
    # when the stream breaks meanwhile, which would be a shorter wait
    producer.session.stream_ended(failure("UNAVAILABLE"), 0)
    # then
    assert producer.waits_for == ["RATE_LIMITED", "RATE_LIMITED"]
    # when it is over, and then the coordinator is not there
    producer.session.timer()
    producer.session.stream_ended(failure("BREAKER_OPEN", 1_000), 0)
    # then
    assert producer.waits_for == ["RATE_LIMITED", "RATE_LIMITED", None, "BREAKER_OPEN"]


def test_should_wait_for_long_while_the_breaker_is_open() -> None:
    # given
    producer = Producer()
    # when
    for _ in range(IN_A_ROW - 1):
        producer.refuse()
    # then
    assert producer.delays_ns == []
    assert producer.told == []
    # when
    producer.refuse()
    # then
    assert producer.told == [Breaker.OPEN]
    first_ceiling_ns = constants.BACKOFF_FIRST_CEILING_MS * NS_PER_MS
    assert producer.delays_ns == [first_ceiling_ns << (IN_A_ROW - 2)]
    # when
    producer.session.timer()
    producer.append()
    # then
    assert producer.told == [Breaker.OPEN, Breaker.HALF_OPEN, Breaker.CLOSED]


def test_should_try_one_and_then_ever_more() -> None:
    # given
    producer = Producer(groups=21)
    assert producer.send_all() == 8
    # when the first is refused, and the others behind it
    producer.answer(1, status("RATE_LIMITED", retry_ms=50))
    for behind in range(2, 9):
        producer.answer(behind, status("OUT_OF_SEQUENCE"))
    producer.session.timer()
    # then
    assert producer.send_all() == 1
    producer.appended_number(1)
    assert producer.send_all() == 2
    producer.appended_number(2)
    producer.appended_number(3)
    assert producer.send_all() == 8
