"""What happens after a handler raised."""

from __future__ import annotations

import enum
from collections.abc import Callable, Sequence
from datetime import timedelta

from swarmlog.operation import Operation
from swarmlog.v1 import constants

_MAX_SHIFT = 30


class Decision(enum.Enum):
    """What to do with operations that could not be applied."""

    RETRY = "retry"
    """Call the handler again after a backoff with jitter, 100 ms to 30 s; the lane waits."""

    RETRY_AT_ONCE = "retry at once"
    """Call the handler again at once: twice at most before it is RETRY_LATER.

    And that from the first time on where more than every third try of the lane fails, since what is
    down is not helped by three times the tries.
    """

    RETRY_LATER = "retry later"
    """Go on with the next operation, and have the coordinator give this one again after a while.

    As a new operation, see `Operation.redelivery`. What has been tried too often is parked by the
    coordinator (its setting `parking.attempts`, 5). The lane waits until the coordinator has
    answered, and commits then.

    RETRY instead where the coordinator cannot know the operation: in telemetry, for handlers of
    batches and `EffectStore`, for deletions that the agent makes by itself, with a coordinator that
    does not offer it, and where it says no.
    """

    PARK = "park"
    """Go on with the next operation, and have the coordinator set this one aside.

    Until a person replays or purges it. As RETRY_LATER otherwise.
    """

    SKIP = "skip"
    """Go on as if they had been applied."""

    STOP = "stop"
    """Stop the agent; its cursor stays before them."""


Decide = Callable[[Sequence[Operation], Exception, int], Decision]
"""Decides: what could not be applied, what the handler raised, how often it has been tried by now.

One operation for handlers of operations, all of the batch for handlers of batches and
`EffectStore`. It has been tried at least once; of an operation that is given again, tries before
that count.
"""


class FailurePolicy:
    """Decides what happens after a handler raised. Called on a thread of the agent's.

    The default is `retry_later`: an operation that cannot be applied is tried again at once, and
    then does not hold up the others. Where order counts for more than that, it is `retry`.

    What is no Exception, such as SystemExit, comes as the cause of a RuntimeError. Only a
    KeyboardInterrupt of an `async def` on the main thread is none of the handler's: that may be
    Ctrl-C, and ends the event loop.
    """

    def __init__(self, decide: Decide) -> None:
        self.decide = decide

    def retry_later_in(self, times: int) -> timedelta:
        """The longest wait before an operation is given again, up to a day.

        It is between half of that and all of it. It doubles with each time, from a second to 5
        minutes; override it for something else. `times` is how often the agent has been given the
        operation by now, at least 1.
        """
        longest_ms = constants.HANDLER_FIRST_RETRY_MS << min(times - 1, _MAX_SHIFT)
        return timedelta(milliseconds=min(longest_ms, constants.HANDLER_LAST_RETRY_MS))

    @classmethod
    def retry_later(cls) -> FailurePolicy:
        """Try again at once, twice at most, then have the coordinator give it again.

        And park what fails too often.
        """
        return cls(lambda _operations, _failure, _attempts: Decision.RETRY_AT_ONCE)

    @classmethod
    def park_after(cls, attempts: int) -> FailurePolicy:
        """Try so often, each time later, then park."""
        return cls(_after(attempts, Decision.RETRY_LATER, Decision.PARK))

    @classmethod
    def retry(cls) -> FailurePolicy:
        """Try for ever, in place: nothing is lost and order is kept, while the lane waits."""
        return cls(lambda _operations, _failure, _attempts: Decision.RETRY)

    @classmethod
    def skip_after(cls, attempts: int) -> FailurePolicy:
        """Try so often in place, then skip."""
        return cls(_after(attempts, Decision.RETRY, Decision.SKIP))

    @classmethod
    def stop_after(cls, attempts: int) -> FailurePolicy:
        """Try so often in place, then stop the agent."""
        return cls(_after(attempts, Decision.RETRY, Decision.STOP))


def policy_of(given: FailurePolicy | Decide | None) -> FailurePolicy:
    """The policy, also of a function that decides; `retry_later` of None. TypeError otherwise."""
    if given is None:
        return FailurePolicy.retry_later()
    if isinstance(given, FailurePolicy):
        return given
    if isinstance(given, type) or not callable(given):
        raise TypeError(
            f"Expected a failure policy, or a function that decides, but got {given!r}: give "
            "FailurePolicy.retry_later(), for example."
        )
    return FailurePolicy(given)


def _after(attempts: int, before: Decision, then: Decision) -> Decide:
    return lambda _operations, _failure, tried: before if tried < attempts else then
