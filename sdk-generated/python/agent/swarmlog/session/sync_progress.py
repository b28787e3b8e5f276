"""How far one sync of a lane has come."""

from __future__ import annotations

from collections.abc import Sequence

from swarmlog.names import Log
from swarmlog.session.deliveries import is_same, keys_misfit
from swarmlog.session.reports import SyncReport
from swarmlog.session.scopes import Scope
from swarmlog.v1 import delivery_pb2, position_pb2, resume_pb2, sync_pb2


class SyncProgress:
    """How far one sync of a lane has come.

    Deliveries up to the target, pages of keyed state at the target, the receipt. Answers what is to
    be committed as interrupted with each step. Begins anew with each stream.
    """

    def __init__(
        self,
        plan: resume_pb2.LogPlan,
        stands: position_pb2.Position,
        committed: resume_pb2.LogResume | None,
    ) -> None:
        self._from = stands
        self.target = plan.target if plan.HasField("target") else plan.head
        """Where it ends."""
        self._plan = plan
        self._scopes = [Scope.from_message(scope) for scope in plan.snapshot_scopes]
        goes_on = committed is not None and is_same(committed.snapshot.position, self.target)
        # How far an interrupted snapshot had come that goes on here.
        self._before = (
            committed.snapshot
            if committed is not None and goes_on
            else resume_pb2.SnapshotResume(position=self.target)
        )
        # Set from the first moment on in which a snapshot is what would be interrupted.
        self._snapshot = self._before if goes_on or plan.plan == resume_pb2.PLAN_SNAPSHOT else None
        # The scope of the next page, an index; and what it may at most start behind.
        self._scope_index = 0
        self._after_key = self._first_after_key()
        self.receipt: sync_pb2.SyncReceipt | None = None
        """What the agent must hold in the end; None until it has come."""
        self._received = 0
        self._paged = 0
        self._redundant = 0

    @staticmethod
    def fell_behind(stands: position_pb2.Position, head: position_pb2.Position) -> SyncProgress:
        """The sync of a live lane that fell behind."""
        plan = resume_pb2.LogPlan(
            plan=resume_pb2.PLAN_DELTA, target=head, base_op_id=stands.op_id, exact=True
        )
        return SyncProgress(plan, stands, None)

    @property
    def begins_snapshot(self) -> bool:
        """Whether all keyed state will come, and no page of it has been applied yet."""
        return self._plan.plan == resume_pb2.PLAN_SNAPSHOT and not self._before.HasField("scope")

    def after(self, to: position_pb2.Position) -> resume_pb2.LogResume:
        """What is committed with a delivery up to a position."""
        if self._snapshot is not None:
            return resume_pb2.LogResume(position=to, snapshot=self._snapshot)
        triple = resume_pb2.ResumeTriple(
            base_op_id=self._plan.base_op_id,
            cursor_op_id=to.op_id,
            target_op_id=self.target.op_id,
            exact=self._plan.exact or to.op_id == self.target.op_id,
        )
        return resume_pb2.LogResume(position=to, triple=triple)

    def may_be_asked(self, at: position_pb2.Position) -> bool:
        """Whether it is time to be asked what is held: the events have come, the state has not."""
        return self._plan.compares and is_same(at, self.target)

    def page_misfit(self, page: delivery_pb2.SnapshotPage) -> str | None:
        """Why the page cannot be the next one; None if it can, or has been applied already."""
        if not is_same(page.position, self.target):
            return (
                f"Expected keyed state as of operation {self.target.op_id}, "
                f"but got some as of operation {page.position.op_id}"
            )
        scope = Scope.from_message(page.scope)
        if scope not in self._scopes:
            return f"Expected keyed state of the scopes in the plan, but got some of {scope}"
        index = self._scopes.index(scope)
        skips = index > self._scope_index or (
            index == self._scope_index and page.after_key > self._after_key
        )
        if skips and not self._plan.compares:
            return (
                f"Expected the keys of {self._next_scope() or 'no scope'} "
                f"behind '{self._after_key}', but got those of {scope} behind '{page.after_key}'"
            )
        return keys_misfit(page)

    def is_behind(self, page: delivery_pb2.SnapshotPage) -> bool:
        """Whether the page lies behind what has been applied: it changes nothing."""
        index = self._scopes.index(Scope.from_message(page.scope))
        return index < self._scope_index or (
            index == self._scope_index
            and page.through_key != ""
            and page.through_key <= self._after_key
        )

    def advance(self, page: delivery_pb2.SnapshotPage) -> resume_pb2.LogResume:
        """Take the page as the one before the next; answers what is committed with it."""
        self._scope_index = self._scopes.index(Scope.from_message(page.scope))
        self._after_key = page.through_key
        if not self._after_key:
            self._scope_index += 1
            self._after_key = self._first_after_key()
        self._snapshot = resume_pb2.SnapshotResume(
            position=self.target, scope=page.scope, last_key=page.through_key
        )
        return resume_pb2.LogResume(position=self.target, snapshot=self._snapshot)

    @property
    def pending(self) -> Sequence[Scope]:
        """The scopes whose pages have not all come."""
        return self._scopes[self._scope_index :]

    def delivered(self, operations: int) -> None:
        """Count what came in a delivery."""
        self._received += operations

    def paged(self, operations: int) -> None:
        """Count what came in a page."""
        self._paged += operations

    def applied(self, redundant: int) -> None:
        """Count what changed nothing."""
        self._redundant += redundant

    def end_misfit(self, end: position_pb2.Position) -> str | None:
        """Why the sync cannot end at a position yet; None if it can."""
        if not is_same(end, self.target):
            return (
                f"Expected the sync to end at its target {self.target.op_id}, "
                f"but it ends at {end.op_id}"
            )
        missing = self._next_scope()
        if missing is not None and not self._plan.compares:
            return f"Expected the keyed state of {missing}, but the sync ends without it"
        if self.receipt is None or self.receipt.target.op_id != self.target.op_id:
            return (
                f"Expected a receipt for operation {self.target.op_id} "
                "before the end of the sync, but there is none"
            )
        return None

    def report(self, sum_mismatches: Sequence[str]) -> SyncReport:
        """The outcome, with what the ledger found."""
        mismatches = list(sum_mismatches)
        receipt = self.receipt
        if receipt is not None and receipt.sent_count != self._received:
            mismatches.append(
                f"Expected {receipt.sent_count} operations, but {self._received} came"
            )
        if receipt is not None and receipt.snapshot_count != self._paged:
            mismatches.append(
                f"Expected {receipt.snapshot_count} operations in pages of keyed state, "
                f"but {self._paged} came"
            )
        counts = receipt or sync_pb2.SyncReceipt()
        return SyncReport(
            log=Log(self.target.log),
            from_=self._from,
            target=self.target,
            plan=self._plan.plan,
            exact=self._plan.exact,
            received=self._received,
            paged=self._paged,
            redundant=self._redundant,
            superseded=counts.superseded_count,
            net_zero=counts.net_zero_count,
            expired=counts.expired_count,
            mismatches=mismatches,
        )

    def _next_scope(self) -> Scope | None:
        return self._scopes[self._scope_index] if self._scope_index < len(self._scopes) else None

    def _first_after_key(self) -> str:
        """What the first page of a scope may at most start behind."""
        scope = self._next_scope()
        before = self._before
        begun = before.HasField("scope") and Scope.from_message(before.scope) == scope
        return before.last_key if begun else ""
