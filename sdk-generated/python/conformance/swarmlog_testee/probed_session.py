"""A session that is open, without streams, clocks and threads."""

from typing import Any

from swarmlog import Log, Scope, Topic
from swarmlog.backoff import Backoff
from swarmlog.handling.handler_table import HandlerTable
from swarmlog.session.agent_session import AgentSession
from swarmlog.session.lane_ledger import LaneLedger
from swarmlog.session.lane_step import LaneStep
from swarmlog.v1 import operation_pb2, position_pb2, resume_pb2, session_pb2
from swarmlog_testee.fraction_random import FractionRandom


class ProbedSession:
    """A session at a position, of an agent that has a handler of commands for all."""

    def __init__(
        self, stands: position_pb2.Position, plan: resume_pb2.LogPlan, *, in_sync: bool
    ) -> None:
        """Open it; `in_sync`: the coordinator sends deltas, and the plan is to be followed."""
        commands = Scope(Topic.COMMANDS).to_message()
        stored = resume_pb2.LogResume(position=stands, scopes=[commands])
        self._handlers = HandlerTable()
        self._handlers.add(Topic.COMMANDS, None, lambda _operation: None)
        self._ledger = LaneLedger(stored, True, [])
        self._handed: LaneStep | None = None
        self.has_ended = False
        self.applied: list[operation_pb2.Operation] = []
        """What was new."""
        self.handled: list[operation_pb2.Operation] = []
        """Of that, what there is a handler for."""
        self._session = AgentSession(
            session_pb2.Hello(),
            {Log.MAIN: stored},
            (),
            self,
            self,
            lambda: Backoff(FractionRandom(0)),
            None,
        )
        self._session.start()
        followed = resume_pb2.LogPlan()
        followed.CopyFrom(plan)
        followed.log = Log.MAIN.wire
        followed.scopes.append(commands)
        welcome = session_pb2.Welcome(
            session_id="s",
            capabilities=session_pb2.CAPABILITY_SYNC if in_sync else 0,
            plans=[followed],
        )
        self.control(session_pb2.ControlResponse(welcome=welcome))

    def control(self, frame: session_pb2.ControlResponse) -> None:
        """A frame of Control has come."""
        self._session.control_frame(frame, 0, 0)

    def data(self, frame: session_pb2.DataResponse) -> None:
        """A frame of the lane has come; what it brings is applied."""
        if self.has_ended:
            return
        self._session.lane_frame(Log.MAIN, frame, 0)
        step, self._handed = self._handed, None
        if step is not None:
            done = self._ledger.prepare(step)
            self.applied.extend(done.batch.messages)
            self.handled.extend(
                message for message in done.batch.messages if self._handlers.find(message)
            )
            self._session.applied(Log.MAIN, done, 0, 0)

    @property
    def ignored(self) -> int:
        """Operations that were applied before."""
        return self._session.lane(Log.MAIN).ignored

    @property
    def out_of_order(self) -> int:
        """Frames that did not follow."""
        return self._session.lane(Log.MAIN).out_of_order

    @property
    def read_up_to(self) -> int:
        """Where the lane stands."""
        position = self._session.lane(Log.MAIN).position
        return 0 if position is None else position.op_id

    def deliver(self, step: LaneStep) -> None:
        """As SessionOutput says."""
        self._handed = step

    def end_streams(self, gently: bool) -> None:
        """As SessionOutput says."""
        self.has_ended = True

    def __getattr__(self, name: str) -> Any:
        """All else that a session wants done, and tells, is of no use here."""
        return lambda *_: None
