"""What the handler of a lane writes to the log of its program."""

from __future__ import annotations

import logging
import time

from swarmlog.agent_log import agent_name
from swarmlog.handling.failure_policy import Decision
from swarmlog.names import Log
from swarmlog.publishing.program_log import seconds
from swarmlog.repeated_failures import RepeatedFailures, others, place_of
from swarmlog.session.lane_step import LaneStep, PreparedStep, Repaired
from swarmlog.session.reports import RepairReport
from swarmlog.units import NS_PER_MS
from swarmlog.v1 import parking_pb2

_LOG = logging.getLogger("swarmlog.agent")


class HandlerLog:
    """What the handler of a lane writes to the log of its program.

    What failed and what follows, of each cause and what follows one a minute; and what was found of
    the state it holds.
    """

    def __init__(self, swarm: str, agent: str, log: Log) -> None:
        self._swarm = swarm
        self._name = agent_name(swarm, agent)
        self._log = log
        self._failures = RepeatedFailures()

    def failed(
        self,
        op_id: int,
        tried: int,
        decision: Decision,
        nack: parking_pb2.Nack | None,
        cause: Exception,
    ) -> None:
        """A handler raised; `nack` is what the coordinator will be told, None if nothing."""
        left_out = self._failures.count((place_of(cause), decision), time.monotonic_ns())
        if left_out is None and decision is not Decision.STOP:
            return
        _LOG.warning(
            "Handler of %s of %s failed at operation %d, attempt %d: %s, %s%s",
            self._log.label,
            self._name,
            op_id,
            tried,
            decision.name,
            self._follows(decision, nack),
            others(left_out or 0),
            exc_info=cause,
        )

    def applied(self, step: LaneStep, done: PreparedStep) -> None:
        """Say what a step found of the state that is held, if that is not as it should be."""
        if isinstance(step.content, Repaired):
            _LOG.warning(
                "Expected %s to hold what the log holds, but it drifted: %s",
                self._name,
                RepairReport.of(step.content.repair, done.batch),
            )
        if done.unread is not None:
            _LOG.warning(
                "Expected the state of %s to be handed over as it is held of %s, but that raised: "
                "nothing is compared until the next time",
                self._name,
                self._log.label,
                exc_info=done.unread,
            )

    def _follows(self, decision: Decision, nack: parking_pb2.Nack | None) -> str:
        match decision:
            case Decision.RETRY_AT_ONCE:
                return "tried again at once"
            case Decision.RETRY_LATER:
                after_ns = 0 if nack is None else nack.retry_after_ms * NS_PER_MS
                return (
                    f"given again in about {seconds(after_ns)}, or parked if it has come too "
                    f"often: ./swarmlog parked list {self._swarm}"
                )
            case Decision.PARK:
                return f"to be parked: ./swarmlog parked list {self._swarm}"
            case Decision.RETRY:
                return "tried again within 30 s, and the lane waits for it"
            case Decision.SKIP:
                return "forgotten"
            case Decision.STOP:
                return "the agent stops"
