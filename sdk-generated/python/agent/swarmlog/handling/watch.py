"""What others may know of a lane's run."""

from __future__ import annotations

import asyncio
import time

from swarmlog.units import NS_PER_MS


class RunWatch:
    """What others may know of a lane's run. Written by the run, read by anyone."""

    def __init__(self) -> None:
        self._started_ns: int | None = None
        self._aborted = False

    def call_begins(self) -> None:
        """A handler is about to be called."""
        self._started_ns = time.monotonic_ns()

    def run_ends(self) -> None:
        """No handler is called any more."""
        self._started_ns = None

    def abort(self) -> None:
        """The run is about to be cancelled."""
        self._aborted = True

    def raise_if_aborted(self, cancelled: asyncio.CancelledError) -> None:
        """Go on cancelling where it is the run that was cancelled, and not a task of the user's."""
        if self._aborted:
            raise cancelled

    @property
    def running_ms(self) -> int:
        """How long the call of a handler that is under way has been running; 0 if there is none."""
        started_ns = self._started_ns
        return 0 if started_ns is None else (time.monotonic_ns() - started_ns) // NS_PER_MS
