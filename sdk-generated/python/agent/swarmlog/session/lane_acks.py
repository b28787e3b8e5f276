"""What a lane tells the coordinator of what is committed."""

from __future__ import annotations

from typing import Protocol

from swarmlog.names import Log
from swarmlog.session.deliveries import is_same
from swarmlog.session.lane_step import Compared, Delivered, LaneStep, PreparedStep, Repaired
from swarmlog.session.resume_point import reported
from swarmlog.session.sums_schedule import SumsSchedule
from swarmlog.session.timer_key import TimerKey, TimerKind
from swarmlog.v1 import drift_pb2, position_pb2, resume_pb2, session_pb2


class AckOutput(Protocol):
    """What telling needs."""

    def send_ack(self, ack: session_pb2.Ack) -> None:
        """Tell the coordinator what is durably applied."""

    def send_digests(self, log: Log, report: drift_pb2.DigestReport) -> None:
        """Answer a query."""

    def start_timer(self, key: TimerKey, delay_ns: int) -> None:
        """Start a timer; one with the same key is replaced."""


class LaneAcks:
    """What a lane tells the coordinator of what is committed.

    Positions, at times with the sums there (see `SumsSchedule`), and answers to queries.
    """

    def __init__(self, log: Log, output: AckOutput, sums: SumsSchedule) -> None:
        self._log = log
        self._output = output
        self._sums = sums
        # On this stream.
        self._last_repair_id = 0
        # When operations were applied last, and up to where; None if that is not known.
        self._applied_to: position_pb2.Position | None = None
        self._applied_unix_ns = 0

    def attach(self) -> None:
        """A stream is open, on which nothing was told."""
        self._sums.attach()
        self._last_repair_id = 0

    def position(self, applied: position_pb2.Position) -> None:
        """Acknowledge a position, and say nothing of what is held there."""
        self._output.send_ack(self._ack(applied))

    def applied(self, step: LaneStep, unix_ns: int) -> None:
        """A step is committed, whether or not there is a stream to tell it on.

        `unix_ns` is when that was, by the agent's clock.
        """
        if isinstance(step.content, Delivered) and step.content.operations:
            self._applied_to = step.to
            self._applied_unix_ns = unix_ns

    def committed(
        self,
        step: LaneStep,
        done: PreparedStep,
        before: position_pb2.Position | None,
        inside_sync: bool,
    ) -> None:
        """A step is committed.

        `before` is the position that was committed before, if there was one; `inside_sync`: sums
        mean nothing yet.
        """
        moves = before is None or before.op_id != step.to.op_id
        if isinstance(step.content, Compared):
            self.report(done.after, with_state=done.unread is None)
        elif done.digests is not None:
            if moves:
                self._sums.applied()
                self.position(step.to)
            self._output.send_digests(self._log, done.digests)
        else:
            self._sums.applied()
            if isinstance(step.content, Repaired):
                self._sums.repaired()
                self._last_repair_id = step.content.repair.repair_id
            if self._sums.is_due and not inside_sync and not self._sums.compares_state:
                self.report(done.after, with_state=True)
            elif moves or not step.repairs:
                # What the user holds after a repair is found out first.
                self.position(step.to)

    def report(self, committed: resume_pb2.LogResume, with_state: bool) -> None:
        """Acknowledge what is committed, with its sums.

        `with_state` False: what is held of the keys could not be found out.
        """
        ack = self._ack(committed.position)
        ack.sums.extend(reported(committed, with_state))
        self._output.send_ack(ack)
        again_ns = self._sums.reported()
        if again_ns > 0:
            self._output.start_timer(TimerKey(TimerKind.SUMS, self._log), again_ns)

    def _ack(self, applied: position_pb2.Position) -> session_pb2.Ack:
        """That only the position moved to `applied`, or that it was long ago, has no time."""
        ack = session_pb2.Ack(applied=applied, last_repair_id=self._last_repair_id)
        if self._applied_to is not None and is_same(self._applied_to, applied):
            ack.applied_unix_nano = self._applied_unix_ns
        return ack
