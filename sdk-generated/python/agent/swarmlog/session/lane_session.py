"""One lane of a session: which frame may be read, and which step is with the handler."""

from __future__ import annotations

import enum
from typing import Protocol

from swarmlog.backoff import Backoff
from swarmlog.errors import Failure
from swarmlog.names import Log
from swarmlog.session.deliveries import is_same_history
from swarmlog.session.handler_breaker import HandlerBreaker
from swarmlog.session.lane_acks import AckOutput
from swarmlog.session.lane_outcome import LaneOutcome, Resync
from swarmlog.session.lane_reader import LaneReader
from swarmlog.session.lane_step import LaneStep, PreparedStep, SessionTerms
from swarmlog.session.sums_schedule import SumsSchedule
from swarmlog.session.timer_key import TimerKey, TimerKind
from swarmlog.units import NS_PER_MS
from swarmlog.v1 import constants, parking_pb2, position_pb2, resume_pb2, session_pb2

_TAKEN = {
    parking_pb2.NackReply.OUTCOME_RETRY,
    parking_pb2.NackReply.OUTCOME_PARKED,
    parking_pb2.NackReply.OUTCOME_SKIPPED,
    parking_pb2.NackReply.OUTCOME_SUPERSEDED,
}


class LaneState(enum.Enum):
    """What a lane is doing."""

    DETACHED = enum.auto()
    READING = enum.auto()
    APPLYING = enum.auto()
    RETRYING = enum.auto()
    REFUSING = enum.auto()
    HOLDING = enum.auto()


class _NackReader(enum.Enum):
    """Who would read a Nack now."""

    NOBODY = enum.auto()
    OLDER_COORDINATOR = enum.auto()
    COORDINATOR = enum.auto()


class LaneOutput(AckOutput, Protocol):
    """What a lane wants done."""

    def request_frame(self, log: Log) -> None:
        """Ask the stream for one more frame."""

    def deliver(self, step: LaneStep) -> None:
        """Hand the step to the handler and commit it; answered by applied, failed or refused."""

    def deliver_again(self, log: Log) -> None:
        """Hand the same step over again."""

    def go_on(self, log: Log) -> None:
        """Hand the same step over again, from behind the operation that was refused."""

    def send_nack(self, nack: parking_pb2.Nack) -> None:
        """Tell the coordinator on Control what the agent cannot apply."""


class LaneSession:
    """One lane of a session: which frame may be read, and which step is with the handler.

    What frames say, and where the lane stands, its `LaneReader` knows. It outlives streams: a step
    that a handler holds when a stream breaks is finished, and only then the lane attaches again,
    so operations are never applied by two calls at a time.

                   attach               frame with content            applied
        DETACHED --------> READING ----------------------------> APPLYING --------> READING
           ^                  |                                   |     ^      (or DETACHED)
           |  stream ended    |                    handler failed |     | retry timer
           +------------------+                                   v     |
                                                                 RETRYING

                   handler refuses an operation       coordinator has taken it
        APPLYING -----------------------------> REFUSING ---------------> APPLYING, behind it
                                                   |
                                                   | it cannot be asked, or says no for good
                                                   v
                                                RETRYING

                   coordinator has taken it,
                   the breaker is open                breaker timer
        REFUSING -------------------------> HOLDING ----------------> APPLYING, behind it

    A stream that ends while APPLYING, RETRYING, REFUSING or HOLDING leaves the state. One frame at
    a time is asked for, so at most one is held.

    While REFUSING nothing of the step is committed. A Nack goes to whichever session there is: it
    is sent when the handler stops, again with each new session, and again where no answer or
    "later" comes. The coordinator gives the same answer however often it is asked.

    A step that a handler has when Hello is sent, and what the plan then knows of it: see
    `ResumePoint`.
    """

    def __init__(
        self,
        log: Log,
        stored: resume_pb2.LogResume | None,
        lacks_keys: bool,
        output: LaneOutput,
        retry_backoff: Backoff,
        breaker: HandlerBreaker,
        sums: SumsSchedule,
    ) -> None:
        self.log = log
        self._output = output
        self._retry_backoff = retry_backoff
        self._breaker = breaker
        self._reader = LaneReader(log, stored, lacks_keys, output, self, sums)
        self.state = LaneState.DETACHED
        self._attached = False
        self._paused = False
        self._plan: resume_pb2.LogPlan | None = None
        # With the handler, unless DETACHED or READING.
        self._applying: LaneStep | None = None
        # Of its operations, those whose outcome the breaker knows.
        self._judged = 0
        # What is refused of it, while REFUSING.
        self._refused: parking_pb2.Nack | None = None
        self._held_for_ns = 0
        self._nack_reader = _NackReader.NOBODY
        # At most one frame is asked for: either it is outstanding, or held, or being applied.
        self._outstanding = False
        self._held: session_pb2.DataResponse | None = None

    @property
    def is_caught_up(self) -> bool:
        """Telemetry is never caught up with, nor behind."""
        return self._reader.is_caught_up or self.log is Log.TELEMETRY

    @property
    def is_applying(self) -> bool:
        """Whether a handler holds a step now."""
        return self.state is LaneState.APPLYING

    @property
    def position(self) -> position_pb2.Position | None:
        """Where the lane stands; None if it has no position yet."""
        return self._reader.position

    @property
    def applied_position(self) -> position_pb2.Position | None:
        """What is applied, or with a handler that may have applied it; None if there is nothing."""
        step = self._applying
        return self.position if step is None or self.log is Log.TELEMETRY else step.to

    @property
    def received(self) -> int:
        """Operations handed over since the lane was attached."""
        return self._reader.received

    @property
    def duplicates(self) -> int:
        """Operations that came again since the lane was attached."""
        return self._reader.duplicates

    @property
    def ignored(self) -> int:
        """Operations that came again since the agent was started."""
        return self._reader.ignored

    @property
    def out_of_order(self) -> int:
        """Frames that did not follow on what the lane had since the agent was started."""
        return self._reader.out_of_order

    @property
    def held_for_ns(self) -> int:
        """For how long the breaker of the handler holds the lane; 0 if it does not."""
        return self._held_for_ns if self.state is LaneState.HOLDING else 0

    def present(self) -> resume_pb2.LogResume | None:
        """What Hello says of the lane; None if there is nothing to say."""
        return self._reader.present(self._applying)

    def take_plan(self, plan: resume_pb2.LogPlan, terms: SessionTerms) -> None:
        """Take the coordinator's plan."""
        self._plan = plan
        self._reader.expect(terms)
        self._nack_reader = (
            _NackReader.COORDINATOR if terms.nacks else _NackReader.OLDER_COORDINATOR
        )
        self._refuse()

    @property
    def can_attach(self) -> bool:
        """Whether the lane waits to be attached to the current session."""
        return self._plan is not None and self.state is LaneState.DETACHED

    @property
    def plan(self) -> resume_pb2.LogPlan:
        """What is to be followed once the lane is attached; empty if there is nothing to."""
        return self._plan if self._plan is not None else resume_pb2.LogPlan()

    def plan_misfit(self) -> str | None:
        """Why the plan cannot be followed, now that no handler has a step; None if it can."""
        return self._reader.plan_misfit(self.plan)

    def attach(self) -> None:
        """A stream is open for the lane."""
        plan, self._plan = self._plan, None
        self._reader.attach(plan)
        self._attached = True
        self._paused = False
        self.state = LaneState.READING
        self._outstanding = False
        self.request()

    def detach(self) -> None:
        """The lane's stream is gone, or about to be."""
        self._attached = False
        self._plan = None
        self._nack_reader = _NackReader.NOBODY
        self._held = None
        self._reader.detach()
        if self.state is LaneState.READING:
            self.state = LaneState.DETACHED
        if self.state is LaneState.DETACHED:
            self._reader.stand_at_committed()

    def pause(self) -> None:
        """Read nothing more; what is being applied is finished and acknowledged."""
        self._paused = True
        self._held = None

    def frame(self, frame: session_pb2.DataResponse) -> LaneOutcome:
        """A frame has come."""
        self._outstanding = False
        if not self._attached or self._paused:
            return None  # It comes again: nothing of it was acknowledged.
        if self.state is not LaneState.READING:
            self._held = frame
            return None
        return self._reader.frame(frame)

    def applied(self, done: PreparedStep, applied_unix_ns: int) -> LaneOutcome:
        """The handler is done with the step, and it is committed.

        `applied_unix_ns` is when that was, by the agent's clock.
        """
        step = self._applying
        if step is None:
            raise RuntimeError("Expected a step with the handler, but there is none")
        self._applying = None
        self._breaker.applied(len(done.batch.messages) - self._judged)
        self._retry_backoff.reset()
        self.state = LaneState.READING if self._attached else LaneState.DETACHED
        outcome = self._reader.applied(step, done, self._attached, applied_unix_ns)
        if not self._attached or self._paused or isinstance(outcome, Resync):
            return outcome
        self._reader.report()
        if self._held is not None and outcome is None:
            held, self._held = self._held, None
            return self.frame(held)
        self.request()
        return outcome

    def apply_failed(self) -> None:
        """The handler failed, and is to try again."""
        self._retry_in_place()

    def refuse(self, nack: parking_pb2.Nack, applied_before: int) -> None:
        """The handler stopped at an operation, which it cannot apply.

        `applied_before` are the operations it applied since it started or stopped last.
        """
        self._breaker.applied(applied_before)
        self._breaker.failed()
        self._judged += applied_before + 1
        self.state = LaneState.REFUSING
        self._refused = nack
        self._refuse()

    def nack_reply(self, reply: parking_pb2.NackReply) -> bool:
        """The coordinator has answered a Nack; answers whether it was for what is refused now."""
        asked = self._refused
        if self.state is not LaneState.REFUSING or asked is None or asked.op_id != reply.op_id:
            return False
        if reply.outcome in _TAKEN:
            self._retry_backoff.reset()
            self._refused = None
            if self._breaker.is_open:
                self.state = LaneState.HOLDING
                self._held_for_ns = self._breaker.wait_ns()
                self._start_timer(TimerKind.BREAKER, self._held_for_ns)
            else:
                self._go_on()
            return True
        why = Failure.of_status(reply.status)
        if why.retryable:
            self._start_timer(
                TimerKind.NACK, self._retry_backoff.next_delay_ns(0, why.retry_after_ns)
            )
        else:
            self._retry_in_place()
        return True

    def breaker_due(self) -> None:
        """The handler has been left alone for long enough."""
        if self.state is LaneState.HOLDING:
            self._breaker.probe()
            self._go_on()

    def nack_due(self) -> None:
        """It is time to ask again, because the coordinator said so or did not answer."""
        self._refuse()

    def retry_due(self) -> None:
        """It is time to try again."""
        if self.state is LaneState.RETRYING:
            self.state = LaneState.APPLYING
            self._output.deliver_again(self.log)

    def flush(self) -> None:
        """Commit and acknowledge a position that moved without operations."""
        if self.state is LaneState.READING:
            self._reader.flush()

    def sums_due(self) -> None:
        """It is time to report sums again."""
        self._reader.sums_due()
        if self.state is LaneState.READING and not self._paused:
            self._reader.report()

    def hand(self, step: LaneStep) -> None:
        """As the reader wants it."""
        self._applying = step
        self._judged = 0
        self.state = LaneState.APPLYING
        self._output.deliver(step)

    def request(self) -> None:
        """As the reader wants it."""
        if not self._outstanding:
            self._outstanding = True
            self._output.request_frame(self.log)

    def _refuse(self) -> None:
        """Say what is refused, if there is anything and somebody to tell.

        The number of an operation means another one in another history.
        """
        asked = self._refused
        if (
            self.state is not LaneState.REFUSING
            or asked is None
            or self._nack_reader is _NackReader.NOBODY
        ):
            return
        if self._nack_reader is _NackReader.OLDER_COORDINATOR or self._is_of_another_history():
            self._retry_in_place()
        else:
            self._output.send_nack(asked)
            self._start_timer(TimerKind.NACK, constants.SESSION_NACK_PATIENCE_MS * NS_PER_MS)

    def _go_on(self) -> None:
        self.state = LaneState.APPLYING
        self._output.go_on(self.log)

    def _is_of_another_history(self) -> bool:
        step, plan = self._applying, self._plan
        return (
            step is not None
            and plan is not None
            and plan.HasField("start")
            and not is_same_history(step.to, plan.start)
        )

    def _retry_in_place(self) -> None:
        self._refused = None
        self.state = LaneState.RETRYING
        self._start_timer(TimerKind.RETRY, self._retry_backoff.next_delay_ns(0))

    def _start_timer(self, kind: TimerKind, delay_ns: int) -> None:
        self._output.start_timer(TimerKey(kind, self.log), delay_ns)
