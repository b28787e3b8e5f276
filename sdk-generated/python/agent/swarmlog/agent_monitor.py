"""What others may know of an agent."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

from swarmlog.agent_listener import AgentListener
from swarmlog.agent_log import AgentLog
from swarmlog.errors import Failure, TerminalError
from swarmlog.handling.failure_policy import Decision
from swarmlog.names import Log
from swarmlog.operation import Operation
from swarmlog.publishing.state import PublisherState
from swarmlog.session.agent_state import AgentState
from swarmlog.session.reports import RepairReport, SyncReport
from swarmlog.units import NS_PER_US
from swarmlog.v1 import parking_pb2, position_pb2, resume_pb2

_LOG = logging.getLogger("swarmlog.agent")


class AgentMonitor:
    """What others may know of an agent: its state, and why it stopped.

    Written by the session's steps on the way to the program's log and the user's listener, awaited
    on the same event loop.
    """

    def __init__(self, log: AgentLog, listener: AgentListener) -> None:
        self._log = log
        self._listener = listener
        self.state = AgentState.WAITING
        self.refusal: TerminalError | None = None
        self._waiting: set[asyncio.Future[None]] = set()

    async def until(self, met: Callable[[AgentState], bool]) -> AgentState:
        """Wait for a state; answers with the one there is then."""
        while not met(self.state):
            changed = asyncio.get_running_loop().create_future()
            self._waiting.add(changed)
            try:
                await changed
            finally:
                self._waiting.discard(changed)
        return self.state

    def state_changed(self, state: AgentState) -> None:
        """As SessionListener says; as the rest."""
        self.state = state
        for waiting in self._waiting:
            if not waiting.done():
                waiting.set_result(None)
        self._tell(self._listener.state_changed, state)

    def refused(self, why: Failure) -> None:
        """Stopped for good."""
        self.refusal = why.to_terminal()
        self._log.refused(why)
        self._tell(self._listener.refused, self.refusal)

    def connected(self, session_id: str, plans: Sequence[resume_pb2.LogPlan]) -> None:
        """A session is open."""
        self._log.connected()
        self._tell(self._listener.connected, session_id, plans)

    def lost(self, log: Log, lost: Sequence[resume_pb2.LostEvents]) -> None:
        """Events can never be handed out."""
        self._tell(self._listener.lost, log, lost)

    def parted(self, applied: position_pb2.Position, fork: position_pb2.Position | None) -> None:
        """What was applied is in the log no more."""
        self._log.parted(applied, fork)
        self._tell(self._listener.parted, applied, fork)

    def caught_up(self, position: position_pb2.Position, received: int, duplicates: int) -> None:
        """A lane has caught up."""
        self._tell(self._listener.caught_up, position, received, duplicates)

    def synced(self, report: SyncReport) -> None:
        """A sync ended."""
        self._tell(self._listener.synced, report)

    def drifted(self, repair: RepairReport) -> None:
        """What was held differed."""
        self._tell(self._listener.drifted, repair)

    def fell_behind(self, position: position_pb2.Position, head: position_pb2.Position) -> None:
        """A lane is behind."""
        self._tell(self._listener.fell_behind, position, head)

    def draining(self, reason: str) -> None:
        """The coordinator is about to go."""
        self._log.draining()
        self._tell(self._listener.draining, reason)

    def disconnected(self, why: Failure, retry_in_ns: int) -> None:
        """The session ended."""
        self._log.disconnected(why, retry_in_ns)
        self._tell(self._listener.disconnected, why.to_retryable(), _after(retry_in_ns))

    def handler_failed(
        self,
        operations: Sequence[Operation],
        failure: Exception,
        attempts: int,
        decision: Decision,
    ) -> None:
        """A handler raised."""
        self._tell(self._listener.handler_failed, operations, failure, attempts, decision)

    def nack_answered(self, reply: parking_pb2.NackReply) -> None:
        """The coordinator answered what becomes of an operation."""
        self._log.nack_answered(reply)
        self._tell(self._listener.nack_answered, reply)

    def handler_held(self, log: Log, retry_in_ns: int) -> None:
        """A lane is held."""
        self._log.handler_held(log, retry_in_ns)
        self._tell(self._listener.handler_held, log, _after(retry_in_ns))

    def telemetry_dropped(self, count: int) -> None:
        """Telemetry was lost."""
        self._tell(self._listener.telemetry_dropped, count)

    def publisher_changed(self, state: PublisherState) -> None:
        """The publisher is in another state."""
        self._tell(self._listener.publisher_changed, state)

    def published_lost(self, log: Log, groups: int, newest: position_pb2.Position) -> None:
        """What the publisher published is in the log no more."""
        self._tell(self._listener.published_lost, log, groups, newest)

    def _tell(self, what: Callable[..., None], *args: Any) -> None:
        # Not within the session's step: a listener may call the agent.
        asyncio.get_running_loop().call_soon(_call, what, args)


def _call(what: Callable[..., None], args: Sequence[Any]) -> None:
    try:
        what(*args)
    except Exception:  # noqa: BLE001 - whatever a listener raises
        _LOG.exception("Expected the listener of an agent to return, but it raised")


def _after(ns: int) -> timedelta:
    return timedelta(microseconds=ns / NS_PER_US)
