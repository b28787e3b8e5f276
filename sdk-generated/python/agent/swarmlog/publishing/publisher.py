"""Publishers."""

import asyncio
import contextlib
import enum
import logging
import time
import uuid
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

import grpc

from swarmlog.arguments import require_a, require_name
from swarmlog.connection import Connection, Security
from swarmlog.errors import Failure, QueueFullError, RetryableError
from swarmlog.names import Log
from swarmlog.publication import GroupPosition, Publication, require_publication
from swarmlog.publishing.bound import QueueBound, check_bound
from swarmlog.publishing.program_log import PublisherLog, seconds
from swarmlog.publishing.shell import Pending, ProducerShell, TelemetryCounts, TelemetryShell
from swarmlog.publishing.span import PublishSpan, stamp
from swarmlog.publishing.state import Listener, LostListener, PublisherMonitor, PublisherState
from swarmlog.tracing import Instruments
from swarmlog.units import NS_PER_US
from swarmlog.v1 import constants, position_pb2, publishing_pb2

if TYPE_CHECKING:
    from opentelemetry.metrics import MeterProvider
    from opentelemetry.trace import TracerProvider

_LOG: Final = logging.getLogger("swarmlog.publisher")
_CLOSE_TIMEOUT: Final = timedelta(seconds=10)
_GIVEN_UP: Final = Failure.local(
    grpc.StatusCode.CANCELLED, "Expected to wait for room in the queue, but the caller gave up"
)


class Overflow(enum.Enum):
    """What happens when a publisher's queue is full."""

    FAIL = "fail"
    """QueueFullError is raised at once; nothing was sent. The default."""
    WAIT = "wait"
    """The caller waits for room, in the order of the calls."""


class Publisher:
    """Publishes to a swarm: pipelined, in order per log, each publication once while it lives.

    Requests are numbered, and sent again under the same number after a broken stream until they are
    answered, so a reconnect or a coordinator's restart neither loses nor doubles one. A publication
    that is to survive the publisher's own crash needs an idempotency key and someone who publishes
    it again.

    A coordinator that takes nothing, five times in a row, is left alone for a while; then one group
    is tried. Meanwhile publications wait in the queue, and Overflow holds when it is full. `state`
    and the listener tell.

    What can be tried again is tried again first, for ever. A publication fails with TerminalError
    if the coordinator refused it for good (the others are not affected), and with RetryableError if
    the queue was full or the publisher was closed: then it is not in the log. Where it may be there
    all the same it fails with OutcomeUnknownError.

    Belongs to the event loop it is entered on, or first used on; connects when something
    is published.
    """

    def __init__(
        self,
        target: str | Connection,
        *,
        swarm: str,
        name: str,
        security: Security | None = None,
        max_queued_groups: int = constants.PUBLISHER_MAX_QUEUED_GROUPS,
        max_queued_bytes: int = constants.PUBLISHER_MAX_QUEUED_BYTES,
        overflow: Overflow = Overflow.FAIL,
        listener: Listener | None = None,
        lost_listener: LostListener | None = None,
        tracer_provider: "TracerProvider | None" = None,
        meter_provider: "MeterProvider | None" = None,
    ) -> None:
        """Make a publisher to `target`, "host:port", or over a connection that it leaves open.

        `max_queued_groups` and `max_queued_bytes` (each at least 1; a single group may be larger)
        bound what may wait for its answer, sent or not, per log; telemetry has a queue of its own
        of the same size. `listener` is told of states; `lost_listener` of a log, how many groups
        that had been acknowledged in it are lost, and where the newest of them was. Listeners are
        called on the event loop, must not block, and what they raise is logged. Without providers,
        spans and metrics go to OpenTelemetry's global ones, if its API is installed.
        """
        check_bound(max_queued_groups, max_queued_bytes)
        require_name("a swarm", swarm)
        require_name("a publisher", name)
        require_a(Overflow, "an Overflow", overflow, "give Overflow.FAIL or Overflow.WAIT")
        if isinstance(target, Connection):
            if security is not None:
                raise ValueError(
                    "Expected security to be set where the connection is made, but the publisher "
                    "was given a connection."
                )
            self._connection, self._owns_connection = target, False
        else:
            self._connection, self._owns_connection = Connection(target, security=security), True
        self._swarm = swarm
        self._overflow = overflow
        self._listener = listener
        self._lost_listener = lost_listener
        self._instruments = Instruments(swarm, name, tracer_provider, meter_provider)
        self._bounds: dict[Log, QueueBound] = {}
        self._monitors: dict[Log, PublisherMonitor] = {}
        self._producers: dict[Log, ProducerShell] = {}
        producer_id = str(uuid.uuid4())
        for log in (Log.MAIN, Log.CONTROL):
            bound = QueueBound(max_queued_groups, max_queued_bytes, time.monotonic_ns)
            program_log = PublisherLog(swarm, name, log, self._connection.target, time.monotonic_ns)
            monitor = PublisherMonitor(log, bound, program_log, self._tell, self._tell_lost)
            hello = publishing_pb2.ProducerHello(
                swarm=swarm, publisher=name, producer_id=producer_id, log=log.wire
            )
            self._bounds[log] = bound
            self._monitors[log] = monitor
            self._producers[log] = ProducerShell(self._connection, hello, bound, monitor)
        self._telemetry = TelemetryShell(
            self._connection,
            publishing_pb2.TelemetryHello(swarm=swarm, publisher=name),
            max_queued_groups,
            max_queued_bytes,
        )
        self._closing: asyncio.Task[None] | None = None

    async def publish(self, publication: Publication) -> GroupPosition:
        """Publish one operation of `main` or `control`; returns when it is in the log and durable.

        Raises SwarmlogError if it is not, or nobody knows; ValueError if it is telemetry. Who is
        cancelled while it waits for the answer takes nothing back: the operation was published.
        """
        return await (await self.submit(publication))

    async def publish_group(self, publications: Sequence[Publication]) -> GroupPosition:
        """Publish operations of one log as a group, as `publish` does one.

        It is appended whole or not at all, delivered in one frame, handled in one call. At least
        one operation, together within `Limits`; if any has an idempotency key, the first such key
        counts for the group. ValueError if there is none, or they belong to different logs.
        """
        if isinstance(publications, Publication):
            raise TypeError(
                "Expected a list of publications, but got one: publish it by publish, or write "
                "[publication]."
            )
        return await (await self.submit(*publications))

    async def submit(self, *publications: Publication) -> "asyncio.Future[GroupPosition]":
        """Take a group into the queue, and return the future of its answer.

        For many in a row: the next may be submitted before the last is answered. Futures complete
        in the order of submitting, per log. Raises QueueFullError if there is no room, or waits for
        some, as Overflow says; else as `publish_group`.
        """
        log = _log_of(publications)
        if self._closing is None:
            # Raises where nothing could ever be sent: on another event loop, or after a fork.
            self._connection.channel()
        span = PublishSpan(self._instruments, publications)
        group = _group(publications, span)
        answer: asyncio.Future[GroupPosition] = asyncio.get_running_loop().create_future()
        pending = Pending(answer, group.ByteSize(), span)
        bound = self._bounds[log]
        producer = self._producers[log]
        try:
            taken = await self._take_room(
                bound, pending.bytes, lambda: producer.publish(group, pending)
            )
        except asyncio.CancelledError:
            span.failed(_GIVEN_UP.to_retryable())
            raise
        if not taken:
            no_room = self._no_room(log)
            span.failed(no_room)
            raise no_room
        return answer

    def telemetry(self, measurement: Publication) -> bool:
        """Hand one record of telemetry over; never waits.

        What becomes of it shows in `telemetry_counts` only. False if it was dropped at once because
        the queue is full or the publisher closed; ValueError if it is not telemetry. To be called
        on the event loop.
        """
        require_publication(measurement)
        if measurement.log is not Log.TELEMETRY:
            raise ValueError(
                f"Expected a publication on the topic telemetry, but got one on "
                f"{measurement.topic.label}: use publish."
            )
        self._instruments.sent(measurement.topic)
        record = measurement.stamped()
        stamp(record)
        return self._telemetry.offer(record)

    def telemetry_counts(self) -> TelemetryCounts:
        """What became of the telemetry so far."""
        return self._telemetry.counts

    def pending(self) -> int:
        """Groups that wait for their answer, sent or not, over all logs; without telemetry."""
        return sum(bound.groups for bound in self._bounds.values())

    def state(self, log: Log) -> PublisherState:
        """How it fares now with a log.

        Whether it sends, why not and until when, how much waits, and for how long. ValueError
        unless the log is main or control.
        """
        monitor = self._monitors.get(log)
        if monitor is None:
            raise ValueError(f"Expected the log main or control, but got {log.label}.")
        return monitor.state()

    async def close(self, timeout: timedelta = _CLOSE_TIMEOUT) -> None:
        """Take nothing more, wait at most so long for answers, fail what is left, end the streams.

        Closing again waits for the first to be done.
        """
        if self._closing is None:
            closing = self._close(timeout)
            self._closing = asyncio.get_running_loop().create_task(closing)
        await asyncio.shield(self._closing)

    async def __aenter__(self) -> "Publisher":
        self._connection.bind()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def _close(self, timeout: timedelta) -> None:
        for bound in self._bounds.values():
            bound.close()
        with contextlib.suppress(asyncio.TimeoutError):
            everything = asyncio.gather(
                *(bound.until_empty() for bound in self._bounds.values()),
                self._telemetry.until_settled(),
            )
            await asyncio.wait_for(everything, timeout.total_seconds())
        await asyncio.gather(
            self._telemetry.close(), *(producer.close() for producer in self._producers.values())
        )
        if self._owns_connection:
            await self._connection.close()

    async def _take_room(
        self, bound: QueueBound, group_bytes: int, take: Callable[[], None]
    ) -> bool:
        if self._overflow is Overflow.WAIT:
            return await bound.acquire(group_bytes, take)
        taken = bound.try_acquire(group_bytes)
        if taken:
            take()
        return taken

    def _tell(self, state: PublisherState) -> None:
        if self._listener is not None:
            asyncio.get_running_loop().call_soon(_call, self._listener, state)

    def _tell_lost(self, log: Log, groups: int, newest: position_pb2.Position) -> None:
        if self._lost_listener is not None:
            asyncio.get_running_loop().call_soon(_call, self._lost_listener, log, groups, newest)

    def _no_room(self, log: Log) -> RetryableError:
        if self._bounds[log].closed:
            return Failure.local(
                grpc.StatusCode.CANCELLED, "Expected the publisher to be open, but it was closed"
            ).to_retryable()
        state = self.state(log)
        why = (
            f"none was refused (a rate limit holds the stream first: ./swarmlog limits "
            f"{self._swarm})"
            if state.why is None
            else f"the last refusal is ({state.why})"
        )
        waited = seconds(round(state.oldest_waited.total_seconds() * 1e6) * NS_PER_US)
        return QueueFullError(
            Failure.local(
                grpc.StatusCode.RESOURCE_EXHAUSTED,
                f"Expected room in the publisher's queue, but {state.queued_groups} groups wait "
                f"for their answer, the oldest for {waited}, {why}: publish slower, or allow more "
                "by max_queued_groups and max_queued_bytes, or have publish wait by Overflow.WAIT",
            )
        )


def _call(listener: Callable[..., object], *args: Any) -> None:
    try:
        listener(*args)
    except Exception:  # noqa: BLE001 - whatever a listener raises
        _LOG.exception("Expected the listener of a publisher to return, but it raised")


def _group(publications: Sequence[Publication], span: PublishSpan) -> publishing_pb2.PublishGroup:
    records = []
    for publication in publications:
        record = publication.stamped()
        span.stamp(record)
        records.append(record)
    keys = (publication.idempotency_key for publication in publications)
    return publishing_pb2.PublishGroup(
        records=records, idempotency_key=next(filter(None, keys), "")
    )


def _log_of(publications: Sequence[Publication]) -> Log:
    if not publications:
        raise ValueError("Expected at least one publication, but got none")
    for publication in publications:
        require_publication(publication)
    log = publications[0].log
    for publication in publications:
        if publication.log is not log or log is Log.TELEMETRY:
            raise ValueError(
                f"Expected publications of one log, main or control, but got {log.label} and "
                f"{publication.log.label}: publish them apart, and telemetry by telemetry()"
            )
    return log
