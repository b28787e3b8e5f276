"""Plays the transcripts of agents: word for word what the Java SDK does.

An agent is made by "agent LANES [POSITIONS]"; with "state=MS" what it holds is compared that often,
and "user A:x:a" changes it behind its back. What "restart" makes of it goes on from what was
committed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence

import pytest

import notation
import transcript
from fixed_random import FixedRandom
from naive_fold import NaiveFold, scope_message, scope_of
from statuses import failure, status
from swarmlog.backoff import Backoff
from swarmlog.cursor import AgentCursor, MemoryCursorStore
from swarmlog.errors import Failure
from swarmlog.names import Log
from swarmlog.session.agent_session import AgentSession
from swarmlog.session.agent_state import AgentState
from swarmlog.session.lane_ledger import LaneLedger
from swarmlog.session.lane_step import (
    Compared,
    Delivered,
    LaneStep,
    Paged,
    Queried,
    Repaired,
)
from swarmlog.session.reports import RepairReport, SyncReport
from swarmlog.session.scopes import Scope
from swarmlog.session.timer_key import TimerKey, TimerKind
from swarmlog.units import NS_PER_MS, NS_PER_SECOND
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

# Ahead of the other clock, so that it can be told apart, and from 0.
UNIX_NS = NS_PER_SECOND
Frame = session_pb2.DataResponse
Control = session_pb2.ControlResponse


class Player:
    """An agent that says what it does."""

    def __init__(self, walk: Callable[[str, str], None] = lambda before, after: None) -> None:
        self.outputs: list[str] = []
        self._walk = walk

    def play(self, name: str) -> None:
        transcript.play("agent", name, self.outputs, self._input)

    def _input(self, line: transcript.Input) -> None:
        getattr(self, "do_" + re.sub("[A-Z]", lambda m: "_" + m[0].lower(), line.verb))(line)

    # Inputs.

    def do_agent(self, line: transcript.Input) -> None:
        lanes, *stored = line.words
        self.lanes = sorted((notation.log(lane) for lane in lanes.split(",")), key=int)
        self.lanes.sort(key=[Log.CONTROL, Log.MAIN, Log.TELEMETRY].index)
        self.cursor = AgentCursor()
        self.keys = MemoryCursorStore()
        self.user: dict[Scope, dict[str, operation_pb2.Payload]] = {}
        self.readable = True
        state_ms = line.settings.get("state")
        self.state_interval_ns = None if state_ms is None else int(state_ms) * NS_PER_MS
        for place in stored:
            self.cursor = self.cursor.with_position(notation.position(place))
        self.do_restart(line)

    def do_restart(self, line: transcript.Input) -> None:
        self.state = AgentState.WAITING
        self.now_ns = 0
        self.steps: dict[Log, LaneStep] = {}
        self.refused_ids: set[int] = set()
        source = None if self.state_interval_ns is None else self._held
        self.ledgers = {
            log: LaneLedger(self.cursor.resume(log), True, self.keys.held_keys(), source)
            for log in self.lanes
        }
        self.session = AgentSession(
            session_pb2.Hello(),
            {log: self.cursor.resume(log) for log in self.lanes},
            {log for log, ledger in self.ledgers.items() if ledger.lacks_keys},
            self,
            self,
            lambda: Backoff(FixedRandom()),
            self.state_interval_ns,
        )

    def do_start(self, line: transcript.Input) -> None:
        self.session.start()

    def do_welcome(self, line: transcript.Input) -> None:
        welcome = session_pb2.Welcome(
            session_id="session", heartbeat_interval_ms=1_000, capabilities=nacks(line)
        )
        for word in line.words:
            if word.startswith("reject:"):
                welcome.plans.add(
                    log=Log.MAIN.wire,
                    plan=resume_pb2.PLAN_REJECT,
                    status=status(word.removeprefix("reject:")),
                )
            else:
                start = notation.position(word)
                welcome.plans.add(log=start.log, plan=resume_pb2.PLAN_DELTA, start=start)
        self._control(Control(welcome=welcome))

    def do_plan(self, line: transcript.Input) -> None:
        start = notation.position(line.words[0])
        target = position_pb2.Position()
        target.CopyFrom(start)
        target.op_id = line.setting("target", start.op_id)
        drift = session_pb2.CAPABILITY_DRIFT if "drift" in line.settings else 0
        welcome = session_pb2.Welcome(
            session_id="session",
            heartbeat_interval_ms=1_000,
            capabilities=session_pb2.CAPABILITY_SYNC | nacks(line) | drift,
        )
        welcome.limits.drift_check_interval_ms = line.setting("drift", 0)
        scopes = notation.scopes(line.settings.get("scopes", "A"))
        pages = notation.scopes(line.settings.get("pages", ""))
        fork = line.settings.get("fork")
        welcome.plans.add(
            log=start.log,
            plan=f"PLAN_{line.words[1]}",
            start=start,
            target=target,
            head=target,
            base_op_id=line.setting("base", start.op_id),
            exact="inexact" not in line.words,
            scopes=map(scope_message, scopes),
            compares="compares" in line.words,
            snapshot_scopes=map(scope_message, pages),
            fork=notation.position(fork) if fork else None,
        )
        self._control(Control(welcome=welcome))

    def do_reply(self, line: transcript.Input) -> None:
        """Of a heartbeat that took "delay" ms there and back, from a clock "ahead" ms."""
        delay_ns = line.setting("delay", 0) * NS_PER_MS
        sent_ns = UNIX_NS + self.now_ns - delay_ns
        there_ns = sent_ns + delay_ns // 2 + line.setting("ahead", 0) * NS_PER_MS
        reply = session_pb2.HeartbeatReply(
            agent_sent_unix_nano=sent_ns,
            received_unix_nano=there_ns,
            sent_unix_nano=there_ns,
        )
        self._control(Control(heartbeat_reply=reply))

    def do_page(self, line: transcript.Input) -> None:
        self._frame(Frame(snapshot=page(line)))

    def do_receipt(self, line: transcript.Input) -> None:
        """The sums are those of the operations named."""
        fold = NaiveFold(map(notation.operation, line.words[1:]))
        receipt = sync_pb2.SyncReceipt(
            target=notation.position(line.words[0]),
            sent_count=line.setting("sent", 0),
            snapshot_count=line.setting("paged", 0),
            sums=[fold.sums(scope) for scope in fold.values],
        )
        self._frame(Frame(receipt=receipt))

    def do_query(self, line: transcript.Input) -> None:
        query = drift_pb2.DigestQuery(
            query_id=line.number(0),
            scope=scope_message(notation.scope(line.words[1])),
            after_key=line.settings.get("after", ""),
            through_key=line.settings.get("through", ""),
            max_parts=line.setting("parts", 32),
        )
        self._frame(Frame(digest_query=query))

    def do_repair(self, line: transcript.Input) -> None:
        """One page, if it has settings of keys; event sums of the events named."""
        repair = drift_pb2.Repair(good_op_id=line.setting("good", 0))
        if "after" in line.settings:
            repair.pages.append(page(line))
        if "events" in line.settings:
            events = line.settings["events"].split(",")
            fold = NaiveFold(notation.operation(f"{op_id}:{line.words[1]}") for op_id in events)
            repair.events.CopyFrom(fold.sums(notation.scope(line.words[1])))
        self._frame(Frame(repair=repair))

    def do_user(self, line: transcript.Input) -> None:
        for word in line.words:
            self._hold(notation.operation("0:" + word))

    def do_unreadable(self, line: transcript.Input) -> None:
        self.readable = False

    def do_drain(self, line: transcript.Input) -> None:
        drain = session_pb2.Drain(reason="maintenance", reconnect_after_ms=line.number(0))
        self._control(Control(drain=drain))

    def do_delivery(self, line: transcript.Input) -> None:
        lane, from_op_id, to, *operations = line.words
        delivery = delivery_pb2.Delivery(
            from_op_id=int(from_op_id),
            to=notation.position(to),
            operations=map(notation.operation, operations),
        )
        if "skipped" in line.settings:
            skipped = notation.operation(line.settings["skipped"])
            sums = NaiveFold([skipped]).sums(scope_of(skipped))
            delivery.skipped.add(scope=sums.scope, count=1, event_hash=sums.event_hash)
        self.session.lane_frame(notation.log(lane), Frame(delivery=delivery), self.now_ns)

    def do_telemetry(self, line: transcript.Input) -> None:
        delivery = delivery_pb2.TelemetryDelivery(
            dropped_count=line.setting("dropped", 0),
            operations=[operation_pb2.Operation(op_id=int(word)) for word in line.words],
        )
        self.session.lane_frame(Log.TELEMETRY, Frame(telemetry=delivery), self.now_ns)

    def do_caught_up(self, line: transcript.Input) -> None:
        at = notation.position(line.words[0])
        frame = Frame(caught_up=delivery_pb2.CaughtUp(position=at))
        self.session.lane_frame(Log(at.log), frame, self.now_ns)

    def do_fell_behind(self, line: transcript.Input) -> None:
        head = notation.position(line.words[0])
        at = notation.position(f"main@{line.setting('from', 0)}")
        frame = Frame(fell_behind=delivery_pb2.FellBehind(head=head, position=at))
        self.session.lane_frame(Log(head.log), frame, self.now_ns)

    def do_applied(self, line: transcript.Input) -> None:
        log = notation.log(line.words[0])
        ledger = self.ledgers[log]
        prepared = ledger.prepare(self.steps.pop(log))
        not_held = set()
        for i, operation in enumerate(prepared.batch.messages):
            if operation.op_id in self.refused_ids:
                self.refused_ids.discard(operation.op_id)
                not_held.add(i)
            else:
                self._hold(operation)
        done = ledger.applied(prepared, not_held)
        if log is not Log.TELEMETRY:
            self.cursor = self.cursor.with_resume(done.after)
            self.keys.save(self.cursor, done.saved_keys)
        if done.after.scopes or done.after.HasField("snapshot"):
            operations = notation.listed(map(notation.text_of, done.batch.messages))
            self._say(f"commit {notation.resume(done.after)}, with {operations}")
        self.session.applied(log, done, self.now_ns, UNIX_NS + self.now_ns)

    def do_apply_failed(self, line: transcript.Input) -> None:
        self.session.apply_failed(notation.log(line.words[0]), self.now_ns)

    def do_refused(self, line: transcript.Input) -> None:
        log = notation.log(line.words[0])
        self.refused_ids.add(line.number(1))
        nack = parking_pb2.Nack(
            log=log.wire, op_id=line.number(1), reaction=parking_pb2.Nack.REACTION_RETRY
        )
        self.session.refused(log, nack, line.setting("applied", 0), self.now_ns)

    def do_nack_reply(self, line: transcript.Input) -> None:
        lane, op_id, outcome, *why = line.words
        reply = parking_pb2.NackReply(
            log=notation.log(lane).wire, op_id=int(op_id), outcome=f"OUTCOME_{outcome}"
        )
        if why:
            reply.status.CopyFrom(status(why[0], retry_ms=line.setting("retryMs", 0)))
        self._control(Control(nack_reply=reply))

    def do_handler_stopped(self, line: transcript.Input) -> None:
        self.session.handler_stopped(Failure.local_terminal("Expected more, but less"))

    def do_ended(self, line: transcript.Input) -> None:
        why = failure(line.words[0], line.setting("retryMs", 0))
        self.session.stream_ended(why, self.now_ns)

    def do_connection_lost(self, line: transcript.Input) -> None:
        self.session.connection_lost(self.now_ns)

    def do_timer(self, line: transcript.Input) -> None:
        kind, *lane = line.words
        key = TimerKey(TimerKind[kind], notation.log(lane[0]) if lane else None)
        self.session.timer(key, self.now_ns)

    def do_clock(self, line: transcript.Input) -> None:
        self.now_ns += int(line.words[0].removesuffix("S")) * NS_PER_SECOND

    def do_close(self, line: transcript.Input) -> None:
        self.session.close(self.now_ns)

    def do_abort(self, line: transcript.Input) -> None:
        self.session.abort()

    def _control(self, frame: session_pb2.ControlResponse) -> None:
        self.session.control_frame(frame, self.now_ns, UNIX_NS + self.now_ns)

    def _frame(self, frame: session_pb2.DataResponse) -> None:
        self.session.lane_frame(Log.MAIN, frame, self.now_ns)

    def _held(self, scope: Scope) -> Iterable[tuple[str, operation_pb2.Payload]]:
        if not self.readable:
            raise RuntimeError("Expected to be readable")
        return self.user.get(scope, {}).items()

    def _hold(self, operation: operation_pb2.Operation) -> None:
        of_scope = self.user.setdefault(Scope.of(operation), {})
        if operation.tombstone:
            of_scope.pop(operation.key, None)
        elif operation.HasField("payload"):
            of_scope[operation.key] = operation.payload

    def _say(self, what: str) -> None:
        self.outputs.append(what)

    # What the session wants done.

    def open_control(self, hello: session_pb2.Hello) -> None:
        said = notation.listed(map(notation.resume, hello.resume))
        self._say(f"open control, resume {said}")

    def open_lane(self, session_id: str, log: Log, plan: resume_pb2.LogPlan) -> None:
        self._say(f"open lane {log.label}")

    def end_streams(self, gently: bool) -> None:
        self._say("end streams gently" if gently else "end streams")

    def send_heartbeat(self, known: session_pb2.Heartbeat) -> None:
        clock = ""
        if known.HasField("clock_offset_nano"):
            ahead_ms = known.clock_offset_nano // NS_PER_MS
            around_ms = known.clock_uncertainty_nano // NS_PER_MS
            clock = f", coordinator ahead by {ahead_ms} ms +- {around_ms} ms"
        ignored = f", ignored {known.ignored_duplicates}" if known.ignored_duplicates else ""
        out_of_order = f", out of order {known.out_of_order}" if known.out_of_order else ""
        self._say(f"heartbeat {known.number}{clock}{ignored}{out_of_order}")

    def send_ack(self, ack: session_pb2.Ack) -> None:
        at_ms = ack.applied_unix_nano // NS_PER_MS
        self._say(
            f"ack {notation.place(ack.applied)}"
            + (f" as of {at_ms} ms" if at_ms else "")
            + (f" with repair {ack.last_repair_id}" if ack.last_repair_id else "")
            + (f", {notation.sums(ack.sums)}" if ack.sums else "")
        )

    def send_digests(self, log: Log, report: drift_pb2.DigestReport) -> None:
        self._say(f"answer {notation.answer(report)}")

    def request_frame(self, log: Log) -> None:
        self._say(f"request from {log.label}")

    def deliver(self, step: LaneStep) -> None:
        self.steps[step.log] = step
        to = notation.place(step.to)
        self._say(f"deliver ({step.from_op_id}, {to}] {described(step)}")

    def deliver_again(self, log: Log) -> None:
        self._say(f"deliver again {log.label}")

    def go_on(self, log: Log) -> None:
        self._say(f"go on behind it on {log.label}")

    def send_nack(self, nack: parking_pb2.Nack) -> None:
        self._say(f"nack {nack.op_id} of {Log(nack.log).label}")

    def start_timer(self, key: TimerKey, delay_ns: int) -> None:
        lane = "" if key.lane is None else f" {key.lane.label}"
        self._say(f"timer {key.kind.name}{lane} in {delay_ns // NS_PER_MS} ms")

    def delta_began(self, stands: position_pb2.Position, head: position_pb2.Position) -> None:
        pass

    def sync_ended(
        self, log: Log, report: SyncReport | None, received: int, duplicates: int
    ) -> None:
        pass

    # What it tells.

    def connected(self, session_id: str, plans: Sequence[resume_pb2.LogPlan]) -> None:
        self._say("tell connected")

    def lost(self, log: Log, lost: Sequence[resume_pb2.LostEvents]) -> None:
        raise AssertionError("Expected no transcript of lost events")

    def parted(self, applied: position_pb2.Position, fork: position_pb2.Position | None) -> None:
        known = "unknown" if fork is None else notation.place(fork)
        self._say(f"tell parted at {notation.place(applied)}, fork {known}")

    def caught_up(self, position: position_pb2.Position, received: int, duplicates: int) -> None:
        at = notation.place(position)
        self._say(f"tell caught up at {at}, received {received}, ignored {duplicates}")

    def synced(self, report: SyncReport) -> None:
        self._say(
            f"tell synced {notation.place(report.from_)}..{notation.place(report.target)} by "
            f"{resume_pb2.Plan.Name(report.plan)}{'' if report.exact else ' inexact'}, "
            f"received {report.received}, redundant {report.redundant}"
            + (f": {notation.listed(report.mismatches)}" if report.mismatches else "")
        )

    def drifted(self, repair: RepairReport) -> None:
        self._say(f"tell drifted: {repair}")

    def fell_behind(self, position: position_pb2.Position, head: position_pb2.Position) -> None:
        self._say(f"tell fell behind at {notation.place(position)}, head {notation.place(head)}")

    def draining(self, reason: str) -> None:
        self._say(f"tell draining: {reason}")

    def disconnected(self, why: Failure, retry_in_ns: int) -> None:
        after_ms = retry_in_ns // NS_PER_MS
        self._say(f"tell disconnected, again in {after_ms} ms: {why.describe()}")

    def refused(self, why: Failure) -> None:
        self._say(f"tell refused: {why.describe()}")

    def nack_answered(self, reply: parking_pb2.NackReply) -> None:
        outcome = parking_pb2.NackReply.Outcome.Name(reply.outcome)
        self._say(f"tell nack of {reply.op_id} answered: {outcome}")

    def handler_held(self, log: Log, retry_in_ns: int) -> None:
        self._say(f"tell held {log.label} for {retry_in_ns // NS_PER_MS} ms")

    def telemetry_dropped(self, count: int) -> None:
        self._say(f"tell telemetry dropped {count}")

    def state_changed(self, state: AgentState) -> None:
        self._walk(self.state.name, state.name)
        self.state = state
        self._say(f"is {state.name}")


def described(step: LaneStep) -> str:
    match step.content:
        case Delivered() as delivered:
            ids = notation.listed(operation.op_id for operation in delivered.operations)
            seen = ", partly seen" if delivered.partly_seen else ""
            return f"{ids} skipping{seen}" if delivered.skipped else ids
        case Paged(page):
            return f"page of {notation.letter_of(page.scope)}"
        case Queried(query):
            return f"query {query.query_id}"
        case Compared():
            return "comparison"
        case Repaired(repair):
            scope = repair.pages[0].scope if repair.pages else repair.events.scope
            return f"repair of {notation.letter_of(scope)}"
        case _:
            return "end of sync"


def nacks(line: transcript.Input) -> int:
    return session_pb2.CAPABILITY_NACK if "nacks" in line.settings else 0


def page(line: transcript.Input) -> delivery_pb2.SnapshotPage:
    at, letter, *operations = line.words
    return delivery_pb2.SnapshotPage(
        position=notation.position(at),
        scope=scope_message(notation.scope(letter)),
        after_key=line.settings.get("after", ""),
        through_key=line.settings.get("through", ""),
        operations=map(notation.operation, operations),
    )


@pytest.mark.parametrize("name", transcript.names("agent"))
def test_should_follow_the_transcript(name: str) -> None:
    Player().play(name)


def test_should_walk_the_whole_table_of_transitions() -> None:
    # given
    table = transcript.TransitionTable(AgentSession, [state.name for state in AgentState])
    player = Player(table.walk)
    # when
    for name in transcript.names("agent"):
        player.play(name)
    # then
    table.check()
