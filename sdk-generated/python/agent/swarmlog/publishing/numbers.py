"""The numbers of a producer's groups."""


class GroupNumbers:
    """The numbers of a producer's groups in its epoch.

    Which comes next, which are used up, and where a group that was refused for good left a gap.
    Pure, not thread-safe.
    """

    def __init__(self) -> None:
        # What Hello says; 0 for a new one.
        self.epoch = 0
        self._next = 1
        # All numbers below have been appended in this epoch.
        self._appended_below = 0
        # The highest that was acknowledged in this epoch; 0 for none.
        self._acknowledged = 0
        # Lowest number freed by a refusal for good that has others behind it; 0 for none.
        self._gap = 0
        # An attempt of the refused group itself may still be on its way, so its number must not be
        # used again.
        self._gap_lingers = False

    @property
    def has_gap(self) -> bool:
        """Whether a group that was refused for good left its number free."""
        return self._gap != 0

    @property
    def gap_lingers(self) -> bool:
        """Whether an attempt of the group that left the gap may still fill it."""
        return self._gap_lingers

    def opened(self, epoch: int, expected: int, first_unanswered: int) -> bool:
        """Note that a stream is open.

        `expected` is the number the coordinator expects next, `first_unanswered` the lowest that
        was sent and not answered, 0 for none. False if the coordinator has lost what it appended
        in this epoch.
        """
        resumed = self.epoch != 0
        self.epoch = epoch
        if resumed and first_unanswered != 0 and expected < first_unanswered:
            return False
        if not resumed or first_unanswered == 0:
            self._next = expected
        self._appended_below = expected
        return True

    def take_lost(self, expected: int) -> int:
        """How many have been acknowledged in this epoch that are not there any more.

        They are told once. `expected` is the number the coordinator expects next.
        """
        lost = max(0, self._acknowledged + 1 - expected)
        self._acknowledged -= lost
        return lost

    def take(self) -> int:
        """Take the next number."""
        taken = self._next
        self._next += 1
        return taken

    def appended(self, number: int) -> None:
        """Note that the group of this number is in the log."""
        self._acknowledged = max(self._acknowledged, number)
        self._appended_below = max(self._appended_below, number + 1)
        if self._gap != 0 and number > self._gap:
            # The refused number was used up after all, or this could not have been appended.
            self._forget_gap()

    def is_used_up(self, number: int) -> bool:
        """Whether a group of this number is in the log."""
        return number < self._appended_below

    def free(self, number: int, *, lingers: bool) -> None:
        """Note that a group was refused for good and did not use its number up.

        `lingers` says whether another attempt of it may.
        """
        self._gap = number if self._gap == 0 else min(self._gap, number)
        self._gap_lingers |= lingers

    def is_behind_gap(self, number: int) -> bool:
        """Whether it cannot be appended for the gap; 0 is a number that is yet to be given."""
        return self._gap != 0 and (number == 0 or number > self._gap)

    def go_on_at_gap(self) -> None:
        """Go on at the gap. Only where nothing can fill it that was sent before."""
        self._next = self._gap
        self._forget_gap()

    def begin_epoch(self) -> None:
        """Have all earlier attempts fenced by the next Hello."""
        self.epoch = 0
        self._acknowledged = 0
        self._forget_gap()

    def _forget_gap(self) -> None:
        self._gap = 0
        self._gap_lingers = False
