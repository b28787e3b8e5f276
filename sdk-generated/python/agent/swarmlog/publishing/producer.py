"""The state machine of a producer."""

import enum
from typing import Final, Generic, Protocol, TypeVar

import grpc

from swarmlog.backoff import Backoff
from swarmlog.errors import Failure
from swarmlog.publication import GroupPosition
from swarmlog.publishing.breaker import Breaker, BreakerListener, PublishBreaker
from swarmlog.publishing.numbers import GroupNumbers
from swarmlog.publishing.pace import RetryPace, SendWindow
from swarmlog.publishing.queue import Entry, PublishQueue
from swarmlog.v1 import constants, position_pb2, publishing_pb2

T = TypeVar("T")
T_contra = TypeVar("T_contra", contravariant=True)

_LINGERS: Final = Failure.local(
    grpc.StatusCode.UNKNOWN,
    "Expected an answer, but the stream broke, and whether a group before it was appended is "
    "unknown",
)
_CLOSED: Final = Failure.local(
    grpc.StatusCode.CANCELLED, "Expected the publisher to be open, but it was closed"
)


class ProducerState(enum.Enum):
    """Where a producer stands."""

    IDLE = enum.auto()
    CONNECTING = enum.auto()
    OPEN = enum.auto()
    RECOVERING = enum.auto()
    PAUSED = enum.auto()
    WAITING = enum.auto()
    CLOSED = enum.auto()


class ProducerOutput(BreakerListener, Protocol[T_contra]):
    """What the producer wants done. None of it blocks."""

    def open_stream(self, hello: publishing_pb2.ProducerHello) -> None:
        """Open a stream and send Hello."""

    def end_stream(self) -> None:
        """End the stream; nothing of it may come in any more."""

    def sent(self, token: T_contra) -> None:
        """Note that the group is about to be written, not necessarily for the first time."""

    def appended(self, token: T_contra, where: GroupPosition) -> None:
        """Note that the group is in the log."""

    def failed(self, token: T_contra, why: Failure) -> None:
        """Note that the group is not in the log, and will not be."""

    def outcome_unknown(self, token: T_contra, why: Failure) -> None:
        """Note that the group was sent, and whether it is in the log is not known."""

    def acknowledged_lost(self, groups: int, newest: position_pb2.Position) -> None:
        """Note that the newest groups that were appended are in the log no more.

        `newest` is where the newest of them was.
        """

    def waits(self, why: Failure, for_ns: int) -> None:
        """Note that nothing is sent for so long, because of this; until `resumed`, or anew."""

    def resumed(self) -> None:
        """Note that what was waited for is over."""

    def start_timer(self, delay_ns: int) -> None:
        """Call `timer` after this; replaces an earlier one."""


class ProducerSession(Generic[T]):
    """A producer in one log.

    Numbers publish groups, keeps a window of them in flight, and sends again what was not answered.
    Pure: no input or output, no clock, no thread. Not thread-safe. T is what the caller knows a
    group by.

    Order and exactly once: groups are answered in the order they were sent, and a group keeps its
    number for as long as some attempt of it may still reach the log: after a broken stream it is
    sent again under the same number in the same producer epoch, and what had been appended gets its
    first answer.

    Refusals: a refused group leaves a gap, so the coordinator refuses all that are in flight behind
    it with OUT_OF_SEQUENCE. The producer therefore stops sending, collects the answers of what is
    in flight, and then goes on:

    - A refusal worth another try: after the time that RetryPace says everything is sent again under
      its own number, at first one group alone (SendWindow).
    - A refusal for good: its number N was not used up. The groups behind it have all been refused
      on this stream, so none of them is in the log; they are numbered again from N.
    - The same, but the stream broke before all of them were answered: an attempt may linger on the
      way, and would take effect under its old number once the gap is filled. So the gap is never
      filled: a new producer epoch fences the old one, and they are numbered from its start.
    - A refusal for good of what was left unanswered on a broken stream, because a limit was lowered
      meanwhile: the earlier attempt may have been appended, so the outcome is unknown. If the
      stream that is open began behind its number, it was, and the others go on. Else those behind
      it that are refused for it go on in a new epoch; those that linger and were not answered may
      have been appended with it, and their outcome is unknown, too. That is exact unless the limit
      is raised again while frames of the broken stream are on their way.

    Breaker: a PublishBreaker counts what becomes of attempts. It adds no waits to those above;
    while it is open they are of the longer kind, and at their end one group is tried.

    Transitions; any other input leaves the state as it is:

    | in | on | to | doing |
    |---|---|---|---|
    | IDLE | offer | CONNECTING | open stream with ProducerHello |
    | CONNECTING | welcome | OPEN | send from the first unanswered |
    | OPEN | refusal, others in flight | RECOVERING | send nothing |
    | RECOVERING | last answer, no delay asked | OPEN | number again, send |
    | OPEN, RECOVERING | last answer, delay asked | PAUSED | timer |
    | OPEN, RECOVERING | last answer, number again, attempts linger | CONNECTING | end stream, open one with a new epoch |
    | OPEN, RECOVERING | the same, delay asked | WAITING | end stream, timer, new epoch |
    | PAUSED | timer | OPEN | send |
    | CONNECTING, OPEN, RECOVERING, PAUSED | retryable end of stream | WAITING | timer |
    | WAITING | timer | CONNECTING | open stream with ProducerHello |
    | OPEN, RECOVERING | fenced | WAITING | fail what may be in the log, timer, new epoch |
    | any but CLOSED | terminal end of stream | IDLE | fail all; the next offer starts anew |
    | any but CLOSED | close | CLOSED | fail all, end stream |
    """  # noqa: E501

    def __init__(
        self,
        identity: publishing_pb2.ProducerHello,
        output: ProducerOutput[T],
        backoff: Backoff,
        max_in_flight: int = constants.PUBLISHER_MAX_IN_FLIGHT_GROUPS,
    ) -> None:
        """Make a producer that connects when something is offered.

        `identity` is its Hello, without an epoch; `max_in_flight` bounds the groups sent and not
        answered, if the coordinator does not allow fewer.
        """
        self.state = ProducerState.IDLE
        self._identity = identity
        self._output = output
        self._max_in_flight = max_in_flight
        self._pace = RetryPace(backoff)
        self._breaker = PublishBreaker(output)
        self._numbers = GroupNumbers()
        # Where the group is that was appended last.
        self._newest = position_pb2.Position()
        self._window = SendWindow()
        self._queue: PublishQueue[T] = PublishQueue()
        # Of a group, serialized; 0 for whatever the coordinator takes.
        self._max_group_bytes = 0
        # How long to wait once all in flight are answered.
        self._delay_ns = 0
        # What is waited for, or will be. Set if there is a delay, or while PAUSED or WAITING.
        self._delayed_by: Failure | None = None
        # While PAUSED or WAITING, when that is over.
        self._resume_at_ns = 0

    def offer(self, token: T, group: publishing_pb2.PublishGroup) -> None:
        """Take a group; its number is filled in when it is sent."""
        if self.state is ProducerState.CLOSED:
            self._output.failed(token, _CLOSED)
            return
        self._queue.offer(token, group)
        if self.state is ProducerState.IDLE:
            self._connect()

    def poll(self) -> publishing_pb2.PublishGroup | None:
        """The next group to be written, or None.

        To be called while the stream takes more, after every other call. The group is to be
        written before the next call: it is numbered in place.
        """
        self._fail_oversized()
        entry = self._queue.next_unsent()
        if (
            self.state is not ProducerState.OPEN
            or entry is None
            or not self._window.has_room(self._queue.in_flight)
            or self._numbers.is_behind_gap(entry.number)
            or self._is_oversized(entry)
        ):
            return None
        self._queue.send()
        if entry.number == 0:
            entry.number = self._numbers.take()
        self._output.sent(entry.token)
        entry.group.number = entry.number
        return entry.group

    def welcome(self, welcome: publishing_pb2.ProducerWelcome, now_ns: int) -> None:
        """Take the answer to Hello."""
        if self.state is not ProducerState.CONNECTING:
            return
        self._pace.welcomed(now_ns)
        self._max_group_bytes = welcome.limits.max_group_bytes
        self._window.open(min(self._max_in_flight, welcome.max_in_flight_groups))
        if self._queue.is_empty:
            self._breaker.answered()
        elif self._breaker.state is Breaker.HALF_OPEN:
            self._window.shrink()
        self._tell_lost(welcome.next_number)
        first = self._queue.next_unsent()
        first_unanswered = 0 if first is None else first.number
        if not self._numbers.opened(welcome.producer_epoch, welcome.next_number, first_unanswered):
            # None of what we hold is in its history.
            self._start_new_epoch(now_ns)
            return
        self.state = ProducerState.OPEN

    def acked(self, ack: publishing_pb2.PublishAck, now_ns: int) -> None:
        """Take the answer that a group is in the log."""
        entry = self._take_answered(ack.number, now_ns)
        if entry is None:
            return
        self._numbers.appended(ack.number)
        self._newest = ack.last
        self._pace.appended(now_ns)
        self._window.grow()
        self._breaker.answered()
        self._output.appended(
            entry.token, GroupPosition(ack.first_op_id, ack.last, ack.durability, ack.duplicate)
        )
        self._settle(now_ns)

    def refused(self, refusal: publishing_pb2.PublishRefusal, now_ns: int) -> None:
        """Take the answer that an attempt appended nothing."""
        entry = self._take_answered(refusal.number, now_ns)
        if entry is None:
            return
        why = Failure.of_status(refusal.status)
        if why.reason == "PRODUCER_FENCED":
            self._queue.give_back(entry)
            self._fenced(why, now_ns)
            return
        if why.reason == "OUT_OF_SEQUENCE":
            self._queue.give_back(entry)
            entry.refused_behind_gap = self._numbers.is_behind_gap(entry.number)
            if self.state is ProducerState.OPEN and not self._note_expected(why, entry.number):
                self._output.end_stream()
                self._disconnect(why, now_ns)
                return
            self.state = ProducerState.RECOVERING
        elif why.retryable:
            self._refused_for_a_while(entry, why, now_ns)
        else:
            self._breaker.answered()
            self._refused_for_good(entry, why)
        self._settle(now_ns)

    def stream_ended(self, why: Failure, now_ns: int) -> None:
        """Note that the stream ended, or could not be opened."""
        if self.state in {ProducerState.CLOSED, ProducerState.IDLE, ProducerState.WAITING}:
            return
        if why.retryable:
            self._disconnect(why, now_ns)
        elif (
            why.reason == "EPOCH_MISMATCH"
            and self.state is ProducerState.CONNECTING
            and self._numbers.epoch != 0
        ):
            # It has lost that there is such an epoch, and all that was appended in it.
            self._tell_lost(1)
            self._start_new_epoch(now_ns)
        elif why.reason == "PRODUCER_FENCED":
            self._queue.linger_in_flight()
            self._fenced(why, now_ns)
        else:
            self._fail_all(why)

    def timer(self) -> None:
        """Go on: the time of `start_timer` is over."""
        if self.state not in {ProducerState.WAITING, ProducerState.PAUSED}:
            return
        self._output.resumed()
        if self._breaker.is_open:
            self._breaker.probe()
            self._window.shrink()
        if self.state is ProducerState.WAITING:
            self._connect()
        else:
            self.state = ProducerState.OPEN

    def close(self) -> None:
        """Fail what is left."""
        if self.state is ProducerState.CLOSED:
            return
        streaming = self.state not in {ProducerState.IDLE, ProducerState.WAITING}
        self.state = ProducerState.CLOSED
        if streaming:
            self._output.end_stream()
        self._give_up_all(_CLOSED)

    def _tell_lost(self, expected: int) -> None:
        lost = self._numbers.take_lost(expected)
        if lost > 0:
            self._output.acknowledged_lost(lost, self._newest)

    def _fail_oversized(self) -> None:
        """Fail what the coordinator could not even read.

        It would end the stream instead of answering, and the group be sent again for ever, with all
        others behind it. Waits for what is in flight, so that the answers keep their order.
        """
        while self.state is ProducerState.OPEN and self._queue.in_flight == 0:
            entry = self._queue.next_unsent()
            if entry is None or not self._is_oversized(entry):
                return
            self._queue.take_next_unsent()
            self._output.failed(
                entry.token,
                Failure.local_refusal(
                    "PAYLOAD_TOO_LARGE",
                    f"Expected a group of at most {self._max_group_bytes} bytes, "
                    f"but it has {entry.bytes}.",
                ),
            )

    def _is_oversized(self, entry: Entry[T]) -> bool:
        return entry.number == 0 and 0 < self._max_group_bytes < entry.bytes

    def _connect(self) -> None:
        self.state = ProducerState.CONNECTING
        if self._is_everything_behind_gap():
            self._renumber()
        hello = publishing_pb2.ProducerHello()
        hello.CopyFrom(self._identity)
        hello.producer_epoch = self._numbers.epoch
        self._output.open_stream(hello)

    def _take_answered(self, number: int, now_ns: int) -> Entry[T] | None:
        """The entry the answer is for.

        None if it is for none, which is a broken contract and ends the stream.
        """
        if self.state not in {ProducerState.OPEN, ProducerState.RECOVERING}:
            return None
        head = self._queue.oldest_in_flight()
        if head is not None and head.number == number:
            return self._queue.take_oldest_in_flight()
        self._output.end_stream()
        expected = 0 if head is None else head.number
        message = f"Expected the answer to group {expected}, but got that to group {number}"
        self._disconnect(Failure.local(grpc.StatusCode.INTERNAL, message), now_ns)
        return None

    def _refused_for_a_while(self, entry: Entry[T], why: Failure, now_ns: int) -> None:
        self._queue.give_back(entry)
        self._breaker.failed(why)
        wait_ns = self._pace.after_refusal_ns(why, now_ns, is_open=self._breaker.is_open)
        if self._delayed_by is None or wait_ns > self._delay_ns:
            self._delayed_by = why
        self._delay_ns = max(self._delay_ns, wait_ns)
        self._window.shrink()
        self.state = ProducerState.RECOVERING

    def _refused_for_good(self, entry: Entry[T], why: Failure) -> None:
        number_used = why.reason in {
            "REQUEST_TOO_OLD",
            "REQUEST_CONFLICT",
        } or self._numbers.is_used_up(entry.number)
        if not number_used:
            self._numbers.free(entry.number, lingers=entry.lingers)
            self.state = ProducerState.RECOVERING
        if why.reason == "REQUEST_TOO_OLD":
            self._output.outcome_unknown(entry.token, why)
        elif why.reason == "REQUEST_CONFLICT":
            self._output.failed(entry.token, why)
        else:
            self._give_up(entry, why)

    def _give_up(self, entry: Entry[T], why: Failure) -> None:
        """Of one that lingers the last attempt failed, but one before may have been appended."""
        if entry.lingers:
            self._output.outcome_unknown(entry.token, why)
        else:
            self._output.failed(entry.token, why)

    def _give_up_all(self, why: Failure) -> None:
        self._queue.linger_in_flight()
        for entry in self._queue.drain():
            self._give_up(entry, why)

    def _note_expected(self, why: Failure, number: int) -> bool:
        """Believe, of an OUT_OF_SEQUENCE nobody here can explain, the number, if it makes sense."""
        try:
            expected = int(why.metadata.get("expected_number", ""))
        except ValueError:
            return False
        if expected <= 0 or expected >= number or self._numbers.is_used_up(expected):
            return False
        self._numbers.free(expected, lingers=False)
        return True

    def _settle(self, now_ns: int) -> None:
        """Go on once everything in flight has been answered."""
        if self._queue.in_flight > 0 or (
            self.state is ProducerState.OPEN and not self._numbers.has_gap
        ):
            return
        self._queue.rewind()
        self.state = ProducerState.OPEN
        if self._is_everything_behind_gap():
            if self._must_fence():
                self._start_new_epoch(now_ns)
                return
            self._renumber()
        if self._delay_ns > 0:
            self._wait_in(ProducerState.PAUSED, self._delay_ns, now_ns)

    def _is_everything_behind_gap(self) -> bool:
        entry = self._queue.next_unsent()
        return self._numbers.is_behind_gap(0 if entry is None else entry.number)

    def _must_fence(self) -> bool:
        return self._numbers.gap_lingers or self._queue.any_lingers()

    def _renumber(self) -> None:
        """Number what lies behind the gap from the gap on.

        Or in a new epoch where an old attempt could fill it.
        """
        if self._must_fence():
            self._begin_epoch()
        else:
            self._numbers.go_on_at_gap()
            self._queue.forget_numbers()

    def _begin_epoch(self) -> None:
        """Fence all earlier attempts.

        What was not seen to lie behind the gap may have been appended with the group that left it,
        and would be there twice.
        """
        if self._numbers.gap_lingers:
            for entry in self._queue.take_lingering():
                self._output.outcome_unknown(entry.token, _LINGERS)
        self._numbers.begin_epoch()
        self._queue.forget_numbers()

    def _start_new_epoch(self, now_ns: int) -> None:
        """Only where nothing unanswered can be in the log, but for what _begin_epoch takes out."""
        self._begin_epoch()
        self._output.end_stream()
        if self._delay_ns > 0:
            self._wait_in(ProducerState.WAITING, self._delay_ns, now_ns)
        else:
            self._connect()

    def _disconnect(self, why: Failure, now_ns: int) -> None:
        self._queue.linger_in_flight()
        self._queue.rewind()
        lost = self.state is not ProducerState.CONNECTING
        paused = self.state is ProducerState.PAUSED
        asked_ns = self._resume_at_ns - now_ns if paused else self._delay_ns
        # That a stream ends on which nothing waits costs nobody anything.
        if why.retryable and not (lost and self._queue.is_empty):
            self._breaker.failed(why)
        is_open = self._breaker.is_open
        come_back_ns = self._pace.after_end_ns(why, now_ns, lost=lost, is_open=is_open)
        if self._delayed_by is None or come_back_ns > asked_ns:
            self._delayed_by = why
        self._wait_in(ProducerState.WAITING, max(asked_ns, come_back_ns), now_ns)

    def _wait_in(self, waiting: ProducerState, for_ns: int, now_ns: int) -> None:
        """Send nothing for so long."""
        if self._delayed_by is None:
            raise AssertionError("Expected to know what is waited for")
        self.state = waiting
        self._delay_ns = 0
        self._resume_at_ns = now_ns + for_ns
        self._output.start_timer(for_ns)
        self._output.waits(self._delayed_by, for_ns)
        self._breaker.waits(for_ns)

    def _fenced(self, why: Failure, now_ns: int) -> None:
        """Go on in a new epoch, with what cannot be in the log.

        The producer ID is ours alone, so what fences us is our own: a Hello of an earlier stream
        that lingered on its way. What has attempts that linger may or may not be in the log; the
        rest is not.
        """
        self._output.end_stream()
        entries = self._queue.drain()
        self._numbers.begin_epoch()
        for entry in entries:
            if entry.lingers:
                self._output.outcome_unknown(entry.token, why)
            else:
                entry.number = 0
                self._queue.put_back(entry)
        self._disconnect(why, now_ns)

    def _fail_all(self, why: Failure) -> None:
        self.state = ProducerState.IDLE
        self._output.end_stream()
        self._numbers.begin_epoch()
        self._delay_ns = 0
        self._output.resumed()
        self._breaker.answered()
        self._give_up_all(why)
