"""How much may be tried again."""

from swarmlog.v1 import constants


class RetryBudget:
    """What may be tried again because it failed or was refused.

    One retry for so many successes, a few from the start, and never more than a bound saved up. So
    what fails much is not given much more to fail. See "Handling Overload" in Site Reliability
    Engineering, 2016. Pure, not thread-safe.
    """

    def __init__(self, per_retry: int, at_first: int, most: int) -> None:
        self._per_retry = per_retry
        self._most_saved = most * per_retry
        # In successes: 0 <= saved <= most saved.
        self._saved = at_first * per_retry

    @classmethod
    def of_producers(cls) -> "RetryBudget":
        """One retry for ten groups that were appended; 10 from the start, 100 at most."""
        return cls(
            constants.PUBLISHER_SUCCESSES_PER_RETRY,
            constants.PUBLISHER_FIRST_RETRIES,
            constants.PUBLISHER_MOST_RETRIES,
        )

    @classmethod
    def of_handlers(cls) -> "RetryBudget":
        """One retry for two operations that were applied; 10 from the start, 20 at most."""
        return cls(
            constants.HANDLER_SUCCESSES_PER_RETRY,
            constants.HANDLER_FIRST_RETRIES,
            constants.HANDLER_MOST_RETRIES,
        )

    def succeeded(self, times: int = 1) -> None:
        """Something succeeded, so often."""
        self._saved = min(self._most_saved, self._saved + times)

    def take(self) -> bool:
        """Take one retry; false if there is none."""
        if self._saved < self._per_retry:
            return False
        self._saved -= self._per_retry
        return True
