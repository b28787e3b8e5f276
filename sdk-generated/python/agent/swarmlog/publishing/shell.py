"""The input and output of a publisher's state machines: streams, timers, futures."""

import asyncio
import logging
import time
from collections.abc import Callable
from typing import Final, NamedTuple

import grpc.aio

from swarmlog.backoff import Backoff
from swarmlog.client_stream import ClientStream, Q, R
from swarmlog.connection import Connection
from swarmlog.errors import Failure, SwarmlogError
from swarmlog.publication import GroupPosition
from swarmlog.publishing.bound import QueueBound
from swarmlog.publishing.breaker import Breaker
from swarmlog.publishing.producer import ProducerSession
from swarmlog.publishing.span import PublishSpan
from swarmlog.publishing.state import PublisherMonitor
from swarmlog.publishing.telemetry_session import TelemetrySession
from swarmlog.units import NS_PER_SECOND
from swarmlog.v1 import position_pb2, publishing_pb2
from swarmlog.v1.publishing_pb2_grpc import PublishServiceStub

_LOG: Final = logging.getLogger("swarmlog.publisher")
_Request = publishing_pb2.PublishStreamRequest
_Response = publishing_pb2.PublishStreamResponse
_TelemetryStream = ClientStream[publishing_pb2.TelemetryRequest, publishing_pb2.TelemetryResponse]


class Pending(NamedTuple):
    """A published group that is not answered."""

    answer: "asyncio.Future[GroupPosition]"
    bytes: int
    span: PublishSpan


class _Timer:
    """One timer at a time."""

    def __init__(self, then: Callable[[], None]) -> None:
        self._then = then
        self._handle: asyncio.TimerHandle | None = None

    def start(self, delay_ns: int) -> None:
        """Replace an earlier one."""
        self.cancel()
        loop = asyncio.get_running_loop()
        self._handle = loop.call_later(delay_ns / NS_PER_SECOND, self._then)

    def cancel(self) -> None:
        if self._handle is not None:
            self._handle.cancel()


class ProducerShell:
    """The input and output of a ProducerSession: a stream, a timer, and futures.

    For one event loop: every step of the session is taken on it.
    """

    def __init__(
        self,
        connection: Connection,
        hello: publishing_pb2.ProducerHello,
        bound: QueueBound,
        monitor: PublisherMonitor,
    ) -> None:
        """Publish over a connection; `hello` is without an epoch."""
        self._connection: Final = connection
        self._bound = bound
        self._monitor = monitor
        self._session: ProducerSession[Pending] = ProducerSession(
            hello, self, Backoff(connection.random)
        )
        self._stream: ClientStream[_Request, _Response] | None = None
        self._streams: set[asyncio.Task[None]] = set()
        self._timer = _Timer(self._timer_over)

    def publish(self, group: publishing_pb2.PublishGroup, pending: Pending) -> None:
        """Publish a group that has its room in the bound."""
        self._session.offer(pending, group)
        self._wake()

    async def close(self) -> None:
        """Fail what is not answered, and end the stream."""
        self._session.close()
        self._timer.cancel()
        await _all(self._streams)

    # What the stream tells.

    def next_frame(self) -> publishing_pb2.PublishStreamRequest | None:
        """As StreamEvents says."""
        group = self._session.poll()
        return None if group is None else _Request(group=group)

    def frame(self, frame: publishing_pb2.PublishStreamResponse) -> None:
        """As StreamEvents says. A frame of a later version answers nothing of ours."""
        now_ns = time.monotonic_ns()
        match frame.WhichOneof("frame"):
            case "welcome":
                self._session.welcome(frame.welcome, now_ns)
            case "ack":
                self._session.acked(frame.ack, now_ns)
            case "refusal":
                self._session.refused(frame.refusal, now_ns)
        self._wake()

    def ended(self, why: Failure) -> None:
        """As StreamEvents says."""
        self._stream = None
        self._session.stream_ended(why, time.monotonic_ns())
        self._wake()

    # What the session wants.

    def open_stream(self, hello: publishing_pb2.ProducerHello) -> None:
        """As ProducerOutput says."""
        channel = _channel(self._connection)
        if channel is None:
            self._session.close()
            return
        stub = PublishServiceStub(channel)
        self._stream = ClientStream(
            stub.PublishStream(), _Request(hello=hello), self, self._connection.target
        )
        _track(self._streams, self._stream)

    def end_stream(self) -> None:
        """As ProducerOutput says."""
        if self._stream is not None:
            self._stream.end_gently()
            self._stream = None

    def sent(self, token: Pending) -> None:
        """As ProducerOutput says."""
        token.span.sent()

    def appended(self, token: Pending, where: GroupPosition) -> None:
        """As ProducerOutput says."""
        self._answered(token)
        token.span.appended(where)
        # Who was cancelled waits no more.
        if not token.answer.done():
            token.answer.set_result(where)

    def failed(self, token: Pending, why: Failure) -> None:
        """As ProducerOutput says."""
        self._fail(token, why.to_error())

    def outcome_unknown(self, token: Pending, why: Failure) -> None:
        """As ProducerOutput says."""
        self._fail(token, why.to_outcome_unknown())

    def acknowledged_lost(self, groups: int, newest: position_pb2.Position) -> None:
        """As ProducerOutput says."""
        self._monitor.lost(groups, newest)

    def start_timer(self, delay_ns: int) -> None:
        """As ProducerOutput says."""
        self._timer.start(delay_ns)

    def breaker_changed(self, changed: Breaker, why: Failure | None, for_ns: int) -> None:
        """As BreakerListener says."""
        self._monitor.breaker_changed(changed, why, for_ns)

    def waits(self, why: Failure, for_ns: int) -> None:
        """As ProducerOutput says."""
        self._monitor.waits(why, for_ns)

    def resumed(self) -> None:
        """As ProducerOutput says."""
        self._monitor.resumed()

    def _fail(self, token: Pending, why: SwarmlogError) -> None:
        self._answered(token)
        token.span.failed(why)
        if not token.answer.done():
            token.answer.set_exception(why)

    def _answered(self, token: Pending) -> None:
        self._bound.release(token.bytes)
        self._monitor.answered()

    def _timer_over(self) -> None:
        self._session.timer()
        self._wake()

    def _wake(self) -> None:
        if self._stream is not None:
            self._stream.wake()


class TelemetryCounts(NamedTuple):
    """What became of a publisher's telemetry, in records since it started.

    `offered` = `taken` + `shed` + `dropped` + what is on its way.
    """

    offered: int
    """Given to the publisher."""
    taken: int
    """Taken by the coordinator."""
    shed: int
    """Dropped by the coordinator, which said so."""
    dropped: int
    """Dropped here: the queue was full, or the stream broke before the coordinator answered."""


class TelemetryShell:
    """The input and output of a TelemetrySession: a stream, a timer, a bounded queue, its counts.

    For one event loop.
    """

    def __init__(
        self,
        connection: Connection,
        hello: publishing_pb2.TelemetryHello,
        max_records: int,
        max_bytes: int,
    ) -> None:
        self._connection: Final = connection
        self._max_records = max_records
        self._max_bytes = max_bytes
        self._session = TelemetrySession(hello, self, Backoff(connection.random))
        self._stream: _TelemetryStream | None = None
        self._streams: set[asyncio.Task[None]] = set()
        self._timer = _Timer(self._timer_over)
        self.counts = TelemetryCounts(0, 0, 0, 0)
        # Of what is queued or in flight.
        self._bytes = 0
        self._when_settled: asyncio.Future[None] | None = None

    def offer(self, record: publishing_pb2.PublishRecord) -> bool:
        """Queue a record; false if it was dropped at once."""
        size = record.ByteSize()
        counts = self.counts
        if self._unsettled() >= self._max_records or self._bytes + size > self._max_bytes:
            self.counts = counts._replace(offered=counts.offered + 1, dropped=counts.dropped + 1)
            return False
        self.counts = counts._replace(offered=counts.offered + 1)
        self._bytes += size
        self._session.offer(record)
        self._wake()
        return True

    async def until_settled(self) -> None:
        """Return when nothing is queued or in flight."""
        if self._unsettled() > 0:
            if self._when_settled is None:
                self._when_settled = asyncio.get_running_loop().create_future()
            await asyncio.shield(self._when_settled)

    async def close(self) -> None:
        """Drop what is not answered, and end the stream."""
        self._session.close()
        self._timer.cancel()
        await _all(self._streams)

    def next_frame(self) -> publishing_pb2.TelemetryRequest | None:
        """As StreamEvents says."""
        batch = self._session.poll()
        return None if batch is None else publishing_pb2.TelemetryRequest(batch=batch)

    def frame(self, frame: publishing_pb2.TelemetryResponse) -> None:
        """As StreamEvents says. A frame of a later version answers nothing of ours."""
        match frame.WhichOneof("frame"):
            case "welcome":
                self._session.welcome(time.monotonic_ns())
            case "ack":
                self._session.acked(frame.ack)
        self._wake()

    def ended(self, why: Failure) -> None:
        """As StreamEvents says."""
        self._stream = None
        self._session.stream_ended(why, time.monotonic_ns())

    def open_stream(self, hello: publishing_pb2.TelemetryHello) -> None:
        """As TelemetryOutput says."""
        channel = _channel(self._connection)
        if channel is None:
            self._session.close()
            return
        stub = PublishServiceStub(channel)
        first = publishing_pb2.TelemetryRequest(hello=hello)
        self._stream = ClientStream(stub.Telemetry(), first, self, self._connection.target)
        _track(self._streams, self._stream)

    def end_stream(self) -> None:
        """As TelemetryOutput says."""
        if self._stream is not None:
            self._stream.end_gently()
            self._stream = None

    def settled(self, taken: int, shed: int, dropped: int, bytes: int) -> None:
        """As TelemetryOutput says."""
        before = self.counts
        self.counts = TelemetryCounts(
            before.offered, before.taken + taken, before.shed + shed, before.dropped + dropped
        )
        self._bytes -= bytes
        if self._unsettled() == 0 and self._when_settled is not None:
            self._when_settled.set_result(None)
            self._when_settled = None

    def start_timer(self, delay_ns: int) -> None:
        """As TelemetryOutput says."""
        self._timer.start(delay_ns)

    def _unsettled(self) -> int:
        return self.counts.offered - self.counts.taken - self.counts.shed - self.counts.dropped

    def _timer_over(self) -> None:
        self._session.timer()
        self._wake()

    def _wake(self) -> None:
        if self._stream is not None:
            self._stream.wake()


def _channel(connection: Connection) -> grpc.aio.Channel | None:
    """None if the connection was closed before its publisher."""
    try:
        return connection.channel_for_attempt()
    except RuntimeError as e:
        _LOG.debug("A publisher is closed, for it has no connection: %s", e)
        return None


def _track(streams: "set[asyncio.Task[None]]", stream: ClientStream[Q, R]) -> None:
    closing = asyncio.get_running_loop().create_task(stream.closed())
    streams.add(closing)
    closing.add_done_callback(streams.discard)


async def _all(streams: "set[asyncio.Task[None]]") -> None:
    if streams:
        await asyncio.gather(*streams, return_exceptions=True)
