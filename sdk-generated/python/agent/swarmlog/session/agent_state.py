"""What an agent is doing."""

from __future__ import annotations

import enum


class AgentState(enum.Enum):
    """What an agent is doing."""

    WAITING = "waiting"
    """Not connected; the next try comes by itself."""
    CONNECTING = "connecting"
    CATCHING_UP = "catching up"
    """Connected, and not at the head of every log yet."""
    LIVE = "live"
    DRAINING = "draining"
    """Reads nothing more, and finishes what handlers have."""
    CLOSED = "closed"
    FAILED = "failed"
    """Stopped for good: trying again would give the same answer."""

    @property
    def is_final(self) -> bool:
        """Whether no other state follows."""
        return self in {AgentState.CLOSED, AgentState.FAILED}
