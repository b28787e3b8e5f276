"""When a lane reports its sums."""

from __future__ import annotations

from swarmlog.v1 import constants


class SumsSchedule:
    """When a lane reports its sums with an ack.

    At most once per interval of the coordinator, after something was applied, and right after each
    repair. Where the user's own state is compared, each report is of that: at most once per
    interval of the user's, also of an idle agent, since state can rot while nothing happens. The
    lane starts the timer.
    """

    def __init__(self, state_interval_ns: int | None) -> None:
        """`state_interval_ns` None: the key index is what is reported."""
        self._state_interval_ns = state_interval_ns
        self.accepted = False
        """Whether queries and repairs come."""
        # 0: only after repairs.
        self._interval_ns = 0
        # These outlive streams: the coordinator remembers when it looked, too.
        self._elapsed = True
        self._reported_before = False
        self._unreported = True
        self._repaired = False

    def expect(self, drift: bool, drift_interval_ns: int) -> None:
        """Take over what the coordinator of the session wants."""
        self.accepted = drift
        self._interval_ns = drift_interval_ns if drift else 0

    @property
    def heals(self) -> bool:
        """Whether the coordinator looks at sums by itself, and mends what differs."""
        return self._interval_ns > 0

    @property
    def compares_state(self) -> bool:
        """Whether the user's own state is what is reported."""
        return self._state_interval_ns is not None

    def attach(self) -> None:
        """Nothing was reported on this stream."""
        self._unreported = True
        self._repaired = False

    def applied(self) -> None:
        """Something was applied."""
        self._unreported = True

    def repaired(self) -> None:
        """A repair was applied."""
        self._repaired = True

    def elapsed(self) -> None:
        """The interval is over."""
        self._elapsed = True

    @property
    def is_due(self) -> bool:
        """Whether it is time to report."""
        return self._repaired or (
            self.heals and self._elapsed and (self._unreported or self.compares_state)
        )

    def reported(self) -> int:
        """The sums are on their way; answers after how many ns to look again, 0 if never.

        The first ones may come too soon for a coordinator that looked at those of an agent that ran
        before: they are repeated.
        """
        self._unreported = not self._reported_before
        self._reported_before = True
        self._repaired = False
        self._elapsed = not self.heals
        if not self.heals:
            return 0
        at_least_ns = max(self._interval_ns, self._state_interval_ns or 0)
        # The coordinator counts from when it got the last sums, and the way there may have been
        # quicker.
        return at_least_ns + at_least_ns // constants.SESSION_SUMS_SLACK_DIVISOR
