"""The circuit breaker of a publisher."""

import enum
from typing import Protocol

from swarmlog.errors import Failure
from swarmlog.v1 import constants


class Breaker(enum.Enum):
    """Whether a publisher sends. Publications are taken into its queue in any case."""

    CLOSED = "closed"
    """It sends."""
    OPEN = "open"
    """It sends nothing for a while.

    It was refused, or could not reach the coordinator, five times in a row, or the coordinator said
    that it does not serve it (`BREAKER_OPEN`).
    """
    HALF_OPEN = "half-open"
    """It tries one group. If that is answered it goes on, else it waits again."""


class BreakerListener(Protocol):
    """Hears of each change. Must not block."""

    def breaker_changed(self, changed: Breaker, why: Failure | None, for_ns: int) -> None:
        """It is open, tries a group, or is closed again.

        `why` is the last failure, None if it is closed; nothing is sent for `for_ns` from now on, 0
        unless it is open.
        """


class PublishBreaker:
    """A circuit breaker for what a producer sends.

    Opens when nothing of it is taken, so that a coordinator that is away, overloaded or refuses it
    is left alone for a while; then one group is tried. See "Circuit Breaker" in Release It!,
    M. Nygard.

               5 failed in a row,
               or BREAKER_OPEN             wait is over             answered
      CLOSED -----------------------> OPEN -----------> HALF_OPEN ---------> CLOSED
                                       ^                    |
                                       +------ failed ------+

    Has no clock: its owner waits as RetryPace says, and says when the wait is over. Not
    thread-safe.
    """

    def __init__(self, listener: BreakerListener) -> None:
        self._listener = listener
        self._last: Failure | None = None
        self._failed_in_a_row = 0
        self.state = Breaker.CLOSED

    @property
    def is_open(self) -> bool:
        """Whether nothing is sent."""
        return self.state is Breaker.OPEN

    def answered(self) -> None:
        """Note that the coordinator took something, or refused it for its own sake."""
        self._failed_in_a_row = 0
        if self.state is Breaker.HALF_OPEN:
            self.state = Breaker.CLOSED
            self._listener.breaker_changed(Breaker.CLOSED, None, 0)

    def failed(self, why: Failure) -> None:
        """Note a refusal that another try may not meet, or the end of a stream."""
        self._last = why
        self._failed_in_a_row += 1
        if (
            self.state is Breaker.HALF_OPEN
            or self._failed_in_a_row >= constants.PUBLISHER_BREAKER_FAILURES_IN_A_ROW
            or why.reason == "BREAKER_OPEN"
        ):
            self.state = Breaker.OPEN

    def waits(self, for_ns: int) -> None:
        """Tell, if the breaker is open, that the owner waits."""
        if self.is_open:
            self._listener.breaker_changed(Breaker.OPEN, self._last, for_ns)

    def probe(self) -> None:
        """Try one group: the wait is over."""
        if self.is_open:
            self.state = Breaker.HALF_OPEN
            self._failed_in_a_row = 0
            self._listener.breaker_changed(Breaker.HALF_OPEN, self._last, 0)
