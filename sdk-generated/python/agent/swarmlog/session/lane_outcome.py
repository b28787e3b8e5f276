"""What a frame, or a step that is done, means for the session."""

from __future__ import annotations

from dataclasses import dataclass

from swarmlog.session.reports import RepairReport, SyncReport
from swarmlog.v1 import position_pb2


@dataclass(frozen=True, slots=True)
class Resync:
    """The stream does not fit, or what is held does not: connect again and resume from it."""

    why: str
    report: SyncReport | None = None
    """If a sync ended with that."""


@dataclass(frozen=True, slots=True)
class CaughtUp:
    """The lane has caught up."""

    report: SyncReport | None
    """If a sync ended with that."""


@dataclass(frozen=True, slots=True)
class FellBehind:
    """The lane has fallen behind."""

    head: position_pb2.Position


@dataclass(frozen=True, slots=True)
class Mended:
    """What the agent held differed, and was mended."""

    report: RepairReport


@dataclass(frozen=True, slots=True)
class Dropped:
    """Telemetry was lost."""

    count: int


LaneOutcome = Resync | CaughtUp | FellBehind | Mended | Dropped | None
"""None: nothing."""
