"""Which failures deserve a line in the log."""

from collections.abc import Hashable
from typing import Final

from swarmlog.errors import Failure
from swarmlog.units import NS_PER_SECOND

QUIET_NS: Final = 60 * NS_PER_SECOND
MAX_CAUSES: Final = 100
"""Beyond, the one that was logged first is forgotten."""


class RepeatedFailures:
    """Which failures deserve a line in the log: of each cause one a minute.

    So a handler whose database is away, or an agent whose coordinator is, does not fill the disk.
    Pure, not thread-safe.
    """

    def __init__(self) -> None:
        # When it was logged last, and how many were left out since; in the order of logging.
        self._causes: dict[Hashable, list[int]] = {}

    def count(self, cause: Hashable, now_ns: int) -> int | None:
        """Count a failure; `cause` is equal to those of the same cause.

        How many of the same cause were left out since one was logged; None if this is to be left
        out, too.
        """
        before = self._causes.get(cause)
        if before is not None and now_ns - before[0] < QUIET_NS:
            before[1] += 1
            return None
        self._causes.pop(cause, None)
        if len(self._causes) == MAX_CAUSES:
            del self._causes[next(iter(self._causes))]
        self._causes[cause] = [now_ns, 0]
        return 0 if before is None else before[1]


def place_of(thrown: BaseException) -> Hashable:
    """What was thrown and where: a cause that many exceptions have in common."""
    at = thrown.__traceback__
    while at is not None and at.tb_next is not None:
        at = at.tb_next
    place = None if at is None else (at.tb_frame.f_code.co_filename, at.tb_lineno)
    return type(thrown), place


def cause_of(why: Failure) -> Hashable:
    """What failures have in common of which one a minute is enough."""
    return why.reason, why.code, type(why.cause)


def others(left_out: int) -> str:
    """What the end of a line says of those that were left out before it; empty for none."""
    return f" (and {left_out} times before, which were not logged)" if left_out else ""
