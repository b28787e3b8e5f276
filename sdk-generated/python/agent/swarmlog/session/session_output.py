"""What a session wants done, and whom it tells."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from swarmlog.errors import Failure
from swarmlog.names import Log
from swarmlog.session.agent_state import AgentState
from swarmlog.session.lane_session import LaneOutput
from swarmlog.session.reports import RepairReport, SyncReport
from swarmlog.v1 import parking_pb2, position_pb2, resume_pb2, session_pb2


class SessionListener(Protocol):
    """Who is told what happens to a session."""

    def connected(self, session_id: str, plans: Sequence[resume_pb2.LogPlan]) -> None:
        """A session is open."""

    def lost(self, log: Log, lost: Sequence[resume_pb2.LostEvents]) -> None:
        """Events can never be handed out to the agent."""

    def parted(self, applied: position_pb2.Position, fork: position_pb2.Position | None) -> None:
        """What the agent applied is in the log no more, behind the fork; None if not known."""

    def caught_up(self, position: position_pb2.Position, received: int, duplicates: int) -> None:
        """Everything up to the position is applied and committed."""

    def synced(self, report: SyncReport) -> None:
        """A sync ended."""

    def drifted(self, repair: RepairReport) -> None:
        """What the agent held differed, and was mended."""

    def fell_behind(self, position: position_pb2.Position, head: position_pb2.Position) -> None:
        """The agent is served from disk."""

    def draining(self, reason: str) -> None:
        """The coordinator is about to go."""

    def disconnected(self, why: Failure, retry_in_ns: int) -> None:
        """The session ended, or could not be opened."""

    def refused(self, why: Failure) -> None:
        """The agent has stopped for good."""

    def nack_answered(self, reply: parking_pb2.NackReply) -> None:
        """The coordinator has answered what becomes of an operation."""

    def handler_held(self, log: Log, retry_in_ns: int) -> None:
        """The handler of a lane fails nearly always: it is left alone."""

    def telemetry_dropped(self, count: int) -> None:
        """Telemetry was lost."""

    def state_changed(self, state: AgentState) -> None:
        """The session is in another state."""


class SessionOutput(LaneOutput, Protocol):
    """What the session wants done. None of it blocks, and none of it comes back by itself."""

    def open_control(self, hello: session_pb2.Hello) -> None:
        """Open Control and send Hello."""

    def open_lane(self, session_id: str, log: Log, plan: resume_pb2.LogPlan) -> None:
        """Open a Data stream and attach it, to follow the plan; ask for no frame yet."""

    def delta_began(self, stands: position_pb2.Position, head: position_pb2.Position) -> None:
        """A lane that is attached is given a delta, from one position to the other."""

    def sync_ended(
        self, log: Log, report: SyncReport | None, received: int, duplicates: int
    ) -> None:
        """What a plan or a delta brought is applied and committed.

        `report` is None where the coordinator sends no receipts; `received` are the operations that
        came since the lane was attached, and `duplicates` of them those that had come before.
        """

    def end_streams(self, gently: bool) -> None:
        """End every stream of the session; gently lets what was written arrive.

        Nothing of them may come in any more.
        """

    def send_heartbeat(self, known: session_pb2.Heartbeat) -> None:
        """Tell the coordinator that the agent lives.

        `known` is what the session knows of it; when it is sent, and how long handlers have been
        running or are held, is to be added.
        """
