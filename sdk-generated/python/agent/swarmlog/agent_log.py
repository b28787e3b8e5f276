"""What an agent writes to the log of its program."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta, timezone

from swarmlog.errors import Failure
from swarmlog.names import Log
from swarmlog.publishing.program_log import seconds
from swarmlog.repeated_failures import RepeatedFailures, cause_of, others
from swarmlog.units import NS_PER_US
from swarmlog.v1 import parking_pb2, position_pb2

_LOG = logging.getLogger("swarmlog.agent")


class AgentLog:
    """What an agent writes to the log of its program, also where nobody listens to it.

    That it is not connected and why, that it is again, that it has stopped for good, that it
    applied what is lost, that its handler is left alone. Silent while all is well.
    """

    def __init__(self, swarm: str, agent: str, target: str, now_ns: Callable[[], int]) -> None:
        """`target` is the coordinator's address, `now_ns` a clock that never goes back."""
        self._swarm = swarm
        self._name = agent_name(swarm, agent)
        self._target = target
        self._now_ns = now_ns
        self._failures = RepeatedFailures()
        self._draining = False
        # Since it was connected last a line said that it is not.
        self._said_disconnected = False

    def connected(self) -> None:
        """A session is open."""
        self._draining = False
        if self._said_disconnected:
            self._said_disconnected = False
            _LOG.info("Connected again to %s: %s", self._target, self._name)

    def draining(self) -> None:
        """The next end of the session is one that the coordinator asked for."""
        self._draining = True

    def disconnected(self, why: Failure, retry_in_ns: int) -> None:
        """The session ended, or could not be opened."""
        if self._draining:
            self._draining = False
            return
        left_out = self._failures.count(cause_of(why), self._now_ns())
        if left_out is None:
            return
        self._said_disconnected = True
        until = datetime.now(timezone.utc) + timedelta(microseconds=retry_in_ns // NS_PER_US)
        held = why.reason == "BREAKER_OPEN"
        _LOG.warning(
            "Not served by %s until %s, in %s: %s: %s%s"
            if held
            else "Not connected to %s, next try at %s, in %s: %s: %s%s",
            self._target,
            until.isoformat(timespec="milliseconds"),
            seconds(retry_in_ns),
            self._name,
            why.describe(),
            others(left_out),
        )

    def refused(self, why: Failure) -> None:
        """The agent has stopped for good."""
        _LOG.warning("Stopped for good: %s: %s", self._name, why.describe())

    def parted(self, applied: position_pb2.Position, fork: position_pb2.Position | None) -> None:
        """The agent had applied what the log does not have any more."""
        _LOG.warning(
            "Applied what the coordinator has lost: %s stood at operation %d of %s, %s: what the "
            "rest did has to be looked at",
            self._name,
            applied.op_id,
            Log(applied.log).label,
            "which is of another history of the log"
            if fork is None
            else f"of which the log has those up to {fork.op_id}",
        )

    def handler_held(self, log: Log, retry_in_ns: int) -> None:
        """The handler of a lane is left alone."""
        _LOG.warning(
            "Handler of %s of %s fails at nearly everything: left alone for %s, then one operation "
            "is tried",
            log.label,
            self._name,
            seconds(retry_in_ns),
        )

    def nack_answered(self, reply: parking_pb2.NackReply) -> None:
        """The coordinator has answered what becomes of an operation."""
        if reply.outcome != parking_pb2.NackReply.OUTCOME_PARKED:
            return
        left_out = self._failures.count("parked", self._now_ns())
        if left_out is not None:
            _LOG.warning(
                "Parked: operation %d of %s, which %s could not apply; see ./swarmlog parked list "
                "%s%s",
                reply.op_id,
                Log(reply.log).label,
                self._name,
                self._swarm,
                others(left_out),
            )


def agent_name(swarm: str, agent: str) -> str:
    """The agent as lines of the log name it."""
    return f"agent '{agent}' of swarm '{swarm}'"
