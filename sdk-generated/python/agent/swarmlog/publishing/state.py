"""How a publisher fares."""

import dataclasses
from collections.abc import Callable
from datetime import datetime, timedelta, timezone

from swarmlog.errors import Failure, RetryableError
from swarmlog.names import Log
from swarmlog.publishing.bound import QueueBound
from swarmlog.publishing.breaker import Breaker
from swarmlog.publishing.program_log import PublisherLog
from swarmlog.units import NS_PER_US
from swarmlog.v1 import position_pb2


@dataclasses.dataclass(frozen=True)
class PublisherState:
    """How a publisher fares with one log."""

    log: Log
    """Main or control: each has a stream, a queue and a breaker of its own."""
    breaker: Breaker
    """Whether it sends."""
    why: RetryableError | None
    """What keeps the breaker from being closed, or what it waits for; else None.

    Or, for a rate limit, the last refusal until the groups that waited then are answered. Also
    while the breaker is closed. A coordinator that holds the stream for a rate limit, as it does
    first, says nothing: then the oldest group waits longer and longer.
    """
    until: datetime | None
    """When it sends again; None unless it waits."""
    queued_groups: int
    """Groups that wait for their answer, sent or not."""
    queued_bytes: int
    """Of those, serialized."""
    oldest_waited: timedelta
    """How long the oldest of those has been waiting; zero if there is none."""


Listener = Callable[[PublisherState], object]
"""Is told when a breaker opened, waits anew, tries one group, or closed.

Or that a rate limit is felt, or no more: told once when the first group is refused with
RATE_LIMITED, and once when all that waited at the last such refusal are answered; `why` tells
which. The state is as it was then.
"""

LostListener = Callable[[Log, int, position_pb2.Position], object]
"""Is told that the coordinator has lost groups that it had acknowledged.

They are the newest ones that the publisher published to the log: how many, and where the newest of
them was. They were answered long since; they are in the log no more, and are not published again.
What waits for its answer is published as always.
"""


@dataclasses.dataclass(frozen=True)
class _Reason:
    why: RetryableError | None = None
    until: datetime | None = None


_NONE = _Reason()


class PublisherMonitor:
    """What others may know of a publisher in one log.

    A publisher that is refused for a rate limit comes again when it was told, and under a flood is
    refused again. That is one wait for whoever listens: it begins with the first such refusal, and
    is over when every group that waited at the last one has been answered.
    """

    def __init__(
        self,
        log: Log,
        bound: QueueBound,
        program_log: PublisherLog,
        tell: Listener,
        tell_lost: LostListener,
        now: Callable[[], datetime] = lambda: datetime.now(timezone.utc),
    ) -> None:
        """Watch the producer of `log`; `tell` and `tell_lost` must not block."""
        self._log = log
        self._bound = bound
        self._program_log = program_log
        self._tell = tell
        self._tell_lost = tell_lost
        self._now = now
        self._breaker = Breaker.CLOSED
        self._opened = _NONE
        self._paused = _NONE
        # The last refusal for a rate limit, while that is felt.
        self._limit: RetryableError | None = None
        # Of the groups that waited when it was refused last for a rate limit, those not answered.
        # 0: it is not limited.
        self._limited_groups = 0

    def state(self) -> PublisherState:
        """How it fares now."""
        return PublisherState(
            log=self._log,
            breaker=self._breaker,
            why=self._opened.why or self._paused.why or self._limit,
            until=self._opened.until or self._paused.until,
            queued_groups=self._bound.groups,
            queued_bytes=self._bound.bytes,
            oldest_waited=timedelta(microseconds=self._bound.oldest_waited_ns() / NS_PER_US),
        )

    def breaker_changed(self, changed: Breaker, why: Failure | None, for_ns: int) -> None:
        """As BreakerListener says."""
        self._breaker = changed
        self._opened = _NONE if why is None else self._reason(why, for_ns)
        if why is not None and self._opened.until is not None:
            self._program_log.opened(why, for_ns, self._opened.until, self._bound.groups)
        elif changed is Breaker.CLOSED:
            self._program_log.closed()
        self._tell(self.state())

    def waits(self, why: Failure, for_ns: int) -> None:
        """As ProducerOutput says."""
        self._paused = self._reason(why, for_ns)
        if why.reason != "RATE_LIMITED":
            return
        self._limit = self._paused.why
        begins = self._limited_groups == 0
        self._limited_groups = max(1, self._bound.groups)
        if begins:
            self._program_log.limited(why, self._bound.groups)
            self._tell(self.state())

    def resumed(self) -> None:
        """As ProducerOutput says."""
        self._paused = _NONE

    def lost(self, groups: int, newest: position_pb2.Position) -> None:
        """As ProducerOutput says of `acknowledged_lost`."""
        self._program_log.lost(groups, newest)
        self._tell_lost(self._log, groups, newest)

    def answered(self) -> None:
        """Note that the oldest group has its answer, and gave back its room."""
        if self._limited_groups > 0:
            self._limited_groups -= 1
            if self._limited_groups == 0:
                self._limit = None
                self._tell(self.state())

    def _reason(self, why: Failure, for_ns: int) -> _Reason:
        until = self._now() + timedelta(microseconds=for_ns / NS_PER_US) if for_ns else None
        return _Reason(why.to_retryable(), until)
