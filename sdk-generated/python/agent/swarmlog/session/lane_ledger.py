"""What an agent holds of one log, scope by scope."""

from __future__ import annotations

from collections.abc import Iterable, Sequence, Set

from swarmlog.session import digest_parts, receipt_check
from swarmlog.session.batch import Batch
from swarmlog.session.digests import ZERO
from swarmlog.session.held_key import HeldKey, KeyInterval
from swarmlog.session.held_state import StateSource, maybe_held, take_over
from swarmlog.session.lane_step import (
    Compared,
    Delivered,
    Finished,
    LaneStep,
    Paged,
    PreparedStep,
    Queried,
    Repaired,
    StepDraft,
    SyncStart,
)
from swarmlog.session.redelivery import is_redelivery, restored
from swarmlog.session.resume_point import within
from swarmlog.session.scope_ledger import ScopeLedger
from swarmlog.session.scopes import Scope
from swarmlog.v1 import (
    delivery_pb2,
    drift_pb2,
    operation_pb2,
    position_pb2,
    resume_pb2,
)

_EVENT = operation_pb2.OPERATION_CLASS_EVENT
_KEYED = operation_pb2.OPERATION_CLASS_KEYED


class LaneLedger:
    """What an agent holds of one log, scope by scope.

    Turns each step into the batch the user gets and into what is committed with it, and checks
    receipts.

    Belongs to the lane's handler run, which is one at a time. `prepare` moves the ledger on before
    the step is committed: a step that was prepared is tried until it is committed, or the agent
    stops for good and the next one starts from what is stored.
    """

    def __init__(
        self,
        stored: resume_pb2.LogResume | None,
        keeps_keys: bool,
        held_keys: Iterable[HeldKey],
        source: StateSource | None = None,
    ) -> None:
        """Go on from what is stored.

        Where the keys are not those that the cursor was saved with (`differing`), the sums are of
        the keys there are: so the coordinator notices. `keeps_keys`: the store keeps the key
        index; without it, only events are checked. `held_keys` are those of this log, `source`
        says what the user holds.
        """
        self._keeps_keys = keeps_keys
        self._source = source
        self._last = stored if stored is not None else resume_pb2.LogResume()
        # By plain tuples, too: a Scope equals one.
        self._scopes: dict[tuple[int, str, str], ScopeLedger] = {}
        # Whose keyed state is held, as of the position or as far as the interruption says.
        self._held = {Scope.from_message(scope) for scope in self._last.scopes}
        # Whether it is known which scopes are held; else it is all of the view.
        self._says = bool(self._held) or self._last.HasField("snapshot")
        # Nothing is stored of them but keys: a handler was given some, and the agent crashed.
        self._unsaid: set[Scope] = set()
        for sums in self._last.sums:
            scope = Scope.from_message(sums.scope)
            ledger = ScopeLedger(scope, keeps_keys and bool(sums.state_digest), False)
            if sums.event_hash:
                ledger.take_events(sums.event_count, sums.event_hash)
            self._scopes[scope] = ledger
        for message in self._last.scopes:
            scope = Scope.from_message(message)
            if scope not in self._scopes:
                self._scopes[scope] = ScopeLedger(scope, keeps_keys, True)
        for key in held_keys:
            self._load(key)

    def _load(self, stored: HeldKey) -> None:
        ledger = self._scopes.get(stored.scope) or self._note_unsaid(stored.scope)
        if stored.is_lacking:
            ledger.lacking.note(stored.key, refused=True)
        logged = stored.as_logged()
        if not logged.is_gone:
            ledger.put(stored.key, logged.value_digest)

    @property
    def lacks_keys(self) -> bool:
        """Whether the user's state lacks keys that the agent refused and has not applied since."""
        return any(ledger.lacking for ledger in self._scopes.values())

    @property
    def reads_state(self) -> bool:
        """Whether preparing a step may ask the user's code what is held."""
        return self._source is not None

    def differing(self) -> list[Scope]:
        """The scopes whose keys are not those that the cursor was saved with.

        For a reason other than a crash in the middle of a handler. To be called before the first
        step.
        """
        stored = {Scope.from_message(sums.scope): sums.state_digest for sums in self._last.sums}
        return [
            ledger.scope
            for ledger in self._scopes.values()
            if ledger.is_known and ledger.sums().state_digest != stored.get(ledger.scope, ZERO)
        ]

    def prepare(self, step: LaneStep) -> PreparedStep:
        """The step as the user gets it, and what is committed with it."""
        draft = StepDraft()
        if step.start is not None:
            self._begin(step.start, step.from_op_id, draft)
        match step.content:
            case Delivered() as delivered:
                self._deliver(delivered, draft)
            case Paged() as paged:
                self._page(paged, draft)
            case Finished() as finished:
                self._finish(finished, draft)
            case Queried() as queried:
                self._answer(queried, step.to, draft)
            case Compared():
                for scope, ledger in self._scopes.items():
                    if scope in self._held:
                        self._compare(ledger, draft)
            case Repaired(repair):
                self._repair(repair, draft)
        self._last = self._after(step.resume)
        batch = Batch(
            step.log,
            step.from_op_id,
            step.to,
            draft.operations,
            draft.changed,
            draft.replaced,
            step.repairs,
        )
        return PreparedStep(
            batch,
            self._last,
            frozenset(draft.made),
            draft.redundant,
            draft.mismatches,
            draft.state_differs,
            draft.digests,
            draft.unread,
        )

    def applied(self, step: PreparedStep, refused: Set[int]) -> PreparedStep:
        """Note what the user's state has of a step about to be committed: not what was refused.

        `refused` is which of the operations, by index.
        """
        if not refused and not self.lacks_keys:
            return step
        changed: list[HeldKey] = []
        for i, operation in enumerate(step.batch.messages):
            if operation.operation_class != _KEYED:
                continue
            ledger = self._scopes.get(Scope.of(operation))
            key = operation.key
            if ledger is None or not ledger.lacking.note(key, i in refused):
                continue
            if self._keeps_keys:
                logged = HeldKey(ledger.scope, key, ledger.value_digest(key))
                changed.append(logged.lacking() if i in refused else logged)
        return step.applied(changed, self.lacks_keys)

    def _after(self, resume: resume_pb2.LogResume) -> resume_pb2.LogResume:
        after = resume_pb2.LogResume()
        after.CopyFrom(within(resume, self._scopes.keys()))
        if self._says and not self._held and not after.HasField("snapshot"):
            # No scopes would mean that the agent does not say which it holds. If it is known that
            # it holds none, because its whole view is new, that is a snapshot of which nothing has
            # come.
            after.snapshot.CopyFrom(resume_pb2.SnapshotResume(position=after.position))
        for scope, ledger in self._scopes.items():
            held = scope in self._held
            sums = ledger.sums()
            if held:
                after.scopes.append(sums.scope)
            if not held or not ledger.is_empty:  # Those go without saying.
                after.sums.append(sums)
        return after

    def _begin(self, start: SyncStart, at_op_id: int, draft: StepDraft) -> None:
        fresh = self._last.position.op_id == 0
        view = dict.fromkeys(start.scopes)
        for dropped in list(self._scopes.values()):
            if dropped.scope not in view:
                self._drop(dropped, at_op_id, draft)
        if self._says:
            self._held.intersection_update(view)
        else:
            self._held.update(view)
        ordered: dict[tuple[int, str, str], ScopeLedger] = {}
        for scope in view:
            ledger = self._scopes.get(scope) or self._note_unsaid(scope)
            if scope in self._unsaid:
                ledger.keys_known = self._keeps_keys and (
                    fresh or (self._says and scope not in self._held)
                )
                if fresh and scope in self._held:
                    ledger.take_events(0, ZERO)
            if start.replaces:
                ledger.forget_events()
            ordered[scope] = ledger
        self._scopes = ordered
        self._unsaid.clear()
        self._says = True
        if start.holds_nothing:
            self._held.clear()

    def _note_unsaid(self, scope: Scope) -> ScopeLedger:
        self._unsaid.add(scope)
        ledger = self._scopes[scope] = ScopeLedger(scope, False, False)
        return ledger

    def _drop(self, dropped: ScopeLedger, at_op_id: int, draft: StepDraft) -> None:
        del self._scopes[dropped.scope]
        self._compare(dropped, draft)  # It is the last time.
        for key in maybe_held(dropped, "", ""):
            draft.delete(dropped.scope, key, at_op_id)
        if not dropped.keys_known:
            draft.replaced.append(KeyInterval(dropped.scope))

    def _deliver(self, delivered: Delivered, draft: StepDraft) -> None:
        scopes = self._scopes
        again = False
        for operation in delivered.operations:
            target = operation.target
            ledger = scopes.get((operation.topic, target.agent, target.role))
            if ledger is not None:
                self._count(operation, ledger, draft)
            again = again or is_redelivery(operation)
        if again:
            draft.operations.extend(self._restored(delivered.operations))
        elif draft.operations:
            draft.operations.extend(delivered.operations)
        else:
            draft.operations = list(delivered.operations)
        for skipped in delivered.skipped:
            ledger = scopes.get(Scope.from_message(skipped.scope))
            if ledger is not None and delivered.partly_seen:
                ledger.forget_events()
            elif ledger is not None:
                ledger.skip(skipped)

    def _restored(
        self, operations: Sequence[operation_pb2.Operation]
    ) -> Iterable[operation_pb2.Operation]:
        """As the user gets them; what is counted is what the log has.

        What was for a scope that has left the view since is not given again, nor what is of a key
        that moved on: that comes as it is now.
        """
        for operation in operations:
            if not is_redelivery(operation):
                yield operation
                continue
            first = restored(operation)
            if self._is_still_due(first):
                yield first

    def _is_still_due(self, first: operation_pb2.Operation) -> bool:
        ledger = self._scopes.get(Scope.of(first))
        if ledger is None:
            return not self._says
        if first.operation_class != _KEYED or not ledger.keys_known:
            return True
        if first.tombstone:
            return not ledger.value_digest(first.key)
        return ledger.holds(first.key, first.value_digest)

    def _count(
        self, operation: operation_pb2.Operation, ledger: ScopeLedger, draft: StepDraft
    ) -> None:
        operation_class = operation.operation_class
        if operation_class == _EVENT:
            if ledger.events_known:
                ledger.event(operation.op_id, operation.value_digest)
        elif self._keeps_keys and operation_class == _KEYED:
            key = operation.key
            gone = operation.tombstone
            value = b"" if gone else operation.value_digest
            if ledger.remove(key) if gone else ledger.put(key, value):
                draft.changed.append(HeldKey(ledger.scope, key, value))
            elif not gone or ledger.keys_known:
                draft.redundant += 1

    def _page(self, paged: Paged, draft: StepDraft) -> None:
        page = paged.page
        scope = Scope.from_message(page.scope)
        ledger = self._scopes.get(scope) or self._new(scope)
        self._delete_what_is_not_in(page, ledger, draft)
        for operation in page.operations:
            lacks = operation.key in ledger.lacking
            changes = self._put(operation, ledger)
            if changes:
                draft.changed.append(HeldKey(scope, operation.key, operation.value_digest))
            if changes or lacks or not ledger.keys_known:
                draft.operations.append(operation)
        self._held.difference_update(paged.pending)
        if not page.through_key:
            self._held.add(scope)
            ledger.keys_known = self._keeps_keys

    def _repair(self, repair: drift_pb2.Repair, draft: StepDraft) -> None:
        """As pages, but of keys whose index may be right while the user's state is not."""
        for page in repair.pages:
            ledger = self._scopes.get(Scope.from_message(page.scope))
            if ledger is None:
                continue
            self._delete_what_is_not_in(page, ledger, draft)
            for operation in page.operations:
                self._put(operation, ledger)
                if self._keeps_keys:
                    draft.changed.append(
                        HeldKey(ledger.scope, operation.key, operation.value_digest)
                    )
                draft.operations.append(operation)
        if repair.HasField("events"):
            ledger = self._scopes.get(Scope.from_message(repair.events.scope))
            if ledger is not None:
                ledger.take_events(repair.events.event_count, repair.events.event_hash)

    def _answer(self, queried: Queried, at: position_pb2.Position, draft: StepDraft) -> None:
        """Say what is held.

        Where the keys are not known there is nothing to name: one part of no key. Where the user's
        state cannot be read, it is the index that is asked. A sync is to bring what was refused as
        well.
        """
        query = queried.query
        ledger = self._scopes.get(Scope.from_message(query.scope))
        report = drift_pb2.DigestReport(query_id=query.query_id, position=at)
        if ledger is not None:
            self._compare(ledger, draft)
        if ledger is not None and ledger.keys_known:
            keys = ledger.within(query.after_key, query.through_key)
            held = ledger.key_digests(keys)
            if queried.inside_sync and ledger.lacking:
                lacking = ledger.lacking.within(query.after_key, query.through_key)
                keys = sorted({*keys, *lacking})
                held = ledger.applied_digests(keys)
            report.parts.extend(digest_parts.cut(keys, held, query))
        else:
            report.unknown = True
            report.parts.extend(digest_parts.unknown(query))
        draft.digests = report

    def _compare(self, ledger: ScopeLedger, draft: StepDraft) -> None:
        if self._source is None or not ledger.keys_known or ledger.lacking.is_overflown:
            return
        try:
            take_over(self._source, ledger, draft)
        except Exception as e:  # noqa: BLE001 - whatever a user raises
            draft.unread = e

    def _delete_what_is_not_in(
        self, page: delivery_pb2.SnapshotPage, ledger: ScopeLedger, draft: StepDraft
    ) -> None:
        if not ledger.keys_known:
            draft.replaced.append(KeyInterval(ledger.scope, page.after_key, page.through_key))
        there = {operation.key for operation in page.operations}
        for key in maybe_held(ledger, page.after_key, page.through_key):
            if key not in there:
                ledger.remove(key)
                draft.delete(ledger.scope, key, page.position.op_id)

    def _put(self, operation: operation_pb2.Operation, ledger: ScopeLedger) -> bool:
        return self._keeps_keys and ledger.put(operation.key, operation.value_digest)

    def _finish(self, finished: Finished, draft: StepDraft) -> None:
        expected = {Scope.from_message(sums.scope): sums for sums in finished.receipt.sums}
        self._held = set(finished.scopes)
        for scope in finished.scopes:
            ledger = self._scopes.get(scope) or self._new(scope)
            receipt_check.check(ledger, expected.get(scope, operation_pb2.ScopeSums()), draft)

    def _new(self, scope: Scope) -> ScopeLedger:
        ledger = self._scopes[scope] = ScopeLedger(scope, False, False)
        return ledger
