"""A coordinator for one agent over a naive log.

Every question is answered by walking the log. It follows the rules of the contract and shares no
code with the SDK, nor with the real one.
"""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from naive_fold import NaiveFold, ScopeOf, read_scope, scope_message, scope_of
from swarmlog.v1 import (
    delivery_pb2,
    drift_pb2,
    operation_pb2,
    parking_pb2,
    position_pb2,
    resume_pb2,
    session_pb2,
    sync_pb2,
)
from swarmlog.v1.operation_pb2 import Operation

EVENT = operation_pb2.OPERATION_CLASS_EVENT
KEYED = operation_pb2.OPERATION_CLASS_KEYED
# A scope, behind which key (exclusive), through which one (inclusive).
Interval = tuple[ScopeOf, str, str]


def comes_again(operation: Operation) -> bool:
    return operation.HasField("origin")


def inside(key: str, after: str, through: str) -> bool:
    utf8 = key.encode()
    return utf8 > after.encode() and (not through or utf8 <= through.encode())


class SimulatedCoordinator:
    def __init__(self, rng: random.Random, view: Sequence[ScopeOf], finds: bool) -> None:
        self.random = rng
        self.log: list[Operation] = []
        self.expired: set[int] = set()
        self.epoch = 1
        # Where the epochs ended that it remembers.
        self.forks: dict[int, int] = {}
        self.view = list(view)
        self.frames: deque[session_pb2.DataResponse] = deque()
        # Nothing up to here is delivered in the session.
        self.start_op_id = 0
        # Where the stream of the session is, once its sync has been put into frames.
        self.sent_to = 0
        self.drift = SimulatedDrift(self, rng)
        self.refusals = SimulatedRefusals(self, rng)
        # Whether it looks for drift.
        self.finds = finds

    @property
    def head(self) -> int:
        return len(self.log)

    def at(self, op_id: int) -> Operation:
        return self.log[op_id - 1]

    def append(self, operation: Operation) -> None:
        self.log.append(operation)

    def expire(self, op_id: int) -> None:
        operation = self.at(op_id)
        if operation.operation_class == EVENT and not comes_again(operation):
            self.expired.add(op_id)

    def fork(self) -> None:
        """History is lost from somewhere on, and another one takes its place."""
        del self.log[self.random.randrange(len(self.log) + 1) :]
        if self.refusals.superseded_above(self.head):
            # Of these nobody gives an agent at the fork the older value again.
            self.forks.clear()
        elif self.random.random() < 0.5:
            self.forks[self.epoch] = self.head
        self.forks = {ended: min(fork, self.head) for ended, fork in self.forks.items()}
        self.epoch += 1
        self.expired = {op_id for op_id in self.expired if op_id <= len(self.log)}
        self.refusals.forked()

    def plan(self, stated: resume_pb2.LogResume | None) -> resume_pb2.LogPlan:
        """Plan a session, and put what it will send into frames."""
        resume = stated or resume_pb2.LogResume(position=self.position(0))
        plan = self._begin(resume)
        ended = resume.position.epoch
        if ended in self.forks:
            plan.fork.CopyFrom(self.position(self.forks[ended]))
            plan.fork.epoch = ended
        self.start_op_id = plan.start.op_id
        return plan

    def _begin(self, resume: resume_pb2.LogResume) -> resume_pb2.LogPlan:
        self.frames.clear()
        self.drift.begin()
        stands = resume.position.op_id
        if resume.position.epoch != self.epoch:
            fork = self.forks.get(resume.position.epoch)
            if fork is None:
                return self._snapshot(self.head, self.head, [], self.view, None)
            if max(stands, resume.triple.target_op_id) > fork or resume.HasField("snapshot"):
                return self._snapshot(min(stands, fork), self.head, self.view, self.view, None)
        assert stands <= self.head, f"beyond the head: {resume}"
        assert resume.triple.target_op_id <= self.head, f"beyond the head: {resume}"
        held = [read_scope(scope) for scope in resume.scopes] or self.view
        if resume.HasField("snapshot"):
            return self._go_on(resume, stands)
        differs = not resume.HasField("triple") and any(
            sums.state_digest
            and sums.state_digest != self.sums_at(read_scope(sums.scope), stands).state_digest
            for sums in resume.sums
        )
        kept = [scope for scope in self.view if scope in held]
        tolerates = self.finds and self.random.random() < 0.5
        if (differs and not tolerates) or self.random.randrange(12) == 0:
            return self._snapshot(stands, self.head, self.view, self.view, None)
        interrupted_target = resume.triple.target_op_id
        interrupted = interrupted_target > stands
        known = not resume.HasField("triple") or resume.triple.exact
        base = resume.triple.base_op_id if interrupted and known else stands
        added = [scope for scope in self.view if scope not in held]
        entries = self._delta(
            kept, base, stands, interrupted_target if interrupted else stands, self.head, known
        )
        sent = self._put(stands, self.head, entries, kept)
        paged = self._pages(self.head, added, None)
        self._end(self.head, sent, paged)
        current = not added and stands == self.head
        plan = self._plan(
            resume_pb2.PLAN_CURRENT if current else resume_pb2.PLAN_DELTA, stands, self.head
        )
        plan.base_op_id = base
        plan.exact = known and not interrupted
        plan.snapshot_scopes.extend(map(scope_message, added))
        return plan

    def frame(self) -> session_pb2.DataResponse | None:
        """The next frame; None if there is none now."""
        if not self.frames and self.sent_to < self.head and not self.drift.compares:
            if self.head - self.sent_to > 3 and self.random.randrange(3) == 0:
                self._fall_behind()
            else:
                to = self.sent_to + 1 + self.random.randrange(self.head - self.sent_to)
                self._put(self.sent_to, to, self.in_view(self.sent_to, to, self.view), self.view)
                self.sent_to = to
        return self.frames.popleft() if self.frames else None

    def insert(self, frame: session_pb2.DataResponse) -> None:
        """Send something behind all that is under way."""
        self.frames.append(frame)

    @property
    def sent(self) -> position_pb2.Position:
        """Where the agent stands when it has applied all that is under way."""
        return self.position(self.sent_to)

    def _go_on(self, resume: resume_pb2.LogResume, stands: int) -> resume_pb2.LogPlan:
        at = resume.snapshot.position
        if at.epoch != self.epoch or at.op_id > self.head:
            return self._snapshot(self.head, self.head, [], self.view, None)
        held = [read_scope(scope) for scope in resume.scopes]
        begun = resume.snapshot.HasField("scope") or held
        assert not begun or stands == at.op_id, f"pages before all events: {resume}"
        pending = [scope for scope in self.view if scope not in held]
        return self._snapshot(stands, at.op_id, self.view, pending, resume)

    def _snapshot(
        self,
        stands: int,
        target: int,
        events_of: Sequence[ScopeOf],
        snapshot_scopes: Sequence[ScopeOf],
        resume: resume_pb2.LogResume | None,
    ) -> resume_pb2.LogPlan:
        events = [
            operation
            for operation in self.in_view(stands, target, events_of)
            if operation.operation_class == EVENT
        ]
        sent = self._put(stands, target, events, events_of)
        plan = self._plan(resume_pb2.PLAN_SNAPSHOT, stands, target)
        plan.snapshot_scopes.extend(map(scope_message, snapshot_scopes))
        if self.finds and self.random.random() < 0.5:
            self.sent_to = target
            plan.compares = True
            self.drift.compare(
                [(scope, _behind(scope, resume), "") for scope in snapshot_scopes],
                lambda paged: self._end(target, sent, paged),
            )
            return plan
        self._end(target, sent, self._pages(target, snapshot_scopes, resume))
        return plan

    def _fall_behind(self) -> None:
        head = self.position(self.head)
        self.frames.append(
            session_pb2.DataResponse(
                fell_behind=delivery_pb2.FellBehind(position=self.sent, head=head)
            )
        )
        entries = self._delta(
            self.view, self.sent_to, self.sent_to, self.sent_to, self.head, known=True
        )
        sent = self._put(self.sent_to, self.head, entries, self.view)
        self._end(self.head, sent, 0)

    def _plan(self, plan: resume_pb2.Plan, stands: int, target: int) -> resume_pb2.LogPlan:
        return resume_pb2.LogPlan(
            log=position_pb2.LOG_MAIN,
            plan=plan,
            start=self.position(stands),
            head=self.position(self.head),
            target=self.position(target),
            scopes=map(scope_message, self.view),
        )

    def _delta(
        self,
        scopes: Sequence[ScopeOf],
        base: int,
        start: int,
        interrupted_target: int,
        target: int,
        known: bool,
    ) -> list[Operation]:
        """What a reader is owed: events, and one entry per key whose value differs."""
        newest: dict[tuple[ScopeOf, str], Operation] = {}
        due: list[Operation] = []
        for operation in self.in_view(start, target, scopes):
            if operation.operation_class == EVENT:
                due.append(operation)
            else:
                newest[scope_of(operation), operation.key] = operation
        for operation in newest.values():
            at_target = self.newest_of(operation, interrupted_target)
            moved = at_target is not None and at_target.op_id > start
            holds = self.newest_of(operation, base) if moved else at_target
            value = b"" if holds is None else holds.value_digest
            if not known or value != operation.value_digest:
                due.append(operation)
        return sorted(due, key=lambda operation: operation.op_id)

    def _put(
        self, stands: int, to: int, operations: Sequence[Operation], scopes: Sequence[ScopeOf]
    ) -> int:
        """Cut an interval into deliveries; answers how many operations they carry."""
        due = {operation.op_id for operation in operations}
        sent = 0
        cursor = stands
        while cursor < to:
            following = min(to, cursor + 1 + self.random.randrange(4))
            delivery = delivery_pb2.Delivery(from_op_id=cursor, to=self.position(following))
            skipped: dict[ScopeOf, NaiveFold] = {}
            for operation in self.in_view(cursor, following, scopes):
                if operation.operation_class == EVENT and operation.op_id in self.expired:
                    skipped.setdefault(scope_of(operation), NaiveFold()).apply(operation)
                elif operation.op_id in due:
                    delivery.operations.append(operation)
                    sent += 1
            for scope, fold in skipped.items():
                sums = fold.sums(scope)
                delivery.skipped.add(
                    scope=sums.scope, count=sums.event_count, event_hash=sums.event_hash
                )
            self.frames.append(session_pb2.DataResponse(delivery=delivery))
            cursor = following
        return sent

    def _pages(
        self, at: int, scopes: Sequence[ScopeOf], resume: resume_pb2.LogResume | None
    ) -> int:
        paged = 0
        for scope in scopes:
            after = ""
            if resume is not None and read_scope(resume.snapshot.scope) == scope:
                after = resume.snapshot.last_key
                if not after:
                    continue
            left = [op for key, op in self.keys_at(scope, at) if inside(key, after, "")]
            more = True
            while more:
                size = min(len(left), 1 + self.random.randrange(2))
                more = len(left) > size
                through = left[size - 1].key if more else ""
                page = delivery_pb2.SnapshotPage(
                    position=self.position(at),
                    scope=scope_message(scope),
                    after_key=after,
                    through_key=through,
                    operations=left[:size],
                )
                self.frames.append(session_pb2.DataResponse(snapshot=page))
                paged += size
                left = left[size:]
                after = through
        return paged

    def _end(self, target: int, sent: int, paged: int) -> None:
        receipt = sync_pb2.SyncReceipt(
            target=self.position(target), sent_count=sent, snapshot_count=paged
        )
        for scope in self.view:
            if self.in_view(0, target, [scope]):
                receipt.sums.append(self.sums_at(scope, target))
        self.frames.append(session_pb2.DataResponse(receipt=receipt))
        caught_up = delivery_pb2.CaughtUp(position=self.position(target))
        self.frames.append(session_pb2.DataResponse(caught_up=caught_up))
        self.sent_to = target

    def keys_at(self, scope: ScopeOf, op_id: int) -> list[tuple[str, Operation]]:
        """The operations that set the live keys of a scope, in the order of the keys."""
        live: dict[str, Operation] = {}
        for operation in self.in_view(0, op_id, [scope]):
            if operation.operation_class == KEYED:
                live.pop(operation.key, None)
                if not operation.tombstone:
                    live[operation.key] = operation
        return sorted(live.items(), key=lambda item: item[0].encode())

    def sums_at(self, scope: ScopeOf, op_id: int) -> operation_pb2.ScopeSums:
        return NaiveFold(self.log[:op_id]).sums(scope)

    def in_view(self, after: int, to: int, scopes: Iterable[ScopeOf]) -> list[Operation]:
        wanted = set(scopes)
        return [op for op in self.log[after:to] if scope_of(op) in wanted]

    def newest_of(self, of_key: Operation, at_op_id: int) -> Operation | None:
        same = (
            operation
            for operation in reversed(self.log[:at_op_id])
            if operation.key == of_key.key and scope_of(operation) == scope_of(of_key)
        )
        return next(same, None)

    def position(self, op_id: int) -> position_pb2.Position:
        return position_pb2.Position(
            log=position_pb2.LOG_MAIN, incarnation=1, epoch=self.epoch, op_id=op_id
        )


def _behind(scope: ScopeOf, resume: resume_pb2.LogResume | None) -> str:
    begun = resume is not None and read_scope(resume.snapshot.scope) == scope
    return resume.snapshot.last_key if resume is not None and begun else ""


class SimulatedDrift:
    """What a coordinator does about drift, by walking the log.

    Compares the sums of acks, goes down where they differ, one query at a time, and repairs. Begins
    anew with each session.
    """

    def __init__(self, coordinator: SimulatedCoordinator, rng: random.Random) -> None:
        self.coordinator = coordinator
        self.random = rng
        self.to_ask: deque[Interval] = deque()
        self.to_repair: list[Interval] = []
        self.asked: drift_pb2.DigestQuery | None = None
        self.asked_at = position_pb2.Position()
        self.queries = 0
        # It remembers that beyond a session, and the agent does not.
        self.looks = True
        # Within a sync: what is still to be compared, how much was sent, and who waits for that.
        self.to_compare: deque[Interval] = deque()
        self.paged = 0
        self.compared: Callable[[int], None] | None = None
        # Something was repaired: the next sums are looked at in any case.
        self.verifies = False

    def begin(self) -> None:
        self.to_ask.clear()
        self.to_repair.clear()
        self.asked = None
        self.queries = 0
        self.verifies = False
        self.to_compare.clear()
        self.compared = None

    def compare(self, intervals: Iterable[Interval], done: Callable[[int], None]) -> None:
        """Send within a sync what the agent holds otherwise, scope by scope."""
        self.to_compare.extend(intervals)
        self.paged = 0
        self.compared = done
        self._ask()

    @property
    def compares(self) -> bool:
        """Whether a sync waits for answers."""
        return self.compared is not None

    def interval_over(self) -> None:
        self.looks = True

    def acknowledged(
        self, at: position_pb2.Position, sums: Sequence[operation_pb2.ScopeSums]
    ) -> bool:
        """Whether the sums are those of the log; if not, look for what differs."""
        acts = self.asked is None and (self.looks or self.verifies)
        self.looks = self.looks and not acts
        self.verifies = False
        assert [read_scope(of.scope) for of in sums] == self.coordinator.view, "every scope held"
        equal = True
        for held in sums:
            scope = read_scope(held.scope)
            expected = self.coordinator.sums_at(scope, at.op_id)
            state = not held.state_digest or held.state_digest == expected.state_digest
            events = not held.event_hash or (
                held.event_count == expected.event_count and held.event_hash == expected.event_hash
            )
            equal = equal and state and events
            if acts and not events:
                self.verifies = True
                told = self.coordinator.sums_at(scope, self.coordinator.sent_to)
                self.coordinator.insert(
                    session_pb2.DataResponse(repair=drift_pb2.Repair(events=told))
                )
            if acts and not state:
                self.to_ask.append((scope, "", ""))
        self._ask()
        return equal

    def answered(self, report: drift_pb2.DigestReport) -> None:
        query = self.asked
        assert query is not None, f"Expected no answer, but got {report}"
        self.asked = None
        assert report.query_id == query.query_id
        assert report.position == self.asked_at, "answered where it was asked"
        assert 1 <= len(report.parts) <= query.max_parts
        scope = read_scope(query.scope)
        live = self.coordinator.keys_at(scope, self.asked_at.op_id)
        before = query.after_key
        if report.unknown and self.compared is not None:
            self.to_repair.append((scope, before, query.through_key))
            self._ask()
            return
        for part in report.parts:
            there = [op for key, op in live if inside(key, before, part.through_key)]
            if part.digest != NaiveFold(there).sums(scope).state_digest:
                interval = (scope, before, part.through_key)
                if part.key_count <= 1:
                    self.to_repair.append(interval)
                else:
                    self.to_ask.append(interval)
            before = part.through_key
        assert before == query.through_key, "the end of the interval"
        self._ask()

    def _ask(self) -> None:
        if self.asked is not None:
            return
        if not self.to_ask and self.compared is not None:
            self._pages()
        if not self.to_ask:
            self._repair()
            return
        scope, after, through = self.to_ask.popleft()
        self.queries += 1
        self.asked = drift_pb2.DigestQuery(
            query_id=self.queries,
            scope=scope_message(scope),
            after_key=after,
            through_key=through,
            max_parts=2 + self.random.randrange(3),
        )
        self.asked_at = self.coordinator.sent
        self.coordinator.insert(session_pb2.DataResponse(digest_query=self.asked))

    def _pages(self) -> None:
        """What differs of one scope; then it is the turn of the next one."""
        self.to_repair.sort(key=lambda interval: interval[1].encode())
        for interval in self.to_repair:
            page = self._page(interval)
            self.paged += len(page.operations)
            self.coordinator.insert(session_pb2.DataResponse(snapshot=page))
        self.to_repair.clear()
        if self.to_compare:
            self.to_ask.append(self.to_compare.popleft())
        elif self.compared is not None:
            done, self.compared = self.compared, None
            done(self.paged)

    def _page(self, interval: Interval) -> delivery_pb2.SnapshotPage:
        scope, after, through = interval
        live = self.coordinator.keys_at(scope, self.coordinator.sent_to)
        return delivery_pb2.SnapshotPage(
            position=self.coordinator.sent,
            scope=scope_message(scope),
            after_key=after,
            through_key=through,
            operations=[op for key, op in live if inside(key, after, through)],
        )

    def _repair(self) -> None:
        """One frame per scope and now and then several, each true where the agent stands then."""
        view = self.coordinator.view
        self.to_repair.sort(key=lambda interval: (view.index(interval[0]), interval[1].encode()))
        repair = drift_pb2.Repair()
        for interval in self.to_repair:
            other = len(repair.pages) > 0 and read_scope(repair.pages[0].scope) != interval[0]
            if other or (len(repair.pages) > 0 and self.random.randrange(4) == 0):
                self.coordinator.insert(session_pb2.DataResponse(repair=repair))
                repair = drift_pb2.Repair()
            repair.pages.append(self._page(interval))
        if len(repair.pages) > 0:
            self.coordinator.insert(session_pb2.DataResponse(repair=repair))
        self.verifies = self.verifies or bool(self.to_repair)
        self.to_repair.clear()


@dataclass(frozen=True)
class Refused:
    """A first operation: as what it was refused last, how often, whether it waits; or as what it
    came again."""

    last: int
    attempts: int
    parked: bool
    waits: bool
    released_as: int

    @property
    def outcome(self) -> parking_pb2.NackReply.Outcome:
        if self.parked:
            return parking_pb2.NackReply.OUTCOME_PARKED
        return parking_pb2.NackReply.OUTCOME_RETRY


class SimulatedRefusals:
    """What becomes of operations that the agent refuses."""

    PARKED_AT = 2

    def __init__(self, coordinator: SimulatedCoordinator, rng: random.Random) -> None:
        self.coordinator = coordinator
        self.random = rng
        self.by_first: dict[int, Refused] = {}
        # The operations for which others were not given again.
        self.superseding: set[int] = set()

    def refuse(self, nack: parking_pb2.Nack, faults: bool) -> parking_pb2.NackReply:
        reply = parking_pb2.NackReply(log=position_pb2.LOG_MAIN, op_id=nack.op_id)
        assert nack.op_id <= self.coordinator.head, f"beyond the head: {nack}"
        if faults and self.random.randrange(8) == 0:
            reply.outcome = parking_pb2.NackReply.OUTCOME_REFUSED
            # UNAVAILABLE: later; OUT_OF_RANGE: never.
            reply.status.code = 14 if self.random.random() < 0.5 else 11
            return reply
        operation = self.coordinator.at(nack.op_id)
        first = operation.origin.op_id if comes_again(operation) else operation.op_id
        known = self.by_first.get(first)
        lost = known is not None and 0 < known.released_as <= self.coordinator.start_op_id
        if known is not None and nack.op_id <= known.last and not lost:
            reply.outcome = known.outcome
            return reply
        if self._is_superseded(self.coordinator.at(first)):
            self.by_first.pop(first, None)
            reply.outcome = parking_pb2.NackReply.OUTCOME_SUPERSEDED
            return reply
        tried = max(operation.origin.attempt, 0 if known is None else known.attempts)
        parked = 1 + tried >= self.PARKED_AT
        now = self.by_first[first] = Refused(nack.op_id, 1 + tried, parked, not parked, 0)
        reply.outcome = now.outcome
        return reply

    def release(self, everything: bool) -> None:
        """Give some of them again; everything: also what is parked, a person replays it."""
        for op_id, refused in list(self.by_first.items()):
            due = refused.waits or (everything and refused.parked)
            if not due or (not everything and self.random.randrange(8) > 0):
                continue
            first = self.coordinator.at(op_id)
            if self._is_superseded(first):
                del self.by_first[op_id]
                continue
            again = Operation()
            again.CopyFrom(first)
            again.op_id = again.group_first = again.group_last = self.coordinator.head + 1
            again.operation_class = EVENT
            again.ClearField("key")
            again.ClearField("tombstone")
            again.origin.op_id = first.op_id
            again.origin.attempt = refused.attempts
            again.origin.operation_class = first.operation_class
            again.origin.target.CopyFrom(first.target)
            again.origin.key = first.key
            again.origin.tombstone = first.tombstone
            self.coordinator.append(again)
            self.by_first[op_id] = Refused(
                refused.last, refused.attempts, False, False, again.op_id
            )

    def acknowledged(self, op_id: int) -> None:
        """What came again and was acknowledged is settled."""
        self.by_first = {
            first: refused
            for first, refused in self.by_first.items()
            if not 0 < refused.released_as <= op_id
        }

    @property
    def is_settled(self) -> bool:
        """Whether nothing is to be given again."""
        return not any(refused.waits or refused.parked for refused in self.by_first.values())

    def superseded_above(self, op_id: int) -> bool:
        """Whether something was not given again for an operation above this one."""
        return any(superseding > op_id for superseding in self.superseding)

    def forked(self) -> None:
        """What was given again in the history that is lost waits once more."""
        head = self.coordinator.head
        self.superseding = {op_id for op_id in self.superseding if op_id <= head}
        self.by_first = {
            first: replace(
                refused, last=min(refused.last, head), parked=False, waits=True, released_as=0
            )
            for first, refused in self.by_first.items()
            if first <= head
        }

    def _is_superseded(self, first: Operation) -> bool:
        if first.operation_class != KEYED:
            return False
        newest = self.coordinator.newest_of(first, self.coordinator.head)
        if newest is None or newest.op_id <= first.op_id:
            return False
        self.superseding.add(newest.op_id)
        return True
