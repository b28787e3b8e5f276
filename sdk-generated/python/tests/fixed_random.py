"""Randomness of tests."""


class FixedRandom:
    """No jitter: always the longest delay."""

    def randrange(self, stop: int, /) -> int:
        return stop - 1
