"""Timers of an agent's session."""

from __future__ import annotations

import enum
from typing import NamedTuple

from swarmlog.names import Log


class TimerKind(enum.Enum):
    """What a timer is for."""

    HANDSHAKE = enum.auto()
    HEARTBEAT = enum.auto()
    RECONNECT = enum.auto()
    RETRY = enum.auto()
    NACK = enum.auto()
    BREAKER = enum.auto()
    FLUSH = enum.auto()
    SUMS = enum.auto()


class TimerKey(NamedTuple):
    """A timer; starting it again replaces it."""

    kind: TimerKind
    lane: Log | None = None
    """None for timers of the whole session."""
