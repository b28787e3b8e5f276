"""What a publisher writes to the log of its program."""

import logging
from collections.abc import Callable
from datetime import datetime
from typing import Final

from swarmlog.errors import Failure
from swarmlog.names import Log
from swarmlog.repeated_failures import RepeatedFailures, cause_of, others
from swarmlog.units import NS_PER_SECOND
from swarmlog.v1 import position_pb2

_LOG: Final = logging.getLogger("swarmlog.publisher")


class PublisherLog:
    """What a publisher writes to the log of its program, for one log of the swarm.

    That it sends nothing and why, that it does again, and that what it published is lost. Silent
    while all is well.
    """

    def __init__(
        self, swarm: str, publisher: str, log: Log, target: str, now_ns: Callable[[], int]
    ) -> None:
        """Write lines of a publisher; `now_ns` is a clock that never goes back."""
        self._name = f"publisher '{publisher}' of swarm '{swarm}', in {log.label}"
        self._target = target
        self._now_ns = now_ns
        self._failures = RepeatedFailures()
        # Since it sent last a line said that it does not.
        self._said_open = False

    def opened(self, why: Failure, wait_ns: int, until: datetime, queued_groups: int) -> None:
        """Say that the breaker opened, or waits anew."""
        left_out = self._failures.count(cause_of(why), self._now_ns())
        if left_out is not None:
            self._said_open = True
            _LOG.warning(
                "Sends nothing to %s until %s, for %s, while %d groups wait: %s: %s%s",
                self._target,
                until.isoformat(timespec="milliseconds"),
                seconds(wait_ns),
                queued_groups,
                self._name,
                why.describe(),
                others(left_out),
            )

    def limited(self, why: Failure, queued_groups: int) -> None:
        """Say that it is refused for a rate limit, and waits."""
        left_out = self._failures.count(cause_of(why), self._now_ns())
        if left_out is not None:
            _LOG.warning(
                "Limited by %s, while %d groups wait: %s: %s%s",
                self._target,
                queued_groups,
                self._name,
                why.describe(),
                others(left_out),
            )

    def lost(self, groups: int, newest: position_pb2.Position) -> None:
        """Say that what was acknowledged is in the log no more."""
        _LOG.warning(
            "Published what %s has lost: %s: the newest %d groups that were acknowledged, up to "
            "operation %d, are not in the log any more, and are not published again",
            self._target,
            self._name,
            groups,
            newest.op_id,
        )

    def closed(self) -> None:
        """Say that it sends again, if a line said that it does not."""
        if self._said_open:
            self._said_open = False
            _LOG.info("Sends again to %s: %s", self._target, self._name)


def seconds(of_ns: int) -> str:
    """A time as lines of the log say it: `0.3 s`."""
    return f"{of_ns / NS_PER_SECOND:.1f} s"
