"""A circuit breaker for the handler of one lane."""

from __future__ import annotations

import enum
from collections import deque

from swarmlog.backoff import Backoff
from swarmlog.units import NS_PER_MS
from swarmlog.v1 import constants

_FIRST_WAIT_NS = constants.HANDLER_BREAKER_FIRST_WAIT_MS * NS_PER_MS
_LAST_WAIT_NS = constants.HANDLER_BREAKER_LAST_WAIT_MS * NS_PER_MS
# Far beyond the last wait; keeps the shift below small.
_MAX_SHIFT = 30


class _State(enum.Enum):
    CLOSED = enum.auto()
    OPEN = enum.auto()
    HALF_OPEN = enum.auto()


class HandlerBreaker:
    """A circuit breaker for the handler of one lane.

    Opens when the handler refuses nearly everything, so that an agent whose database is away does
    not refuse, and in the end park, all there is. While it is open the lane waits; then one
    operation is tried. See "Circuit Breaker" in Release It!, M. Nygard.

                   8 of 10, 16 of 20 failed          wait is over             applied
        CLOSED ----------------------------> OPEN -----------> HALF_OPEN ---------> CLOSED
                                              ^                    |
                                              +--- failed, wait x2 +

    Has no clock: its owner waits, and says when the wait is over.
    """

    def __init__(self, jitter: Backoff) -> None:
        self._jitter = jitter
        self._state = _State.CLOSED
        # The last outcomes, True for failed.
        self._window: deque[bool] = deque(maxlen=constants.HANDLER_BREAKER_WINDOW)
        # Since it was closed last.
        self._openings = 0

    @property
    def is_open(self) -> bool:
        """Whether the lane is to wait."""
        return self._state is _State.OPEN

    def applied(self, operations: int) -> None:
        """So many operations were applied."""
        if operations <= 0 or self._state is _State.OPEN:
            return
        if self._state is _State.HALF_OPEN:
            self._state = _State.CLOSED
            self._window.clear()
            self._openings = 0
            self._jitter.reset()
            operations -= 1
        self._window.extend([False] * min(operations, constants.HANDLER_BREAKER_WINDOW))

    def failed(self) -> None:
        """One could not be."""
        if self._state is _State.OPEN:
            return
        self._window.append(True)
        judged = len(self._window)
        fails = (
            judged >= constants.HANDLER_BREAKER_LEAST
            and sum(self._window) * 100 >= constants.HANDLER_BREAKER_FAILED_PERCENT * judged
        )
        if self._state is _State.HALF_OPEN or fails:
            self._state = _State.OPEN
            self._window.clear()
            self._openings += 1

    def wait_ns(self) -> int:
        """How long to wait now: 5 s, doubling to 5 min, and jitter."""
        wait_ns = min(_LAST_WAIT_NS, _FIRST_WAIT_NS << min(self._openings - 1, _MAX_SHIFT))
        return self._jitter.next_delay_ns(0, wait_ns)

    def probe(self) -> None:
        """The wait is over: the next operation is tried."""
        if self._state is _State.OPEN:
            self._state = _State.HALF_OPEN
