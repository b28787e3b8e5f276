"""Random histories of an agent that resumes by the minimal delta.

The log grows, events expire, streams break at any moment, also while a handler has a batch, the
agent crashes before, in the middle of and after its effects, its view changes, it falls behind, and
now and then history forks or the agent's state is damaged. A coordinator that looks for drift finds
it by the sums that the agent reports, and repairs it: operations that were lost or changed on the
way to the agent, keys that were changed in its store, and what was changed in the user's own state
behind the agent's back. Sums that differ where nothing was damaged are an error. In the end it
holds what a naive fold of the log holds; and no exact sync brings anything in vain.

SIMULATION_SEED=… reproduces one, SIMULATION_HISTORIES=… runs more.
"""

from __future__ import annotations

import enum
import os
import random
from collections import Counter
from collections.abc import Iterable, Sequence

import grpc
import pytest

from fixed_random import FixedRandom
from naive_fold import NaiveFold, ScopeOf, read_scope, scope_of, target_of, value_digest
from simulated_coordinator import EVENT, KEYED, SimulatedCoordinator, comes_again, inside
from swarmlog.backoff import Backoff
from swarmlog.cursor import AgentCursor, CommittedCursor, MemoryCursorStore
from swarmlog.errors import Failure
from swarmlog.names import Log
from swarmlog.session.agent_session import AgentSession
from swarmlog.session.agent_state import AgentState
from swarmlog.session.held_key import HeldKey
from swarmlog.session.lane_ledger import LaneLedger
from swarmlog.session.lane_step import LaneStep, PreparedStep
from swarmlog.session.reports import RepairReport, SyncReport
from swarmlog.session.resume_point import as_presented
from swarmlog.session.scopes import Scope
from swarmlog.session.timer_key import TimerKey, TimerKind
from swarmlog.v1 import (
    drift_pb2,
    operation_pb2,
    parking_pb2,
    position_pb2,
    resume_pb2,
    session_pb2,
)

HISTORIES = int(os.environ.get("SIMULATION_HISTORIES", "600"))
ONLY = os.environ.get("SIMULATION_SEED")
STEPS = 250
KEYS = ["x", "\ufffd", "\U0001f600"]
SCOPES: list[ScopeOf] = [(operation_pb2.TOPIC_COMMANDS, 3, role) for role in "ABC"]
RECONNECT = TimerKey(TimerKind.RECONNECT)


class Effects(enum.Enum):
    COMMITTED_WITH_THE_CURSOR = enum.auto()
    BEFORE_THE_CURSOR = enum.auto()
    WITHOUT_KEY_INDEX = enum.auto()
    WITH_A_STATE_SOURCE = enum.auto()


def payload(value: str) -> operation_pb2.Payload:
    return operation_pb2.Payload(type="t", content_type="text/plain", data=value.encode())


VALUES = {value_digest(payload(value)): value for value in ("a", "b", "wrong")}
WRONG = value_digest(payload("wrong"))


def of(scope: Scope) -> ScopeOf:
    return scope.topic, 3, scope.role


def scope_named(scope: ScopeOf) -> Scope:
    return Scope(scope[0], role=scope[2])


@pytest.mark.parametrize("effects", Effects)
def test_holds_what_a_fold_of_the_log_holds(effects: Effects) -> None:
    seen: Counter[str] = Counter()
    for seed in [int(ONLY)] if ONLY else range(1, HISTORIES + 1):
        history = History(seed, effects)
        try:
            history.run()
            history.check()
        except Exception as e:
            raise AssertionError(f"Reproduce with SIMULATION_SEED={seed}, {effects}") from e
        seen.update(history.seen)
    if ONLY is None:
        assert {"PLAN_DELTA", "PLAN_SNAPSHOT", "PLAN_CURRENT", "inexact", "fell behind"} <= {*seen}
        assert {"repaired events", "cut while it drifted", "compared"} <= {*seen}
        assert {"parted", "parted at a fork", "went on in another epoch"} <= {*seen}
        assert seen["crash"] > HISTORIES
        assert seen["healed"] > HISTORIES / 20
        assert seen["sums agree"] > HISTORIES
        if effects is not Effects.WITHOUT_KEY_INDEX:
            assert {"query", "repaired keys", "changed on the way"} <= {*seen}
        if effects in {Effects.BEFORE_THE_CURSOR, Effects.WITH_A_STATE_SOURCE}:
            assert {"OUTCOME_REFUSED", "OUTCOME_PARKED", "lost reply"} <= {*seen}
            assert seen["lacks keys after a crash"] > 0


def test_does_not_pass_where_an_entry_is_lost() -> None:
    # The check itself must be able to fail.
    history = History(1, Effects.COMMITTED_WITH_THE_CURSOR)
    history.run()
    held = next(of_scope for of_scope in history.state.values() if of_scope)
    held.clear()
    with pytest.raises(AssertionError):
        history.check()


class History:
    """Drives a session as a shell would, and is told what happens to it."""

    session: AgentSession
    ledger: LaneLedger
    hello: resume_pb2.LogResume | None
    control: bool
    attached: bool
    requested: int
    timers: set[TimerKey]
    running: LaneStep | None
    failed: LaneStep | None
    # The run that stopped, where it goes on, and what was refused of the step.
    refusing: LaneStep | None
    next: int
    refused_indexes: set[int]
    prepared: PreparedStep | None
    asked: parking_pb2.Nack | None

    def __init__(self, seed: int, effects: Effects) -> None:
        self.random = random.Random(seed)
        self.effects = effects
        self.seen: Counter[str] = Counter()
        self.view = list(SCOPES)
        # What the user holds, and what is stored.
        self.state: dict[ScopeOf, dict[str, bytes]] = {}
        self.events: list[tuple[ScopeOf, int, int]] = []
        self.given_again: set[int] = set()
        self.durable = AgentCursor()
        self.keys = MemoryCursorStore()
        self.faulty = True
        # Events of another history, or of before a scope was added, are nobody's loss.
        self.forked = False
        self.damaged = False
        self.ever_dropped: set[ScopeOf] = set()
        self.drift = self.random.randrange(4) > 0
        # Few faults, so that it is live for long.
        self.calm = self.random.random() < 0.5
        # Whether its view changes again before what came of the last change is done.
        self.restless = seed % 4 == 3
        # What the agent holds may not be what the log holds, from a position on, until sums agree.
        self.is_drifted = False
        # Since the last sync ended.
        self.suspect = False
        self.drifted_at = position_pb2.Position()
        self.lost_on_the_way: set[int] = set()
        self.coordinator = SimulatedCoordinator(self.random, self.view, self.drift)
        self.boot()

    def run(self) -> None:
        for _ in range(STEPS):
            self.step()
        self.faulty = False
        for _ in range(5_000):
            if self.is_done:
                return
            self.step()

    @property
    def is_done(self) -> bool:
        stands = self.durable.position(Log.MAIN)
        return (
            self.session.state is AgentState.LIVE
            and self.running is None
            and self.failed is None
            and self.refusing is None
            and self.coordinator.refusals.is_settled
            and not self.is_drifted
            and stands is not None
            and stands.op_id == self.coordinator.head
        )

    def one_in(self, n: int) -> bool:
        return self.random.randrange(n) == 0

    def step(self) -> None:
        drawn = self.random.randrange(16)
        if 2 <= drawn < 4:
            self.fire_a_timer()
        elif 4 <= drawn < 8:
            self.finish()
        elif drawn >= 12:
            self.let_the_coordinator_act()
        elif self.faulty:
            self.disturb(drawn)

    def disturb(self, drawn: int) -> None:
        if drawn == 0:
            if not self.calm or self.one_in(8):
                self.break_streams()
        elif drawn == 1:
            if self.one_in(24 if self.calm else 3):
                self.crash()
        elif drawn < 11:
            self.grow()
        elif self.one_in(2 if self.restless else 10):
            self.disaster()
        elif self.drift and self.one_in(10):
            self.corrupt_state()

    def let_the_coordinator_act(self) -> None:
        if self.control:
            self.welcome()
        elif self.asked is not None:
            self.answer_nack()
        else:
            self.coordinator.refusals.release(not self.faulty)
            self.deliver_a_frame()

    def fire_a_timer(self) -> None:
        order = [RECONNECT] + [
            TimerKey(kind, Log.MAIN)
            for kind in (
                TimerKind.FLUSH,
                TimerKind.BREAKER,
                TimerKind.NACK,
                TimerKind.RETRY,
                TimerKind.SUMS,
            )
        ]
        for key in order:
            if key in self.timers:
                self.timers.remove(key)
                if key.kind is TimerKind.SUMS:
                    self.coordinator.drift.interval_over()
                self.session.timer(key, 0)
                return

    def grow(self) -> None:
        op_id = self.coordinator.head + 1
        scope = self.random.choice(SCOPES)
        key = self.random.choice(KEYS)
        match self.random.randrange(6):
            case 0:
                self.coordinator.append(event(op_id, scope))
            case 1:
                self.coordinator.append(keyed(op_id, scope, key, None))
            case 2:
                if op_id > 1:
                    self.coordinator.expire(self.random.randrange(1, op_id))
            case _:
                self.coordinator.append(keyed(op_id, scope, key, self.random.choice("ab")))

    def disaster(self) -> None:
        match self.random.randrange(1 if self.restless and not self.one_in(8) else 3):
            case 0:
                # The view belongs to the settings of the agent: it changes with a restart.
                chosen = self.random.sample(SCOPES, self.random.randrange(1, 4))
                changed = [scope for scope in SCOPES if scope in chosen]
                self.ever_dropped |= {scope for scope in self.view if scope not in changed}
                self.ever_dropped |= {scope for scope in SCOPES if scope not in self.view}
                self.view = changed
                self.coordinator.view = changed
                self.crash()
            case 1:
                self.forked = True
                self.break_streams()
                self.coordinator.fork()
                self.seen["fork"] += 1
            case _:
                if (
                    self.effects is Effects.COMMITTED_WITH_THE_CURSOR
                    and self.running is None
                    and self.failed is None
                ):
                    self.damage()

    def damage(self) -> None:
        """The user's state and the index lose a key, unnoticed; the sums with it."""
        stands = self.durable.resume(Log.MAIN)
        held = list(self.keys.held_keys())
        if stands is None or not held or stands.WhichOneof("interrupted") is not None:
            return
        lost = self.random.choice(held)
        if lost.scope.to_message() not in stands.scopes:
            return
        self.hold(of(lost.scope), lost.key, b"")
        self.keys.save(self.durable, [HeldKey(lost.scope, lost.key, b"")])
        fold = NaiveFold()
        for key in self.keys.held_keys():
            fold.values.setdefault(of(key.scope), {})[key.key] = key.value_digest
        changed = resume_pb2.LogResume()
        changed.CopyFrom(stands)
        for sums in changed.sums:
            if sums.state_digest:
                scope = read_scope(sums.scope)
                sums.state_digest = fold.sums(scope).state_digest
        self.durable = self.durable.with_resume(changed)
        self.damaged = True
        self.drifted_from(stands.position)
        self.seen["damage"] += 1
        self.crash()

    def drifted_from(self, at: position_pb2.Position) -> None:
        self.is_drifted = self.drift
        self.suspect = self.drift
        self.drifted_at = at

    def corrupt_state(self) -> None:
        """Nobody notices, and nothing is told."""
        stands = self.durable.resume(Log.MAIN)
        if self.running is not None or self.failed is not None or stands is None:
            return
        scope = self.random.choice(self.view)
        if scope_named(scope).to_message() not in stands.scopes:
            return
        key = self.random.choice(["x", "\ufffd", "ghost"])
        value = b"" if self.one_in(3) else value_digest(payload(self.random.choice(["a", "wrong"])))
        match self.effects:
            case Effects.WITH_A_STATE_SOURCE:
                self.hold(scope, key, value)
                self.drifted_from(stands.position)
                self.seen["corrupted state"] += 1
            case Effects.COMMITTED_WITH_THE_CURSOR | Effects.BEFORE_THE_CURSOR:
                index_only = self.random.random() < 0.5
                stored = WRONG if index_only else value
                self.keys.save(self.durable, [HeldKey(scope_named(scope), key, stored)])
                if not index_only:
                    self.hold(scope, key, value)
                self.drifted_from(stands.position)
                self.seen["corrupted store"] += 1
                self.crash()

    def hold(self, scope: ScopeOf, key: str, value: bytes) -> None:
        of_scope = self.state.setdefault(scope, {})
        of_scope.pop(key, None)
        if value:
            of_scope[key] = value

    def corrupted(self, frame: session_pb2.DataResponse) -> session_pb2.DataResponse:
        """An operation is lost or changed on the way to the agent."""
        if not self.faulty or not self.drift or not frame.delivery.operations:
            return frame
        index = self.random.randrange(len(frame.delivery.operations))
        operation = frame.delivery.operations[index]
        is_event = operation.operation_class == EVENT
        if (
            not self.one_in(15)
            or comes_again(operation)
            or (not is_event and self.effects is Effects.WITHOUT_KEY_INDEX)
        ):
            return frame
        changed = session_pb2.DataResponse()
        changed.CopyFrom(frame)
        if is_event and self.swap(changed, index):
            self.seen["events in another order"] += 1
        elif is_event or operation.tombstone or self.random.random() < 0.5:
            del changed.delivery.operations[index]
            self.lost_on_the_way.add(operation.op_id)
            self.seen["lost on the way"] += 1
        else:
            changed.delivery.operations[index].value_digest = WRONG
            changed.delivery.operations[index].payload.CopyFrom(payload("wrong"))
            self.seen["changed on the way"] += 1
        self.drifted_from(frame.delivery.to)
        return changed

    def swap(self, frame: session_pb2.DataResponse, index: int) -> bool:
        """The event takes the place of another one of its scope, and that one takes its place."""
        first = frame.delivery.operations[index]
        for other in frame.delivery.operations[index + 1 :]:
            if (
                other.operation_class == EVENT
                and not comes_again(other)
                and scope_of(other) == scope_of(first)
            ):
                before, first.value_digest = first.value_digest, other.value_digest
                other.value_digest = before
                return True
        return False

    def answer_nack(self) -> None:
        """The coordinator takes a Nack, and answers; or its answer is lost, and the session."""
        assert self.asked is not None
        reply = self.coordinator.refusals.refuse(self.asked, self.faulty)
        self.asked = None
        self.seen[parking_pb2.NackReply.Outcome.Name(reply.outcome)] += 1
        if self.faulty and self.one_in(8):
            self.seen["lost reply"] += 1
            self.break_streams()
        else:
            self.session.control_frame(session_pb2.ControlResponse(nack_reply=reply), 0, 0)

    def refuses(self) -> bool:
        """Stop at an operation, having applied those before it where effects are not atomic."""
        assert self.prepared is not None
        operations = self.prepared.batch.messages
        can = self.effects in {Effects.BEFORE_THE_CURSOR, Effects.WITH_A_STATE_SOURCE}
        if not can or not self.faulty or self.next >= len(operations) or not self.one_in(6):
            return False
        at = self.random.randrange(self.next, len(operations))
        if at in self.prepared.made:
            return False
        if self.effects is Effects.BEFORE_THE_CURSOR:
            self.apply(at)
        before, self.next = self.next, at
        self.refusing, self.running = self.running, None
        nack = parking_pb2.Nack(
            log=position_pb2.LOG_MAIN,
            op_id=operations[at].op_id,
            reaction=parking_pb2.Nack.REACTION_RETRY,
        )
        self.session.refused(Log.MAIN, nack, at - before, 0)
        return True

    def source(self, scope: Scope) -> Iterable[tuple[str, operation_pb2.Payload]]:
        held = self.state.get(of(scope), {})
        return [(key, payload(VALUES[digest])) for key, digest in held.items()]

    def welcome(self) -> None:
        self.control = False
        plan = self.coordinator.plan(self.hello)
        if plan.compares:
            self.seen["compared"] += 1
        capabilities = session_pb2.CAPABILITY_SYNC | session_pb2.CAPABILITY_NACK
        welcome = session_pb2.Welcome(
            session_id="s",
            capabilities=capabilities | (session_pb2.CAPABILITY_DRIFT if self.drift else 0),
            plans=[plan],
        )
        welcome.limits.drift_check_interval_ms = 10_000 if self.drift else 0
        self.session.control_frame(session_pb2.ControlResponse(welcome=welcome), 0, 0)

    def deliver_a_frame(self) -> None:
        if not self.attached or not self.requested:
            return
        frame = self.coordinator.frame()
        if frame is not None:
            self.requested -= 1
            frame = self.corrupted(frame)
            if frame.HasField("fell_behind"):
                self.seen["fell behind"] += 1
            self.session.lane_frame(Log.MAIN, frame, 0)

    def finish(self) -> None:
        if self.running is None:
            return
        if self.prepared is None:
            self.prepared = self.ledger.prepare(self.running)
        self.announce()
        if self.refuses():
            return
        operations = len(self.prepared.batch.messages)
        atomic = self.effects is not Effects.BEFORE_THE_CURSOR
        if self.faulty and self.one_in(48 if self.calm else 6):
            if not atomic:
                self.apply(self.random.randrange(operations + 1))
            if self.random.random() < 0.5:
                self.crash()
            else:
                self.failed, self.running = self.running, None
                self.session.apply_failed(Log.MAIN, 0)
            return
        self.apply(operations)
        if self.faulty and not atomic and self.one_in(10):
            self.crash()
            return
        done = self.prepared = self.ledger.applied(self.prepared, self.refused_indexes)
        self.durable = self.durable.with_resume(done.after)
        self.keys.save(self.durable, done.saved_keys)
        if self.faulty and self.one_in(96 if self.calm else 12):
            self.crash()
            return
        self.running = None
        self.prepared = None
        self.session.applied(Log.MAIN, done, 0, 0)

    def announce(self) -> None:
        """As an agent with handlers does."""
        if self.effects is Effects.BEFORE_THE_CURSOR:
            assert self.prepared is not None
            cursor = CommittedCursor(self.durable)
            cursor.announce(self.prepared, self.keys)
            self.durable = cursor.cursor

    def apply(self, operations: int) -> None:
        assert self.prepared is not None
        batch = self.prepared.batch
        for replaced in batch.replaced:
            of_scope = self.state.get(of(replaced.scope), {})
            for key in list(of_scope):
                if inside(key, replaced.after_key, replaced.through_key):
                    del of_scope[key]
        for i, operation in enumerate(batch.messages[:operations]):
            if i in self.refused_indexes:
                continue
            if comes_again(operation):
                self.given_again.add(operation.origin.op_id)
            scope = scope_of(operation)
            if operation.operation_class == EVENT:
                self.events.append((scope, batch.to.epoch, operation.op_id))
            else:
                value = b"" if operation.tombstone else operation.value_digest
                self.hold(scope, operation.key, value)

    def break_streams(self) -> None:
        if self.is_drifted:
            self.seen["cut while it drifted"] += 1
        why = Failure.local(grpc.StatusCode.UNAVAILABLE, "the stream broke")
        self.session.stream_ended(why, 0)

    def crash(self) -> None:
        self.seen["crash"] += 1
        self.boot()
        if self.ledger.lacks_keys:
            self.seen["lacks keys after a crash"] += 1

    def boot(self) -> None:
        self.hello = None
        self.control = False
        self.attached = False
        self.requested = 0
        self.timers = set()
        self.running = None
        self.failed = None
        self.refusing = None
        self.next = 0
        self.refused_indexes = set()
        self.prepared = None
        self.asked = None
        keeps_keys = self.effects is not Effects.WITHOUT_KEY_INDEX
        with_source = self.effects is Effects.WITH_A_STATE_SOURCE
        self.ledger = LaneLedger(
            self.durable.resume(Log.MAIN),
            keeps_keys,
            self.keys.held_keys() if keeps_keys else [],
            self.source if with_source else None,
        )
        self.session = AgentSession(
            session_pb2.Hello(),
            {Log.MAIN: self.durable.resume(Log.MAIN)},
            {Log.MAIN} if self.ledger.lacks_keys else set(),
            self,
            self,
            lambda: Backoff(FixedRandom()),
            60_000_000_000 if with_source else None,
        )
        self.session.start()

    def check(self) -> None:
        assert self.is_done, f"caught up, {self.session.state} {self.durable}"
        fold = NaiveFold(self.coordinator.log)
        for scope in SCOPES:
            expected = fold.values.get(scope, {}) if scope in self.view else {}
            assert self.state.get(scope, {}) == expected, f"state of {scope}"
        stands = self.durable.resume(Log.MAIN)
        assert stands is not None
        assert list(stands.scopes) == [scope_named(scope).to_message() for scope in self.view]
        for sums in as_presented(stands).sums:
            should = fold.sums(read_scope(sums.scope))
            index = self.effects is not Effects.WITHOUT_KEY_INDEX
            assert sums.state_digest == (should.state_digest if index else b"")
            assert sums.event_count == should.event_count
            assert sums.event_hash == should.event_hash
        if not self.forked:
            self.check_events()

    def check_events(self) -> None:
        if self.effects is not Effects.BEFORE_THE_CURSOR:
            assert len(self.events) == len(set(self.events)), "events applied twice"
        for operation in self.coordinator.log:
            if (
                operation.operation_class == EVENT
                and scope_of(operation) not in self.ever_dropped
                and operation.op_id not in self.lost_on_the_way
                and not comes_again(operation)
                and operation.op_id not in self.given_again
                and operation.op_id not in self.coordinator.expired
            ):
                assert (scope_of(operation), 1, operation.op_id) in self.events

    # What the session wants done.

    def open_control(self, hello: session_pb2.Hello) -> None:
        self.control = True
        self.attached = False
        self.hello = hello.resume[0] if hello.resume else None

    def open_lane(self, session_id: str, log: Log, plan: resume_pb2.LogPlan) -> None:
        if plan.HasField("fork") and plan.plan != resume_pb2.PLAN_SNAPSHOT:
            self.seen["went on in another epoch"] += 1
        self.attached = True
        self.requested = 0

    def end_streams(self, gently: bool) -> None:
        self.attached = False
        self.control = False
        self.asked = None

    def request_frame(self, log: Log) -> None:
        self.requested += 1
        assert self.requested == 1, "frames asked for"

    def deliver(self, step: LaneStep) -> None:
        assert self.running is None, "two steps at a time"
        self.running = step
        self.prepared = None
        self.next = 0
        self.refused_indexes = set()

    def deliver_again(self, log: Log) -> None:
        self.running = self.failed or self.refusing
        self.failed = self.refusing = None

    def go_on(self, log: Log) -> None:
        self.running, self.refusing = self.refusing, None
        self.refused_indexes.add(self.next)
        self.next += 1

    def send_nack(self, nack: parking_pb2.Nack) -> None:
        self.asked = nack

    def send_digests(self, log: Log, report: drift_pb2.DigestReport) -> None:
        self.seen["query"] += 1
        self.coordinator.drift.answered(report)

    def send_ack(self, ack: session_pb2.Ack) -> None:
        stands = self.durable.resume(Log.MAIN)
        assert stands is not None
        assert ack.applied.epoch <= stands.position.epoch
        self.coordinator.refusals.acknowledged(ack.applied.op_id)
        if not ack.sums:
            return
        assert self.drift, "the coordinator looks for drift"
        assert stands.WhichOneof("interrupted") is None, "inside a sync"
        assert ack.applied == stands.position
        if self.coordinator.drift.acknowledged(ack.applied, ack.sums):
            self.seen["sums agree"] += 1
            behind = (ack.applied.epoch, ack.applied.op_id) >= (
                self.drifted_at.epoch,
                self.drifted_at.op_id,
            ) or ack.applied.epoch > self.drifted_at.epoch
            if self.is_drifted and behind:
                self.is_drifted = False
                self.seen["healed"] += 1
        else:
            assert self.is_drifted, "sums differ although nothing is wrong"
            self.seen["sums differ"] += 1

    def start_timer(self, key: TimerKey, delay_ns: int) -> None:
        self.timers.add(key)

    def send_heartbeat(self, known: session_pb2.Heartbeat) -> None:
        pass

    def delta_began(self, stands: position_pb2.Position, head: position_pb2.Position) -> None:
        pass

    def sync_ended(
        self, log: Log, report: SyncReport | None, received: int, duplicates: int
    ) -> None:
        pass

    # What it tells.

    def synced(self, report: SyncReport) -> None:
        self.seen[resume_pb2.Plan.Name(report.plan)] += 1
        if not report.exact and report.plan == resume_pb2.PLAN_DELTA:
            self.seen["inexact"] += 1
        if not self.damaged and not self.suspect:
            assert not report.mismatches
        self.damaged = self.damaged and bool(report.mismatches)
        if report.exact and not self.suspect:
            assert report.redundant == 0
        self.suspect = self.is_drifted

    def drifted(self, repair: RepairReport) -> None:
        self.seen["repaired events" if repair.events else "repaired keys"] += 1

    def disconnected(self, why: Failure, retry_in_ns: int) -> None:
        if why.name == "ABORTED":
            self.seen["resync"] += 1

    def connected(self, session_id: str, plans: Sequence[resume_pb2.LogPlan]) -> None:
        pass

    def lost(self, log: Log, lost: Sequence[resume_pb2.LostEvents]) -> None:
        pass

    def parted(self, applied: position_pb2.Position, fork: position_pb2.Position | None) -> None:
        self.seen["parted" if fork is None else "parted at a fork"] += 1

    def caught_up(self, position: position_pb2.Position, received: int, duplicates: int) -> None:
        pass

    def fell_behind(self, position: position_pb2.Position, head: position_pb2.Position) -> None:
        pass

    def draining(self, reason: str) -> None:
        pass

    def refused(self, why: Failure) -> None:
        raise AssertionError(f"Expected to go on, but {why.describe()}")

    def nack_answered(self, reply: parking_pb2.NackReply) -> None:
        pass

    def handler_held(self, log: Log, retry_in_ns: int) -> None:
        pass

    def telemetry_dropped(self, count: int) -> None:
        pass

    def state_changed(self, state: AgentState) -> None:
        pass


def event(op_id: int, scope: ScopeOf) -> operation_pb2.Operation:
    return operation_pb2.Operation(
        op_id=op_id,
        group_first=op_id,
        group_last=op_id,
        topic=operation_pb2.TOPIC_COMMANDS,
        target=target_of(scope),
        operation_class=EVENT,
        value_digest=value_digest(payload(f"event {op_id}")),
    )


def keyed(op_id: int, scope: ScopeOf, key: str, value: str | None) -> operation_pb2.Operation:
    """No value deletes the key."""
    operation = event(op_id, scope)
    operation.operation_class = KEYED
    operation.key = key
    operation.tombstone = value is None
    operation.ClearField("value_digest")
    if value is not None:
        operation.payload.CopyFrom(payload(value))
        operation.value_digest = value_digest(operation.payload)
    return operation
