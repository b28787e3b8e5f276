"""Random histories of a producer against a model coordinator.

Streams break at any moment, frames of broken streams linger and arrive later, some groups are
always refused, others now and then, and some from a moment on, though they may have been appended
before. SIMULATION_SEED reproduces one history, SIMULATION_HISTORIES says how many there are.
"""

import os
import random
from collections import Counter, deque
from typing import Final

from fixed_random import FixedRandom
from statuses import failure, status
from swarmlog.backoff import Backoff
from swarmlog.errors import Failure
from swarmlog.publication import GroupPosition
from swarmlog.publishing.breaker import Breaker
from swarmlog.publishing.producer import ProducerSession
from swarmlog.v1 import position_pb2, publishing_pb2

HISTORIES: Final = int(os.environ.get("SIMULATION_HISTORIES", "2000"))
ONLY: Final = os.environ.get("SIMULATION_SEED")
STEPS: Final = 120
KINDS: Final = ["bad", "large", "good", "good", "good", "good"]

_ToCoordinator = publishing_pb2.ProducerHello | publishing_pb2.PublishGroup
_ToProducer = (
    publishing_pb2.ProducerWelcome
    | publishing_pb2.PublishAck
    | publishing_pb2.PublishRefusal
    | Failure
)


class Wire:
    """One stream: frames under way in both directions."""

    def __init__(self) -> None:
        self.to_coordinator: deque[_ToCoordinator] = deque()
        self.to_producer: deque[_ToProducer] = deque()
        self.epoch = 0


class Coordinator:
    """What the contract promises of the coordinator."""

    def __init__(self, source: random.Random) -> None:
        self.log: list[str] = []
        self.epochs = 0
        self.may_refuse = True
        # Large groups are refused from now on, also those that had been appended.
        self.lowered = False
        self._random = source
        self._appended_as: dict[int, int] = {}

    def receive(self, wire: Wire) -> None:
        frame = wire.to_coordinator.popleft()
        if isinstance(frame, publishing_pb2.ProducerHello):
            wire.to_producer.append(self._hello(wire, frame))
        else:
            wire.to_producer.append(self._publish(wire, frame))

    def _hello(self, wire: Wire, hello: publishing_pb2.ProducerHello) -> _ToProducer:
        if hello.producer_epoch == 0:
            self.epochs += 1
            self._appended_as.clear()
        elif hello.producer_epoch != self.epochs:
            return failure("PRODUCER_FENCED")
        wire.epoch = self.epochs
        return publishing_pb2.ProducerWelcome(
            producer_epoch=self.epochs,
            next_number=len(self._appended_as) + 1,
            max_in_flight_groups=4,
        )

    def _publish(self, wire: Wire, group: publishing_pb2.PublishGroup) -> _ToProducer:
        token = group.idempotency_key
        if self.may_refuse and self._random.randrange(12) == 0:
            return _refusal(group, "RATE_LIMITED")
        if token.startswith("bad") or (self.lowered and token.startswith("large")):
            return _refusal(group, "PAYLOAD_TOO_LARGE")
        if wire.epoch != self.epochs:
            return _refusal(group, "PRODUCER_FENCED")
        following = len(self._appended_as) + 1
        if group.number > following:
            return _refusal(group, "OUT_OF_SEQUENCE", {"expected_number": str(following)})
        duplicate = group.number < following
        if not duplicate:
            self.log.append(token)
            self._appended_as[group.number] = len(self.log)
        op_id = self._appended_as[group.number]
        assert self.log[op_id - 1] == token, f"number {group.number} of epoch {self.epochs}"
        return publishing_pb2.PublishAck(
            number=group.number, first_op_id=op_id, duplicate=duplicate
        )


def _refusal(
    group: publishing_pb2.PublishGroup, reason: str, metadata: dict[str, str] | None = None
) -> publishing_pb2.PublishRefusal:
    return publishing_pb2.PublishRefusal(number=group.number, status=status(reason, metadata))


class History:
    """A producer, its coordinator, and what became of what was offered."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.coordinator = Coordinator(self.random)
        self.session: ProducerSession[str] = ProducerSession(
            publishing_pb2.ProducerHello(), self, Backoff(FixedRandom()), max_in_flight=8
        )
        self.offered: list[str] = []
        self.appended_at: dict[str, int] = {}
        self.refused: set[str] = set()
        self.unknown: set[str] = set()
        self.duplicates = 0
        self._lingering: list[Wire] = []
        self._wire: Wire | None = None
        self._timer = False

    def run(self) -> None:
        for _ in range(STEPS):
            self.coordinator.lowered |= self.random.randrange(60) == 0
            self._step(faults=True)
        self.coordinator.may_refuse = False
        for _ in range(2_000):
            if self._settled() == len(self.offered):
                break
            self._step(faults=False)

    def check(self) -> None:
        log = self.coordinator.log
        assert self._settled() == len(self.offered)
        assert max(Counter(log).values(), default=1) == 1
        there = set(log)
        assert log == [token for token in self.offered if token in there]
        for token, op_id in self.appended_at.items():
            assert log[op_id - 1] == token
        assert not any(token.startswith("good") for token in self.refused)
        assert not self.refused & there
        for token in self.offered:
            if token.startswith("good"):
                assert token in self.appended_at or token in self.unknown

    def _settled(self) -> int:
        return len(self.appended_at) + len(self.refused) + len(self.unknown)

    def _step(self, *, faults: bool) -> None:
        choice = self.random.randrange(10)
        wire = self._wire
        if faults and choice <= 1:
            token = f"{self.random.choice(KINDS)}{len(self.offered)}"
            self.offered.append(token)
            self.session.offer(token, publishing_pb2.PublishGroup(idempotency_key=token))
        elif faults and choice == 2 and self.random.randrange(3) == 0 and wire is not None:
            self._lingering.append(wire)
            self._wire = None
            self.session.stream_ended(failure("UNAVAILABLE"), 0)
        elif choice <= 4 and self._timer:
            self._timer = False
            self.session.timer()
        elif choice == 5 and self._lingering:
            late = self.random.choice(self._lingering)
            if late.to_coordinator:
                self.coordinator.receive(late)
        elif choice <= 7 and wire is not None and wire.to_coordinator:
            self.coordinator.receive(wire)
        elif wire is not None and wire.to_producer:
            self._receive(wire.to_producer.popleft())
        while self._wire is not None:
            group = self.session.poll()
            if group is None:
                break
            sent = publishing_pb2.PublishGroup()
            sent.CopyFrom(group)
            self._wire.to_coordinator.append(sent)

    def _receive(self, frame: _ToProducer) -> None:
        match frame:
            case publishing_pb2.ProducerWelcome():
                self.session.welcome(frame, 0)
            case publishing_pb2.PublishAck():
                self.duplicates += frame.duplicate
                self.session.acked(frame, 0)
            case publishing_pb2.PublishRefusal():
                self.session.refused(frame, 0)
            case Failure():
                self._wire = None
                self.session.stream_ended(frame, 0)

    def open_stream(self, hello: publishing_pb2.ProducerHello) -> None:
        self._wire = Wire()
        self._wire.to_coordinator.append(hello)

    def end_stream(self) -> None:
        if self._wire is not None:
            self._lingering.append(self._wire)
            self._wire = None

    def sent(self, token: str) -> None:
        pass

    def appended(self, token: str, where: GroupPosition) -> None:
        assert token not in self.appended_at
        self.appended_at[token] = where.first_op_id

    def failed(self, token: str, why: Failure) -> None:
        assert token not in self.refused
        self.refused.add(token)

    def outcome_unknown(self, token: str, why: Failure) -> None:
        assert token not in self.unknown
        self.unknown.add(token)

    def acknowledged_lost(self, groups: int, newest: position_pb2.Position) -> None:
        raise AssertionError(f"Expected all to be kept, but lost {groups}")

    def breaker_changed(self, changed: Breaker, why: Failure | None, for_ns: int) -> None:
        pass

    def waits(self, why: Failure, for_ns: int) -> None:
        pass

    def resumed(self) -> None:
        pass

    def start_timer(self, delay_ns: int) -> None:
        self._timer = True


def test_should_append_each_group_once_and_in_order_whatever_breaks() -> None:
    # given
    seeds = range(1, HISTORIES + 1) if ONLY is None else [int(ONLY)]
    resent = renewed = appended_unknown = lost_unknown = 0
    for seed in seeds:
        # when
        history = History(seed)
        try:
            history.run()
            # then
            history.check()
        except AssertionError as e:
            raise AssertionError(f"Reproduce with SIMULATION_SEED={seed}") from e
        there = len(history.unknown.intersection(history.coordinator.log))
        resent += history.duplicates
        renewed += history.coordinator.epochs > 1
        appended_unknown += there > 0
        lost_unknown += there < len(history.unknown)
    # A simulation in which nothing goes wrong proves nothing.
    if ONLY is None:
        assert resent > HISTORIES / 20
        assert renewed > HISTORIES / 20
        assert appended_unknown > HISTORIES / 200
        assert lost_unknown > HISTORIES / 200
