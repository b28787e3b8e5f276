"""The unanswered groups of a producer."""

from collections import deque
from typing import Generic, TypeVar

from swarmlog.v1 import publishing_pb2

T = TypeVar("T")


class Entry(Generic[T]):
    """A group that has not been answered."""

    __slots__ = ("bytes", "group", "lingers", "number", "refused_behind_gap", "token")

    def __init__(self, token: T, group: publishing_pb2.PublishGroup) -> None:
        self.token = token
        self.group = group
        # Serialized, without its number.
        self.bytes = group.ByteSize()
        # 0 until it is sent.
        self.number = 0
        # An attempt under this number was left unanswered on a broken stream.
        self.lingers = False
        # An attempt came after the gap was there: it was not in the log then.
        self.refused_behind_gap = False


class PublishQueue(Generic[T]):
    """The unanswered groups of a producer in the order of publishing, which is that of numbers.

    First those refused on this stream and to be sent again, then those in flight on it, then the
    unsent. Not thread-safe. T is what the caller knows a group by.
    """

    def __init__(self) -> None:
        self._returned: deque[Entry[T]] = deque()
        self._in_flight: deque[Entry[T]] = deque()
        self._unsent: deque[Entry[T]] = deque()

    @property
    def is_empty(self) -> bool:
        """Nothing waits for its answer."""
        return not (self._returned or self._in_flight or self._unsent)

    @property
    def in_flight(self) -> int:
        """How many are sent and not answered."""
        return len(self._in_flight)

    def offer(self, token: T, group: publishing_pb2.PublishGroup) -> None:
        """Take another one."""
        self._unsent.append(Entry(token, group))

    def next_unsent(self) -> Entry[T] | None:
        """The next to be sent, if there is one."""
        return self._unsent[0] if self._unsent else None

    def send(self) -> None:
        """Move the next unsent into flight."""
        self._in_flight.append(self._unsent.popleft())

    def take_next_unsent(self) -> Entry[T]:
        """Take the next unsent out for good."""
        return self._unsent.popleft()

    def oldest_in_flight(self) -> Entry[T] | None:
        """The oldest in flight, whose answer comes next."""
        return self._in_flight[0] if self._in_flight else None

    def take_oldest_in_flight(self) -> Entry[T]:
        """Take the oldest in flight out: it has been answered."""
        return self._in_flight.popleft()

    def give_back(self, refused: Entry[T]) -> None:
        """Keep a refused one for another try."""
        self._returned.append(refused)

    def linger_in_flight(self) -> None:
        """Note that attempts in flight will not be answered any more."""
        for entry in self._in_flight:
            entry.lingers = True

    def rewind(self) -> None:
        """Make everything unsent again."""
        self._unsent.extendleft(reversed(self._in_flight))
        self._in_flight.clear()
        self._unsent.extendleft(reversed(self._returned))
        self._returned.clear()

    def any_lingers(self) -> bool:
        """Whether an attempt of any unsent one may still reach the log under its number."""
        return any(entry.lingers for entry in self._unsent)

    def take_lingering(self) -> list[Entry[T]]:
        """Take out for good the unsent of which an attempt may have reached the log, in order."""
        taken = [entry for entry in self._unsent if _may_be_appended(entry)]
        self._unsent = deque(entry for entry in self._unsent if not _may_be_appended(entry))
        return taken

    def forget_numbers(self) -> None:
        """Take the numbers of all unsent back.

        Only where none of their attempts can reach the log any more.
        """
        for entry in self._unsent:
            entry.number = 0
            entry.lingers = False
            entry.refused_behind_gap = False

    def drain(self) -> list[Entry[T]]:
        """Take everything out, in order."""
        self.rewind()
        everything = list(self._unsent)
        self._unsent.clear()
        return everything

    def put_back(self, entry: Entry[T]) -> None:
        """Put one of those taken out back, behind all others."""
        self._unsent.append(entry)


def _may_be_appended(entry: Entry[T]) -> bool:
    return entry.lingers and not entry.refused_behind_gap
