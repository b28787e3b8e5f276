"""Plays the transcripts of producers."""

import re
from collections.abc import Callable

import pytest

import transcript
from fixed_random import FixedRandom
from statuses import failure, status
from swarmlog.backoff import Backoff
from swarmlog.errors import Failure
from swarmlog.publication import GroupPosition
from swarmlog.publishing.breaker import Breaker
from swarmlog.publishing.producer import ProducerSession, ProducerState
from swarmlog.units import NS_PER_MS, NS_PER_SECOND
from swarmlog.v1 import limits_pb2, operation_pb2, position_pb2, publishing_pb2

VERBS = {"room": "_take_room"}


class Player:
    """A producer that says what it does."""

    def __init__(self, walk: Callable[[str, str], None] = lambda before, after: None) -> None:
        self.outputs: list[str] = []
        self._walk = walk
        self._session: ProducerSession[str] = ProducerSession(
            publishing_pb2.ProducerHello(), self, Backoff(FixedRandom()), max_in_flight=100
        )
        self._now_ns = 0
        self._room = 2**63

    def play(self, name: str) -> None:
        transcript.play("producer", name, self.outputs, self._input)

    def _input(self, line: transcript.Input) -> None:
        before = self._session.state
        getattr(self, VERBS.get(line.verb, "_" + line.verb))(line)
        while self._room > 0:
            sent = self._session.poll()
            if sent is None:
                break
            self._room -= 1
            self.outputs.append(f"send {sent.records[0].payload.data.decode()} as {sent.number}")
        self.outputs.append(f"is {self._session.state.name}")
        self._walk(before.name, self._session.state.name)

    def _offer(self, line: transcript.Input) -> None:
        for word in line.words:
            record = publishing_pb2.PublishRecord(payload=operation_pb2.Payload(data=word.encode()))
            self._session.offer(word, publishing_pb2.PublishGroup(records=[record]))

    def _take_room(self, line: transcript.Input) -> None:
        self._room = line.number(0)

    def _clock(self, line: transcript.Input) -> None:
        seconds = re.fullmatch(r"(\d+)S", line.words[0].upper())
        assert seconds is not None
        self._now_ns += int(seconds[1]) * NS_PER_SECOND

    def _welcome(self, line: transcript.Input) -> None:
        welcome = publishing_pb2.ProducerWelcome(
            producer_epoch=line.setting("epoch", 1),
            next_number=line.setting("next", 1),
            max_in_flight_groups=line.setting("window", 10),
            limits=limits_pb2.Limits(max_group_bytes=line.setting("groupBytes", 0)),
        )
        self._session.welcome(welcome, self._now_ns)

    def _ack(self, line: transcript.Input) -> None:
        op_id = line.setting("op", 0)
        ack = publishing_pb2.PublishAck(
            number=line.number(0),
            first_op_id=op_id,
            last=position_pb2.Position(op_id=op_id),
            durability=publishing_pb2.DURABILITY_ALWAYS,
            duplicate="duplicate" in line.words,
        )
        self._session.acked(ack, self._now_ns)

    def _refuse(self, line: transcript.Input) -> None:
        expected = line.settings.get("expected")
        metadata = {} if expected is None else {"expected_number": expected}
        refusal = publishing_pb2.PublishRefusal(
            number=line.number(0),
            status=status(line.words[1], metadata, line.setting("retryMs", 0)),
        )
        self._session.refused(refusal, self._now_ns)

    def _ended(self, line: transcript.Input) -> None:
        why = failure(line.words[0], line.setting("retryMs", 0))
        self._session.stream_ended(why, self._now_ns)

    def _timer(self, line: transcript.Input) -> None:
        self._session.timer()

    def _close(self, line: transcript.Input) -> None:
        self._session.close()

    def open_stream(self, hello: publishing_pb2.ProducerHello) -> None:
        self.outputs.append(f"open stream, epoch {hello.producer_epoch}")

    def end_stream(self) -> None:
        self.outputs.append("end stream")

    def sent(self, token: str) -> None:
        pass

    def appended(self, token: str, where: GroupPosition) -> None:
        again = ", again" if where.duplicate else ""
        self.outputs.append(f"{token} appended at {where.first_op_id}{again}")

    def failed(self, token: str, why: Failure) -> None:
        self.outputs.append(f"{token} failed: {why.describe()}")

    def outcome_unknown(self, token: str, why: Failure) -> None:
        self.outputs.append(f"{token} unknown: {why.describe()}")

    def acknowledged_lost(self, groups: int, newest: position_pb2.Position) -> None:
        self.outputs.append(f"lost {groups}, the newest at {newest.op_id}")

    def breaker_changed(self, changed: Breaker, why: Failure | None, for_ns: int) -> None:
        wait = f" for {for_ns // NS_PER_MS} ms" if for_ns else ""
        reason = "" if why is None else f": {why.reason}"
        self.outputs.append(f"breaker is {changed.name}{wait}{reason}")

    def waits(self, why: Failure, for_ns: int) -> None:
        pass

    def resumed(self) -> None:
        pass

    def start_timer(self, delay_ns: int) -> None:
        self.outputs.append(f"timer in {delay_ns // NS_PER_MS} ms")


@pytest.mark.parametrize("name", transcript.names("producer"))
def test_should_follow_the_transcript(name: str) -> None:
    Player().play(name)


def test_should_walk_the_whole_table_of_transitions() -> None:
    # given
    table = transcript.TransitionTable(ProducerSession, [state.name for state in ProducerState])
    # when
    for name in transcript.names("producer"):
        Player(table.walk).play(name)
    # then
    table.check()
