"""Randomness that can be foretold."""

import math
import random

from swarmlog.backoff import Randomness


class FractionRandom:
    """Always the same part of the range."""

    def __init__(self, fraction: float) -> None:
        """Make one; ValueError unless it is from 0 up to and without 1."""
        if not 0 <= fraction < 1:
            raise ValueError(f"Expected a fraction from 0 up to and without 1, but got {fraction}")
        self._fraction = fraction

    def randrange(self, stop: int, /) -> int:
        """That part of the range."""
        return math.floor(self._fraction * stop)


def randomness(fraction: float | None) -> Randomness:
    """As users have it, if there is none."""
    return random.Random() if fraction is None else FractionRandom(fraction)
