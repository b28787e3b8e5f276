"""Who is told what happens to an agent."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from swarmlog.errors import RetryableError, TerminalError
from swarmlog.handling.failure_policy import Decision
from swarmlog.names import Log
from swarmlog.operation import Operation
from swarmlog.publishing.state import PublisherState
from swarmlog.session.agent_state import AgentState
from swarmlog.session.reports import RepairReport, SyncReport
from swarmlog.v1 import parking_pb2, position_pb2, resume_pb2


class AgentListener:
    """Is told what happens to an agent, and to its publisher. Override what is of interest.

    Called on the event loop, one call at a time, in order: it must not block. What it raises is
    logged.
    """

    def connected(self, session_id: str, plans: Sequence[resume_pb2.LogPlan]) -> None:
        """A session is open.

        The plans say of each log in the view how the coordinator brings the agent up to date, and
        why.
        """

    def lost(self, log: Log, lost: Sequence[resume_pb2.LostEvents]) -> None:
        """The log has been compacted beyond where the agent stood.

        These must-deliver events can never be handed out to it, by scope; a count of 0 if it is not
        known how many. Told before the first batch of the session is. Keyed state is taken over
        whole, so nothing is missing there.
        """

    def parted(self, applied: position_pb2.Position, fork: position_pb2.Position | None) -> None:
        """The coordinator has lost operations that it had acknowledged.

        The agent may have applied some of them: those above the fork, up to where it stood, are in
        the log no more, and others may have their numbers. Keyed state is taken over as the log has
        it now. Events stay applied: what they did has to be looked at. Told before the first batch
        of a session is, and again with each session until something has been applied in it. Not
        told where the history that the agent knows is part of the log's, though another epoch has
        begun.

        `applied` is where the agent stood, in the epoch that ended; `fork` the last operation that
        both histories have, None if the coordinator does not know.
        """

    def caught_up(self, position: position_pb2.Position, received: int, duplicates: int) -> None:
        """Everything up to the position has been applied and its cursor committed.

        Told once per lane and session, and after each `fell_behind`. `received` are the operations
        applied on this lane since it attached; `duplicates` came again since then and were ignored.
        """

    def synced(self, report: SyncReport) -> None:
        """A sync of one log ended: what it brought, and whether the agent holds what it should.

        Told before `caught_up`. Where the keyed state differs, the agent connects again by itself
        and takes it over whole, once; events that differ cannot be fetched again. Not told by a
        coordinator that sends no receipts.
        """

    def drifted(self, repair: RepairReport) -> None:
        """What the agent held of a scope differed from the log, and was mended.

        The coordinator noticed it by the sums that the agent reports while it is live. Told when
        the repair has been applied and committed. Something is wrong where the agent runs: its
        store, its handlers, or what else writes to its state.
        """

    def fell_behind(self, position: position_pb2.Position, head: position_pb2.Position) -> None:
        """The agent is behind what the coordinator holds in memory.

        It is served from disk until it has caught up: it gets one operation per changed key,
        however far it is behind.
        """

    def draining(self, reason: str) -> None:
        """The coordinator is about to go; the agent finishes its batches and connects again."""

    def disconnected(self, why: RetryableError, retry_in: timedelta) -> None:
        """The session ended, or could not be opened. The agent tries again by itself."""

    def refused(self, why: TerminalError) -> None:
        """The agent has stopped for good: trying again would give the same answer.

        `why` says what to do.
        """

    def handler_failed(
        self,
        operations: Sequence[Operation],
        failure: Exception,
        attempts: int,
        decision: Decision,
    ) -> None:
        """A handler raised; `attempts` is how often it has been tried by now."""

    def nack_answered(self, reply: parking_pb2.NackReply) -> None:
        """The coordinator has answered what becomes of an operation that could not be applied.

        Refused: its status says why, and the lane waits; it asks again after a backoff, or has the
        handler try again where asking is no use. Any other outcome: the lane goes on behind the
        operation.
        """

    def handler_held(self, log: Log, retry_in: timedelta) -> None:
        """The handler of a lane fails nearly always: the lane is held and reads nothing.

        Then it tries the next operation. Told each time; when that one is applied, it goes on as
        before. 5 s at first, doubling up to 5 minutes, and up to 30 s of jitter.
        """

    def telemetry_dropped(self, count: int) -> None:
        """Telemetry the agent was not given, because it was too slow or away."""

    def state_changed(self, state: AgentState) -> None:
        """The agent is in another state."""

    def publisher_changed(self, state: PublisherState) -> None:
        """The agent's publisher is in another state: see `Publisher`."""

    def published_lost(self, log: Log, groups: int, newest: position_pb2.Position) -> None:
        """The coordinator has lost groups that it had acknowledged to the agent's publisher.

        The newest ones that it published to a log: `groups` says how many, `newest` where the
        newest of them was. They were answered long since; they are in the log no more, and are not
        published again. What waits for its answer is published as always.
        """
