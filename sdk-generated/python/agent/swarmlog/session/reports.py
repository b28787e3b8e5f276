"""What is told of a sync and of a repair."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from swarmlog.names import Log
from swarmlog.session.batch import Batch
from swarmlog.session.deliveries import is_same_history, repair_scope
from swarmlog.session.scopes import Scope
from swarmlog.v1 import drift_pb2, position_pb2, resume_pb2

_KEYS_IN_TEXT = 10


@dataclass(frozen=True, slots=True)
class SyncReport:
    """How a sync of one log ended: what came, and whether the agent holds what it should hold."""

    log: Log
    from_: position_pb2.Position
    """Where the agent stood."""
    target: position_pb2.Position
    """Where it stands now."""
    plan: resume_pb2.Plan
    """PLAN_DELTA also where a live agent fell behind."""
    exact: bool
    """The coordinator knew what the agent held; then `redundant` is expected to be 0."""
    received: int
    """Operations that came: of the delta, not of snapshot pages."""
    paged: int
    """Operations that came in snapshot pages."""
    redundant: int
    """Keyed ones among `received` that changed nothing; 0 without a key index."""
    superseded: int
    """Keyed operations that did not come, because a later one on the key made them unnecessary.

    As the coordinator counts them; as the next two.
    """
    net_zero: int
    """Keys that were touched and have the value again that the agent held: nothing came."""
    expired: int
    """Events that did not come, because their time was over."""
    mismatches: Sequence[str]
    """Where the agent's sums and counts differ from the coordinator's, in words.

    Empty if it is proven that the agent holds what it should hold.
    """

    def __str__(self) -> str:
        other = "" if is_same_history(self.from_, self.target) else " of another history"
        plan = resume_pb2.Plan.Name(self.plan).removeprefix("PLAN_").lower()
        pages = f" and {self.paged} in pages" if self.paged else ""
        return (
            f"{self.log.label} {self.from_.op_id} -> {self.target.op_id}{other} by {plan}, "
            f"{'exact' if self.exact else 'not exact'}: {self.received} received{pages}, "
            f"{self.redundant} redundant, {self.superseded} superseded, {self.net_zero} net zero, "
            f"{self.expired} expired, "
            + (f"mismatch: {'; '.join(self.mismatches)}" if self.mismatches else "no mismatch")
        )


@dataclass(frozen=True, slots=True)
class RepairReport:
    """What an agent held of a scope was not what the log holds, and the coordinator mended it."""

    position: position_pb2.Position
    """Where the agent stood."""
    scope: Scope
    """Where it differed."""
    keys: Sequence[str]
    """Whose values were set or deleted; each was handed to the handler.

    What is found in several steps is told in several reports.
    """
    events: bool
    """Whether the events that had been counted differed: some were lost, or came twice.

    They cannot be mended; from now on the coordinator's count holds.
    """
    good_op_id: int
    """The last operation at which the agent is known to have held what it should.

    What went wrong happened behind it; 0 if that is not known.
    """

    @staticmethod
    def of(repair: drift_pb2.Repair, applied: Batch) -> RepairReport:
        """Read it from a repair and the batch that it became."""
        return RepairReport(
            applied.to,
            repair_scope(repair),
            tuple(message.key for message in applied.messages),
            repair.HasField("events"),
            repair.good_op_id,
        )

    def __str__(self) -> str:
        keys = ", ".join(self.keys[:_KEYS_IN_TEXT])
        more = ", …" if len(self.keys) > _KEYS_IN_TEXT else ""
        named = f" ({keys}{more})" if keys else ""
        events = ", events lost or doubled" if self.events else ""
        since = (
            f"in order until operation {self.good_op_id}"
            if self.good_op_id
            else "not known since when"
        )
        return (
            f"{self.scope} at operation {self.position.op_id}: "
            f"{len(self.keys)} keys repaired{named}{events}, {since}"
        )
