"""When to try again."""

from typing import Final, Protocol

from swarmlog.units import NS_PER_MS
from swarmlog.v1 import constants

_FIRST_CEILING_NS: Final = constants.BACKOFF_FIRST_CEILING_MS * NS_PER_MS
LAST_CEILING_NS: Final = constants.BACKOFF_LAST_CEILING_MS * NS_PER_MS
STABLE_NS: Final = constants.BACKOFF_STABLE_MS * NS_PER_MS
_ATTEMPT_AFTER_LOSS: Final = constants.BACKOFF_ATTEMPT_AFTER_LOSS
_LEAST_JITTER_NS: Final = constants.BACKOFF_LEAST_TOLD_JITTER_MS * NS_PER_MS
_JITTER_DIVISOR: Final = constants.BACKOFF_TOLD_JITTER_DIVISOR
# Far beyond the last ceiling; keeps the shift below small.
_MAX_SHIFT: Final = 30


class Randomness(Protocol):
    """Where jitter comes from; `random.Random` is one."""

    def randrange(self, stop: int, /) -> int:
        """A number from 0 on, below `stop`."""


class Backoff:
    """Exponential backoff with full jitter.

    The n-th delay is uniform between 0 and min(30 s, 100 ms x 2^n), so a thousand agents that lost
    their coordinator together do not come back together. After the loss of a session that was
    established, n begins at 3: uniform between 0 and 800 ms. See "Exponential Backoff And Jitter",
    AWS Architecture Blog, 2015.

    What succeeded for a stable period starts again from the beginning; what only connected to be
    thrown out does not. Pure: time and randomness come from outside. Not thread-safe.
    """

    def __init__(self, random: Randomness) -> None:
        self._random = random
        self._attempt = 0
        self._succeeded_at_ns: int | None = None

    def succeeded(self, now_ns: int) -> None:
        """Things work at this time; the first such moment since the last delay counts."""
        if self._succeeded_at_ns is None:
            self._succeeded_at_ns = now_ns

    def reset(self) -> None:
        """Start the next one from the beginning."""
        self._attempt = 0
        self._succeeded_at_ns = None

    def next_delay_ns(self, now_ns: int, at_least_ns: int | None = None) -> int:
        """How long to wait before the next attempt.

        `at_least_ns` is what the other side asked for; jitter comes on top of it.
        """
        return (at_least_ns or 0) + self._up_to(self._next_ceiling_ns(now_ns))

    def delay_after_loss_ns(self, now_ns: int, at_least_ns: int | None = None) -> int:
        """As `next_delay_ns`, where many may have lost the same thing at this moment."""
        self._restart_if_stable(now_ns)
        self._attempt = max(self._attempt, _ATTEMPT_AFTER_LOSS)
        return self.next_delay_ns(now_ns, at_least_ns)

    def long_delay_ns(self, now_ns: int, at_least_ns: int | None = None) -> int:
        """As `next_delay_ns`, but in the upper half of the interval."""
        half_ns = self._next_ceiling_ns(now_ns) // 2
        return (at_least_ns or 0) + half_ns + self._up_to(half_ns)

    def told_delay_ns(self, told_ns: int) -> int:
        """Just what the other side said, and up to a tenth more.

        So those who were told the same do not come at once. Not an attempt: the next delay is none
        the longer for it.
        """
        jitter_ns = min(LAST_CEILING_NS, max(_LEAST_JITTER_NS, told_ns // _JITTER_DIVISOR))
        return told_ns + self._up_to(jitter_ns)

    def any_delay_ns(self) -> int:
        """Any time up to the longest there is.

        For those who were told to wait by somebody who is not there any more. Not an attempt.
        """
        return self._up_to(LAST_CEILING_NS)

    def _up_to(self, most: int) -> int:
        return self._random.randrange(most + 1)

    def _next_ceiling_ns(self, now_ns: int) -> int:
        self._restart_if_stable(now_ns)
        ceiling_ns = min(LAST_CEILING_NS, _FIRST_CEILING_NS << min(self._attempt, _MAX_SHIFT))
        self._attempt += 1
        return ceiling_ns

    def _restart_if_stable(self, now_ns: int) -> None:
        if self._succeeded_at_ns is not None and now_ns - self._succeeded_at_ns >= STABLE_NS:
            self._attempt = 0
        self._succeeded_at_ns = None
