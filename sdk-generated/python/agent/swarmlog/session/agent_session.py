"""The agent's side of a session."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

import grpc

from swarmlog.backoff import Backoff
from swarmlog.errors import Failure
from swarmlog.names import Log
from swarmlog.session.agent_state import AgentState
from swarmlog.session.deliveries import beginning, is_same_history, is_shared
from swarmlog.session.handler_breaker import HandlerBreaker
from swarmlog.session.heartbeats import ClockOffset, Heartbeats
from swarmlog.session.lane_outcome import (
    CaughtUp,
    Dropped,
    FellBehind,
    LaneOutcome,
    Mended,
    Resync,
)
from swarmlog.session.lane_session import LaneSession
from swarmlog.session.lane_step import PreparedStep, SessionTerms
from swarmlog.session.reports import SyncReport
from swarmlog.session.session_output import SessionListener, SessionOutput
from swarmlog.session.sums_schedule import SumsSchedule
from swarmlog.session.timer_key import TimerKey, TimerKind
from swarmlog.units import NS_PER_MS
from swarmlog.v1 import constants, parking_pb2, position_pb2, resume_pb2, session_pb2

HANDSHAKE_TIMEOUT_NS = constants.SESSION_HANDSHAKE_TIMEOUT_MS * NS_PER_MS


class AgentSession:
    """The agent's side of a session: everything that is decided, and nothing that is done.

    Frames, timers, ends of streams and finished steps come in as calls; what is to be done goes out
    to the output. No input or output, no clock, no thread; not thread-safe.

    | in | on | to | doing |
    |---|---|---|---|
    | WAITING | start | CONNECTING | open Control with Hello |
    | CONNECTING | Welcome | CATCHING_UP | open idle lanes, heartbeat |
    | CONNECTING | Welcome with a REJECT | FAILED | end streams, tell why |
    | CONNECTING | handshake timer | WAITING | end streams, reconnect timer |
    | CATCHING_UP | CaughtUp on the last lane | LIVE | tell so |
    | LIVE | FellBehind | CATCHING_UP | tell so |
    | CONNECTING, CATCHING_UP, LIVE | retryable end of a stream | WAITING | end streams, reconnect timer |
    | CATCHING_UP, LIVE | gap, differing state, misfitting plan, three heartbeats unanswered | WAITING | the same |
    | CATCHING_UP, LIVE | Drain | DRAINING | read nothing more |
    | DRAINING (coordinator's) | last batch applied, or stream ended | WAITING | end streams, reconnect timer |
    | WAITING | reconnect timer | CONNECTING | open Control with Hello |
    | any but CLOSED, FAILED | terminal end of a stream, handler stopped | FAILED | end streams, tell why |
    | any but CLOSED, FAILED | close | DRAINING | read nothing more |
    | DRAINING (our own) | last batch applied, or stream ended, or abort | CLOSED | end streams |

    Any other input leaves the state as it is. While it is WAITING because it is not served, a
    connection that is lost brings the reconnect timer forward.

    A batch held by a handler survives all of that: see `LaneSession`.
    """  # noqa: E501 - a table

    def __init__(
        self,
        identity: session_pb2.Hello,
        stored: Mapping[Log, resume_pb2.LogResume | None],
        lacking: Collection[Log],
        output: SessionOutput,
        listener: SessionListener,
        backoffs: Callable[[], Backoff],
        state_interval_ns: int | None,
    ) -> None:
        """Make a session that has not begun.

        `identity` is Hello without positions; `stored` what is stored of each lane of the view;
        `lacking` the lanes of which the user's state lacks keys that are held by the index;
        `state_interval_ns` how often the user's state is compared at most, None if there is none
        to ask.
        """
        self._identity = identity
        self._output = output
        self._listener = listener
        self._backoff = backoffs()
        self._heartbeats = Heartbeats()
        self._lanes = {
            log: LaneSession(
                log,
                resume,
                log in lacking,
                output,
                backoffs(),
                HandlerBreaker(backoffs()),
                SumsSchedule(state_interval_ns),
            )
            for log, resume in stored.items()
        }
        self.state = AgentState.WAITING
        self._closing = False
        self._session_id: str | None = None
        self._drained_for_ns: int | None = None
        # While WAITING, when that is over, and whether the coordinator said so because it does not
        # serve the agent.
        self._reconnect_at_ns = 0
        self._not_served = False
        # The session was established, and ended by the other side: perhaps for many agents at once.
        self._lost = False

    @property
    def clock_offset(self) -> ClockOffset | None:
        """How far the coordinator's clock is ahead; None before a heartbeat was answered."""
        return self._heartbeats.clock_offset

    def lane(self, log: Log) -> LaneSession:
        """The lane of a log of the view."""
        return self._lanes[log]

    def start(self) -> None:
        """Connect."""
        self._connect()

    def control_frame(
        self, frame: session_pb2.ControlResponse, now_ns: int, now_unix_ns: int
    ) -> None:
        """A frame of Control has come."""
        match frame.WhichOneof("frame"):
            case "welcome":
                self._welcome(frame.welcome, now_ns)
            case "heartbeat_reply":
                self._heartbeats.answered(frame.heartbeat_reply, now_unix_ns)
            case "drain":
                self._drain(frame.drain, now_ns)
            case "nack_reply":
                self._nack_reply(frame.nack_reply)
            # What else there may be is of a later version; what must not be missed would come as a
            # capability we did not ask for.

    def lane_frame(self, log: Log, frame: session_pb2.DataResponse, now_ns: int) -> None:
        """A frame of a lane has come."""
        lane = self._lanes[log]
        self._outcome(lane, lane.frame(frame), now_ns)

    def stream_ended(self, failure: Failure, now_ns: int) -> None:
        """A stream of the session ended, or could not be opened."""
        if self.state.is_final or self.state is AgentState.WAITING:
            return
        if self._closing:
            self._finish()
        elif failure.retryable:
            self._lost = self._session_id is not None
            self._disconnect(failure, now_ns)
        else:
            self._fail(failure)

    @property
    def waits_unserved(self) -> bool:
        """Whether the agent waits because the coordinator does not serve it for a time."""
        return self.state is AgentState.WAITING and self._not_served

    def connection_lost(self, now_ns: int) -> None:
        """The connection is lost over which the coordinator said for how long it does not serve.

        What comes back may be another one, which knows nothing of that: so the agent comes within
        30 s, spread over them as all others that lost it.
        """
        if not self.waits_unserved or self._closing:
            return
        delay_ns = self._backoff.any_delay_ns()
        if delay_ns < self._reconnect_at_ns - now_ns:
            self._reconnect_at_ns = now_ns + delay_ns
            self._output.start_timer(TimerKey(TimerKind.RECONNECT), delay_ns)

    def applied(self, log: Log, done: PreparedStep, now_ns: int, applied_unix_ns: int) -> None:
        """The handler is done with the lane's step, and it is committed.

        `applied_unix_ns` is when that was, by the agent's clock.
        """
        lane = self._lanes[log]
        self._outcome(lane, lane.applied(done, applied_unix_ns), now_ns)
        self._attach_if_waiting(lane, now_ns)
        self._finish_drain_if_idle(now_ns)

    def apply_failed(self, log: Log, now_ns: int) -> None:
        """The handler failed, and is to try again."""
        self._lanes[log].apply_failed()
        self._finish_drain_if_idle(now_ns)

    def refused(self, log: Log, nack: parking_pb2.Nack, applied_before: int, now_ns: int) -> None:
        """The handler cannot apply an operation: the coordinator is to say what becomes of it."""
        self._lanes[log].refuse(nack, applied_before)
        self._finish_drain_if_idle(now_ns)

    def handler_stopped(self, failure: Failure) -> None:
        """The handler cannot go on."""
        if not self.state.is_final:
            self._fail(failure)

    def timer(self, key: TimerKey, now_ns: int) -> None:
        """A timer is over."""
        if key.lane is not None:
            if not self.state.is_final:
                self._lane_timer(key.kind, self._lanes[key.lane])
        elif key.kind is TimerKind.RECONNECT:
            if self.state is AgentState.WAITING and not self._closing:
                self._connect()
        elif key.kind is TimerKind.HEARTBEAT:
            self._heartbeat_due(now_ns)
        elif key.kind is TimerKind.HANDSHAKE and self.state is AgentState.CONNECTING:
            why = (
                "Expected an answer to Hello within "
                f"{constants.SESSION_HANDSHAKE_TIMEOUT_MS // 1000} s, but there was none"
            )
            self._disconnect(Failure.local(grpc.StatusCode.DEADLINE_EXCEEDED, why), now_ns)

    def close(self, now_ns: int) -> None:
        """Finish what handlers hold, and close."""
        if self.state.is_final or self._closing:
            return
        self._closing = True
        for lane in self._lanes.values():
            lane.flush()
        for lane in self._lanes.values():
            lane.pause()
        self._enter(AgentState.DRAINING)
        self._finish_drain_if_idle(now_ns)

    def abort(self) -> None:
        """Close without waiting for handlers any longer."""
        if not self.state.is_final:
            self._finish()

    def _lane_timer(self, kind: TimerKind, lane: LaneSession) -> None:
        if kind is TimerKind.FLUSH:
            lane.flush()
        elif kind is TimerKind.SUMS:
            lane.sums_due()
        elif self._closing:
            return
        elif kind is TimerKind.RETRY:
            lane.retry_due()
        elif kind is TimerKind.NACK:
            lane.nack_due()
        elif kind is TimerKind.BREAKER:
            lane.breaker_due()

    def _connect(self) -> None:
        hello = session_pb2.Hello()
        hello.CopyFrom(self._identity)
        for lane in self._lanes.values():
            resume = lane.present()
            if resume is not None:
                hello.resume.append(resume)
        self._drained_for_ns = None
        self._enter(AgentState.CONNECTING)
        self._output.start_timer(TimerKey(TimerKind.HANDSHAKE), HANDSHAKE_TIMEOUT_NS)
        self._output.open_control(hello)

    def _welcome(self, welcome: session_pb2.Welcome, now_ns: int) -> None:
        if self.state is not AgentState.CONNECTING:
            return
        for plan in welcome.plans:
            if plan.plan == resume_pb2.PLAN_REJECT:
                self._fail(Failure.of_status(plan.status))
                return
        self._backoff.succeeded(now_ns)
        self._session_id = welcome.session_id
        self._heartbeats.begin(welcome.heartbeat_interval_ms)
        self._enter(AgentState.CATCHING_UP)
        self._listener.connected(welcome.session_id, welcome.plans)
        plans: dict[int, resume_pb2.LogPlan] = {plan.log: plan for plan in welcome.plans}
        for log, lane in self._lanes.items():
            if log in plans:
                if plans[log].lost:
                    self._listener.lost(log, plans[log].lost)
                self._tell_parted(lane, plans[log])
        terms = SessionTerms.of(welcome)
        for log, lane in self._lanes.items():
            lane.take_plan(plans.get(log, resume_pb2.LogPlan()), terms)
        for lane in self._lanes.values():
            self._attach_if_waiting(lane, now_ns)
        self._heartbeat_due(now_ns)

    def _tell_parted(self, lane: LaneSession, plan: resume_pb2.LogPlan) -> None:
        """Tell that history is lost which was applied; what a handler still has counts as that."""
        applied = lane.applied_position
        if (
            applied is not None
            and applied.op_id != 0
            and plan.HasField("start")
            and not is_same_history(applied, plan.start)
            and not is_shared(applied, plan)
        ):
            self._listener.parted(applied, plan.fork if plan.HasField("fork") else None)

    def _nack_reply(self, reply: parking_pb2.NackReply) -> None:
        lane = next((lane for log, lane in self._lanes.items() if log.wire == reply.log), None)
        if not self.state.is_final and lane is not None and lane.nack_reply(reply):
            self._listener.nack_answered(reply)
            if lane.held_for_ns > 0:
                self._listener.handler_held(lane.log, lane.held_for_ns)

    def _attach_if_waiting(self, lane: LaneSession, now_ns: int) -> None:
        if self._session_id is None or not self._in_session or not lane.can_attach:
            return
        misfit = lane.plan_misfit()
        if misfit is not None:
            self._disconnect(Failure.local(grpc.StatusCode.ABORTED, misfit), now_ns)
            return
        self._output.open_lane(self._session_id, lane.log, lane.plan)
        lane.attach()

    def _outcome(self, lane: LaneSession, outcome: LaneOutcome, now_ns: int) -> None:
        match outcome:
            case CaughtUp(report):
                self._caught_up(lane, report)
            case FellBehind(head):
                stands = lane.position if lane.position is not None else beginning(head)
                self._output.delta_began(stands, head)
                self._listener.fell_behind(stands, head)
                if self.state is AgentState.LIVE:
                    self._enter(AgentState.CATCHING_UP)
            case Mended(repair):
                self._listener.drifted(repair)
            case Dropped(count):
                self._listener.telemetry_dropped(count)
            case Resync(why, report):
                if report is not None:
                    self._output.sync_ended(lane.log, report, lane.received, lane.duplicates)
                    self._listener.synced(report)
                if self._in_session:
                    self._disconnect(Failure.local(grpc.StatusCode.ABORTED, why), now_ns)

    def _caught_up(self, lane: LaneSession, report: SyncReport | None) -> None:
        self._output.sync_ended(lane.log, report, lane.received, lane.duplicates)
        if report is not None:
            self._listener.synced(report)
        position = lane.position
        if position is None:
            position = position_pb2.Position(log=lane.log.wire)
        self._listener.caught_up(position, lane.received, lane.duplicates)
        if self.state is AgentState.CATCHING_UP and all(
            lane.is_caught_up for lane in self._lanes.values()
        ):
            self._enter(AgentState.LIVE)

    def _heartbeat_due(self, now_ns: int) -> None:
        if self._session_id is None or self.state.is_final or self.state is AgentState.WAITING:
            return
        if self._heartbeats.are_unanswered:
            why = (
                "Expected an answer to one of the last "
                f"{constants.SESSION_MAX_UNANSWERED_HEARTBEATS} heartbeats, but there was none"
            )
            self.stream_ended(Failure.local(grpc.StatusCode.UNAVAILABLE, why), now_ns)
            return
        heartbeat = self._heartbeats.next()
        heartbeat.ignored_duplicates = sum(lane.ignored for lane in self._lanes.values())
        heartbeat.out_of_order = sum(lane.out_of_order for lane in self._lanes.values())
        self._output.send_heartbeat(heartbeat)
        self._output.start_timer(TimerKey(TimerKind.HEARTBEAT), self._heartbeats.interval_ns)

    def _drain(self, drain: session_pb2.Drain, now_ns: int) -> None:
        if not self._in_session:
            return
        self._drained_for_ns = drain.reconnect_after_ms * NS_PER_MS
        for lane in self._lanes.values():
            lane.pause()
        self._enter(AgentState.DRAINING)
        self._listener.draining(drain.reason)
        self._finish_drain_if_idle(now_ns)

    def _finish_drain_if_idle(self, now_ns: int) -> None:
        if self.state is not AgentState.DRAINING or any(
            lane.is_applying for lane in self._lanes.values()
        ):
            return
        if self._closing:
            self._finish()
        else:
            why = "The coordinator asked to connect again"
            self._disconnect(Failure.local(grpc.StatusCode.UNAVAILABLE, why), now_ns)

    def _disconnect(self, why: Failure, now_ns: int) -> None:
        at_least_ns = max(why.retry_after_ns or 0, self._drained_for_ns or 0)
        self._end_session(gently=self.state is AgentState.DRAINING)
        delay_ns = (
            self._backoff.delay_after_loss_ns(now_ns, at_least_ns)
            if self._lost
            else self._backoff.next_delay_ns(now_ns, at_least_ns)
        )
        self._lost = False
        self._reconnect_at_ns = now_ns + delay_ns
        self._not_served = why.reason == "BREAKER_OPEN"
        self._enter(AgentState.WAITING)
        self._listener.disconnected(why, delay_ns)
        self._output.start_timer(TimerKey(TimerKind.RECONNECT), delay_ns)

    def _fail(self, why: Failure) -> None:
        self._end_session(gently=False)
        self._listener.refused(why)
        self._enter(AgentState.FAILED)

    def _finish(self) -> None:
        self._end_session(gently=True)
        self._enter(AgentState.CLOSED)

    def _end_session(self, gently: bool) -> None:
        self._session_id = None
        self._output.end_streams(gently)
        for lane in self._lanes.values():
            lane.detach()

    @property
    def _in_session(self) -> bool:
        return self.state in {AgentState.CATCHING_UP, AgentState.LIVE}

    def _enter(self, following: AgentState) -> None:
        if following is not self.state:
            self.state = following
            self._listener.state_changed(following)
