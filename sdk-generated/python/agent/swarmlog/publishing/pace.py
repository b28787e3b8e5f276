"""When, and how much, a producer sends."""

from swarmlog.backoff import Backoff
from swarmlog.errors import Failure
from swarmlog.retry_budget import RetryBudget


class SendWindow:
    """How many groups a producer may have in flight.

    After a refusal a single one is tried, then twice as many with each answer, up to what the
    coordinator allows: what lies behind a refused group is sent in vain, so where much is refused
    little is sent. See "slow start", RFC 5681. Pure, not thread-safe.
    """

    def __init__(self) -> None:
        # 1 <= allowed <= most.
        self._most = 1
        self._allowed = 1

    def open(self, groups: int) -> None:
        """Begin with a stream that takes so many."""
        self._most = max(1, groups)
        self._allowed = self._most

    def shrink(self) -> None:
        """Send one, and no other before it is answered."""
        self._allowed = 1

    def grow(self) -> None:
        """Note that one was answered as it should be."""
        self._allowed = min(self._most, 2 * self._allowed)

    def has_room(self, in_flight: int) -> bool:
        """Whether another one may be sent."""
        return in_flight < self._allowed


class RetryPace:
    """When a producer sends again, or comes back.

    What the coordinator says of this publisher alone (`Failure.wait_told_ns`) is obeyed to the
    letter; everything else follows the backoff, and its upper half beyond the retry budget and
    while the breaker is open. Pure, not thread-safe.
    """

    def __init__(self, backoff: Backoff) -> None:
        self._backoff = backoff
        self._budget = RetryBudget.of_producers()

    def welcomed(self, now_ns: int) -> None:
        """Note that a stream is open."""
        self._backoff.succeeded(now_ns)

    def appended(self, now_ns: int) -> None:
        """Note that a group was appended."""
        self._backoff.succeeded(now_ns)
        self._budget.succeeded()

    def after_refusal_ns(self, why: Failure, now_ns: int, *, is_open: bool) -> int:
        """How long to wait after a group was refused.

        Those behind it are no retries of their own: they were refused for it. `is_open` says
        whether the breaker is.
        """
        told_ns = why.wait_told_ns
        if told_ns is not None:
            return self._backoff.told_delay_ns(told_ns)
        if not is_open and self._budget.take():
            return self._backoff.next_delay_ns(now_ns, why.retry_after_ns)
        return self._backoff.long_delay_ns(now_ns, why.retry_after_ns)

    def after_end_ns(self, why: Failure, now_ns: int, *, lost: bool, is_open: bool) -> int:
        """How long to wait before another stream is opened.

        `lost` says whether the one before had been welcomed, `is_open` whether the breaker is.
        """
        told_ns = why.wait_told_ns
        if told_ns is not None:
            return self._backoff.told_delay_ns(told_ns)
        if is_open:
            return self._backoff.long_delay_ns(now_ns, why.retry_after_ns)
        if lost:
            return self._backoff.delay_after_loss_ns(now_ns, why.retry_after_ns)
        return self._backoff.next_delay_ns(now_ns, why.retry_after_ns)
