"""The state machine of a publisher's telemetry."""

import enum
from collections import deque
from typing import NamedTuple, Protocol

from swarmlog.backoff import Backoff
from swarmlog.errors import Failure
from swarmlog.v1 import constants, publishing_pb2


class TelemetryState(enum.Enum):
    """Where a publisher's telemetry stands."""

    IDLE = enum.auto()
    CONNECTING = enum.auto()
    OPEN = enum.auto()
    WAITING = enum.auto()
    CLOSED = enum.auto()


class TelemetryOutput(Protocol):
    """What the session wants done. None of it blocks."""

    def open_stream(self, hello: publishing_pb2.TelemetryHello) -> None:
        """Open a stream and send Hello."""

    def end_stream(self) -> None:
        """End the stream; nothing of it may come in any more."""

    def settled(self, taken: int, shed: int, dropped: int, bytes: int) -> None:
        """Count these records: taken and shed by the coordinator, or dropped here."""

    def start_timer(self, delay_ns: int) -> None:
        """Call `timer` after this."""


class _Sent(NamedTuple):
    number: int
    records: int
    bytes: int


class TelemetrySession:
    """A publisher's telemetry: cut into batches, a few of them in flight, never sent twice.

    What a broken stream leaves unanswered counts as dropped. Pure: no input or output, no clock, no
    thread. Not thread-safe.

    Transitions; any other input leaves the state as it is:

    | in | on | to | doing |
    |---|---|---|---|
    | IDLE | offer | CONNECTING | open stream with TelemetryHello |
    | CONNECTING | welcome | OPEN | send |
    | CONNECTING, OPEN | end of stream | WAITING | drop what is in flight, timer |
    | WAITING | timer | CONNECTING | open stream with TelemetryHello |
    | any | close | CLOSED | drop all, end stream |
    """

    def __init__(
        self, identity: publishing_pb2.TelemetryHello, output: TelemetryOutput, backoff: Backoff
    ) -> None:
        self.state = TelemetryState.IDLE
        self._identity = identity
        self._output = output
        self._backoff = backoff
        self._unsent: deque[tuple[publishing_pb2.PublishRecord, int]] = deque()
        self._awaiting: deque[_Sent] = deque()
        self._last_number = 0

    def offer(self, record: publishing_pb2.PublishRecord) -> None:
        """Take a record."""
        size = record.ByteSize()
        if self.state is TelemetryState.CLOSED:
            self._output.settled(0, 0, 1, size)
            return
        self._unsent.append((record, size))
        if self.state is TelemetryState.IDLE:
            self._connect()

    def poll(self) -> publishing_pb2.TelemetryBatch | None:
        """The next batch to be written, or None.

        To be called while the stream takes more, after every other call.
        """
        if (
            self.state is not TelemetryState.OPEN
            or not self._unsent
            or len(self._awaiting) >= constants.PUBLISHER_MAX_TELEMETRY_BATCHES_IN_FLIGHT
        ):
            return None
        self._last_number += 1
        records: list[publishing_pb2.PublishRecord] = []
        total = 0
        while self._unsent and len(records) < constants.PUBLISHER_MAX_TELEMETRY_BATCH_RECORDS:
            record, size = self._unsent[0]
            if records and total + size > constants.PUBLISHER_MAX_TELEMETRY_BATCH_BYTES:
                break
            self._unsent.popleft()
            records.append(record)
            total += size
        self._awaiting.append(_Sent(self._last_number, len(records), total))
        return publishing_pb2.TelemetryBatch(number=self._last_number, records=records)

    def welcome(self, now_ns: int) -> None:
        """Take the answer to Hello."""
        if self.state is TelemetryState.CONNECTING:
            self._backoff.succeeded(now_ns)
            self.state = TelemetryState.OPEN

    def acked(self, ack: publishing_pb2.TelemetryAck) -> None:
        """Take the answer to a batch.

        Answers come in order; a batch that was passed over got none, so it counts as dropped.
        """
        while self._awaiting and self._awaiting[0].number <= ack.number:
            sent = self._awaiting.popleft()
            if sent.number == ack.number:
                shed = min(ack.shed_count, sent.records)
                self._output.settled(sent.records - shed, shed, 0, sent.bytes)
            else:
                self._output.settled(0, 0, sent.records, sent.bytes)

    def stream_ended(self, why: Failure, now_ns: int) -> None:
        """Note that the stream ended, or could not be opened.

        Telemetry goes on trying whatever the reason was.
        """
        if self.state not in {TelemetryState.CONNECTING, TelemetryState.OPEN}:
            return
        self._drop_in_flight()
        lost = self.state is TelemetryState.OPEN
        self.state = TelemetryState.WAITING
        self._output.start_timer(
            self._backoff.delay_after_loss_ns(now_ns, why.retry_after_ns)
            if lost
            else self._backoff.next_delay_ns(now_ns, why.retry_after_ns)
        )

    def timer(self) -> None:
        """Go on: the time of `start_timer` is over."""
        if self.state is not TelemetryState.WAITING:
            return
        if self._unsent:
            self._connect()
        else:
            self.state = TelemetryState.IDLE

    def close(self) -> None:
        """Drop what is left."""
        if self.state is TelemetryState.CLOSED:
            return
        self.state = TelemetryState.CLOSED
        self._output.end_stream()
        self._drop_in_flight()
        for _, size in self._unsent:
            self._output.settled(0, 0, 1, size)
        self._unsent.clear()

    def _connect(self) -> None:
        self.state = TelemetryState.CONNECTING
        self._output.open_stream(self._identity)

    def _drop_in_flight(self) -> None:
        for sent in self._awaiting:
            self._output.settled(0, 0, sent.records, sent.bytes)
        self._awaiting.clear()
