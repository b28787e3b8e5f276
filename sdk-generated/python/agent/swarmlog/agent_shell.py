"""The input and output of an agent's session: streams, timers, handlers."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Mapping

import grpc.aio

from swarmlog.backoff import Backoff
from swarmlog.client_stream import ClientStream
from swarmlog.connection import Connection
from swarmlog.errors import Failure
from swarmlog.handling.lane_handler import LaneHandler
from swarmlog.handling.step_spans import AckSpans
from swarmlog.handling.sync_spans import SyncSpans
from swarmlog.names import Log
from swarmlog.session.agent_session import AgentSession
from swarmlog.session.heartbeats import ClockOffset
from swarmlog.session.lane_step import LaneStep, PreparedStep
from swarmlog.session.reports import SyncReport
from swarmlog.session.session_output import SessionListener
from swarmlog.session.timer_key import TimerKey, TimerKind
from swarmlog.units import NS_PER_MS, NS_PER_SECOND
from swarmlog.v1 import drift_pb2, parking_pb2, position_pb2, resume_pb2, session_pb2
from swarmlog.v1.session_pb2_grpc import SessionServiceStub

_Control = ClientStream[session_pb2.ControlRequest, session_pb2.ControlResponse]
_Data = ClientStream[session_pb2.DataRequest, session_pb2.DataResponse]


class AgentShell:
    """The input and output of an agent's session: streams, timers, handlers.

    For one event loop: every step of the session is taken on it.
    """

    def __init__(
        self,
        connection: Connection,
        identity: session_pb2.Hello,
        stored: Mapping[Log, resume_pb2.LogResume | None],
        lacking: frozenset[Log],
        listener: SessionListener,
        state_interval_ns: int | None,
        syncs: SyncSpans,
    ) -> None:
        self._connection = connection
        self._syncs = syncs
        self.session = AgentSession(
            identity,
            stored,
            lacking,
            self,
            listener,
            lambda: Backoff(connection.random),
            state_interval_ns,
        )
        self.handlers: dict[Log, LaneHandler] = {}
        """To be filled in before it is started."""
        self._control: _ControlStream | None = None
        self._lanes: dict[Log, _LaneStream] = {}
        self._timers: dict[TimerKey, asyncio.TimerHandle] = {}
        # While the session is told that a step is committed.
        self._acking: AckSpans | None = None
        # Streams that are not over, and what waits for the connection to be lost.
        self._tasks: set[asyncio.Task[None]] = set()
        self._watch: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Connect."""
        self.session.start()

    def close(self) -> None:
        """Finish what handlers hold, and end the session."""
        self.session.close(time.monotonic_ns())

    async def abort(self) -> None:
        """End everything now, and wait until it is over."""
        self.session.abort()
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()
        if self._watch is not None:
            self._watch.cancel()
        await asyncio.gather(*(handler.abort() for handler in self.handlers.values()))
        await asyncio.gather(*self._tasks, return_exceptions=True)

    @property
    def clock_offset(self) -> ClockOffset | None:
        """How far the coordinator's clock is ahead; None before a heartbeat was answered."""
        return self.session.clock_offset

    @property
    def is_in_handler(self) -> bool:
        """Whether the caller runs in one of the agent's handlers."""
        return any(handler.is_current for handler in self.handlers.values())

    # From handlers.

    def applied(self, log: Log, done: PreparedStep, acks: AckSpans) -> None:
        """As Answers says."""
        self._acking = acks
        try:
            self.session.applied(log, done, time.monotonic_ns(), time.time_ns())
        finally:
            self._acking = None
            acks.not_sent()

    def failed(self, log: Log) -> None:
        """As Answers says."""
        self.session.apply_failed(log, time.monotonic_ns())

    def refused(self, log: Log, nack: parking_pb2.Nack, applied_before: int) -> None:
        """As Answers says."""
        self.session.refused(log, nack, applied_before, time.monotonic_ns())

    def stopped(self, why: Failure) -> None:
        """As Answers says."""
        self.session.handler_stopped(why)

    # From streams.

    def control_frame(self, frame: session_pb2.ControlResponse) -> None:
        """A frame of Control has come."""
        self.session.control_frame(frame, time.monotonic_ns(), time.time_ns())

    def lane_frame(self, log: Log, frame: session_pb2.DataResponse) -> None:
        """A frame of a lane has come."""
        self._syncs.frame(log, frame)
        self.session.lane_frame(log, frame, time.monotonic_ns())

    def stream_ended(self, why: Failure) -> None:
        """A stream of the session ended."""
        self.session.stream_ended(why, time.monotonic_ns())
        if self.session.waits_unserved and self._watch is None:
            loop = asyncio.get_running_loop()
            self._watch = loop.create_task(self._watch_connection())

    # From the session.

    def open_control(self, hello: session_pb2.Hello) -> None:
        """As SessionOutput says."""
        stub = SessionServiceStub(self._connection.channel_for_attempt())
        self._control = _ControlStream(self)
        self._control.open(
            stub.Control(), session_pb2.ControlRequest(hello=hello), self._connection.target
        )
        self._keep(self._control.stream)

    def open_lane(self, session_id: str, log: Log, plan: resume_pb2.LogPlan) -> None:
        """As SessionOutput says."""
        attach = session_pb2.Attach(session_id=session_id, log=log.wire)
        trace = self._syncs.attach(log, plan)
        if trace is not None:
            attach.traceparent, attach.tracestate = trace
        stub = SessionServiceStub(self._connection.channel())
        lane = self._lanes[log] = _LaneStream(self, log)
        lane.open(stub.Data(), session_pb2.DataRequest(attach=attach), self._connection.target)
        self._keep(lane.stream)

    def delta_began(self, stands: position_pb2.Position, head: position_pb2.Position) -> None:
        """As SessionOutput says."""
        self._syncs.fell_behind(stands, head)

    def sync_ended(
        self, log: Log, report: SyncReport | None, received: int, duplicates: int
    ) -> None:
        """As SessionOutput says."""
        self._syncs.ended(log, report, received, duplicates)

    def end_streams(self, gently: bool) -> None:
        """As SessionOutput says."""
        self._syncs.interrupted()
        for lane in self._lanes.values():
            lane.end(gently)
        self._lanes.clear()
        if self._control is not None:
            self._control.end(gently)
            self._control = None

    def send_heartbeat(self, known: session_pb2.Heartbeat) -> None:
        """As SessionOutput says."""
        if self._control is not None:
            known.sent_unix_nano = time.time_ns()
            known.handler_running_ms = max(
                (handler.running_ms for handler in self.handlers.values()), default=0
            )
            known.handler_held_ms = self._held_ms()
            self._control.send(session_pb2.ControlRequest(heartbeat=known))

    def send_nack(self, nack: parking_pb2.Nack) -> None:
        """As LaneOutput says."""
        if self._control is not None:
            self._control.send(session_pb2.ControlRequest(nack=nack))

    def send_ack(self, ack: session_pb2.Ack) -> None:
        """As LaneOutput says."""
        lane = self._lanes.get(Log(ack.applied.log))
        if lane is not None:
            lane.send(session_pb2.DataRequest(ack=ack))
        if self._acking is not None:
            self._acking.sent()

    def send_digests(self, log: Log, report: drift_pb2.DigestReport) -> None:
        """As LaneOutput says."""
        lane = self._lanes.get(log)
        if lane is not None:
            lane.send(session_pb2.DataRequest(digest_report=report))

    def request_frame(self, log: Log) -> None:
        """As LaneOutput says."""
        lane = self._lanes.get(log)
        if lane is not None:
            lane.stream.request()

    def deliver(self, step: LaneStep) -> None:
        """As LaneOutput says."""
        self.handlers[step.log].deliver(step)

    def deliver_again(self, log: Log) -> None:
        """As LaneOutput says."""
        self.handlers[log].deliver_again()

    def go_on(self, log: Log) -> None:
        """As LaneOutput says."""
        self.handlers[log].go_on()

    def start_timer(self, key: TimerKey, delay_ns: int) -> None:
        """As LaneOutput says."""
        replaced = self._timers.get(key)
        if replaced is not None:
            replaced.cancel()
        loop = asyncio.get_running_loop()
        self._timers[key] = loop.call_later(delay_ns / NS_PER_SECOND, self._fire, key)

    def _fire(self, key: TimerKey) -> None:
        del self._timers[key]
        self.session.timer(key, time.monotonic_ns())

    def _held_ms(self) -> int:
        now = asyncio.get_running_loop().time()
        left = (
            timer.when() - now
            for key, timer in self._timers.items()
            if key.kind is TimerKind.BREAKER
        )
        return round(max(0.0, *left, 0.0) * (NS_PER_SECOND // NS_PER_MS))

    async def _watch_connection(self) -> None:
        try:
            await self._connection.lost()
        finally:
            self._watch = None
        self.session.connection_lost(time.monotonic_ns())

    def _keep(self, stream: _Control | _Data) -> None:
        task = asyncio.get_running_loop().create_task(stream.closed())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


class _ControlStream:
    """Control, and what waits to be written to it: a heartbeat now and then, a Nack per lane."""

    stream: _Control

    def __init__(self, shell: AgentShell) -> None:
        self._shell = shell
        self._waiting: deque[session_pb2.ControlRequest] = deque()

    def open(
        self,
        call: grpc.aio.StreamStreamCall[session_pb2.ControlRequest, session_pb2.ControlResponse],
        first: session_pb2.ControlRequest,
        target: str,
    ) -> None:
        self.stream = ClientStream(call, first, self, target, drains=True)

    def send(self, frame: session_pb2.ControlRequest) -> None:
        self._waiting.append(frame)
        self.stream.wake()

    def end(self, gently: bool) -> None:
        _end(self.stream, gently)

    def next_frame(self) -> session_pb2.ControlRequest | None:
        return self._waiting.popleft() if self._waiting else None

    def frame(self, frame: session_pb2.ControlResponse) -> None:
        self._shell.control_frame(frame)

    def ended(self, why: Failure) -> None:
        self._shell.stream_ended(why)


class _LaneStream:
    """A lane's stream, and what waits to be written to it.

    An ack that says nothing but a position takes the place of one that waits: acks are cumulative.
    The others are few: sums come at intervals, answers one for each query.
    """

    stream: _Data

    def __init__(self, shell: AgentShell, log: Log) -> None:
        self._shell = shell
        self._log = log
        self._waiting: deque[session_pb2.DataRequest] = deque()

    def open(
        self,
        call: grpc.aio.StreamStreamCall[session_pb2.DataRequest, session_pb2.DataResponse],
        first: session_pb2.DataRequest,
        target: str,
    ) -> None:
        self.stream = ClientStream(call, first, self, target, paced=True, drains=True)

    def send(self, frame: session_pb2.DataRequest) -> None:
        if self._waiting and _is_plain(frame) and _is_plain(self._waiting[-1]):
            self._waiting[-1] = frame
        else:
            self._waiting.append(frame)
        self.stream.wake()

    def end(self, gently: bool) -> None:
        _end(self.stream, gently)

    def next_frame(self) -> session_pb2.DataRequest | None:
        return self._waiting.popleft() if self._waiting else None

    def frame(self, frame: session_pb2.DataResponse) -> None:
        self._shell.lane_frame(self._log, frame)

    def ended(self, why: Failure) -> None:
        self._shell.stream_ended(why)


def _is_plain(frame: session_pb2.DataRequest) -> bool:
    return frame.HasField("ack") and not frame.ack.sums


def _end(stream: _Control | _Data, gently: bool) -> None:
    if gently:
        stream.end_gently()
    else:
        stream.end()
