"""The bound of a publisher's queue."""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import NamedTuple


def check_bound(max_groups: int, max_bytes: int) -> None:
    """Raise ValueError unless there is room for at least one group and one byte."""
    if max_groups < 1 or max_bytes < 1:
        raise ValueError(
            f"Expected room for at least one group and one byte, but got {max_groups} and "
            f"{max_bytes}."
        )


class _Waiting(NamedTuple):
    bytes: int
    take: Callable[[], None]
    granted: "asyncio.Future[bool]"


class QueueBound:
    """The bound of a publisher's queue, in groups and bytes, from publish to answer.

    For one event loop.
    """

    def __init__(self, max_groups: int, max_bytes: int, now_ns: Callable[[], int]) -> None:
        """Give room to so much; `now_ns` is a clock that never goes back."""
        check_bound(max_groups, max_bytes)
        self._max_groups = max_groups
        self._max_bytes = max_bytes
        self._now_ns = now_ns
        # Bytes that hold room: at most the bound, unless a single group is larger.
        self.bytes = 0
        self.closed = False
        # When each took its room, oldest first: answers come in the order of publishing.
        self._since_ns: deque[int] = deque()
        # Those who wait for room, in order.
        self._waiting: deque[_Waiting] = deque()
        self._when_empty: asyncio.Future[None] | None = None

    @property
    def groups(self) -> int:
        """How many hold room: at most the bound."""
        return len(self._since_ns)

    def try_acquire(self, group_bytes: int) -> bool:
        """Take room; false if there is none, or the queue is closed."""
        room = self.groups < self._max_groups and (
            self.groups == 0 or self.bytes + group_bytes <= self._max_bytes
        )
        if self.closed or not room:
            return False
        self._since_ns.append(self._now_ns())
        self.bytes += group_bytes
        return True

    async def acquire(self, group_bytes: int, take: Callable[[], None]) -> bool:
        """Take room once there is some, in the order of asking; false if the queue is closed.

        `take` is called at the very moment there is room, so what it does is in that order, too.
        Who is cancelled while it waits takes nothing.
        """
        if not self._waiting and self.try_acquire(group_bytes):
            take()
            return True
        if self.closed:
            return False
        waiting = _Waiting(group_bytes, take, asyncio.get_running_loop().create_future())
        self._waiting.append(waiting)
        try:
            return await waiting.granted
        finally:
            # One that was cancelled may have been in the way of the others.
            self._grant()

    def release(self, group_bytes: int) -> None:
        """Give the room of the oldest back."""
        self._since_ns.popleft()
        self.bytes -= group_bytes
        self._grant()

    def close(self) -> None:
        """Give no more room."""
        self.closed = True
        self._grant()

    def oldest_waited_ns(self) -> int:
        """How long the oldest has held its room; zero if there is none."""
        return self._now_ns() - self._since_ns[0] if self._since_ns else 0

    async def until_empty(self) -> None:
        """Return when nothing holds room."""
        if self.groups == 0:
            return
        if self._when_empty is None:
            self._when_empty = asyncio.get_running_loop().create_future()
        await asyncio.shield(self._when_empty)

    def _grant(self) -> None:
        while self._waiting:
            waiting = self._waiting[0]
            if not waiting.granted.done():
                if not self.closed and not self.try_acquire(waiting.bytes):
                    break
                waiting.granted.set_result(not self.closed)
                if not self.closed:
                    waiting.take()
            self._waiting.popleft()
        if self.groups == 0 and self._when_empty is not None:
            self._when_empty.set_result(None)
            self._when_empty = None
