"""What the frames of a lane say, one after the other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from swarmlog.names import Log
from swarmlog.session.deliveries import (
    is_same,
    is_same_history,
    is_shared,
    misfit,
    renamed,
    repair_misfit,
    repair_scope,
)
from swarmlog.session.lane_acks import AckOutput, LaneAcks
from swarmlog.session.lane_outcome import (
    CaughtUp,
    Dropped,
    FellBehind,
    LaneOutcome,
    Mended,
    Resync,
)
from swarmlog.session.lane_step import (
    NO_TRACES,
    SAMPLED_TRACES,
    Compared,
    Content,
    Delivered,
    Finished,
    LaneStep,
    Paged,
    PreparedStep,
    Queried,
    Repaired,
    SessionTerms,
    SyncStart,
    TraceChoice,
)
from swarmlog.session.reports import RepairReport
from swarmlog.session.resume_point import ResumePoint
from swarmlog.session.scopes import Scope
from swarmlog.session.sums_schedule import SumsSchedule
from swarmlog.session.sync_progress import SyncProgress
from swarmlog.session.timer_key import TimerKey, TimerKind
from swarmlog.units import NS_PER_MS
from swarmlog.v1 import (
    constants,
    delivery_pb2,
    drift_pb2,
    position_pb2,
    resume_pb2,
    session_pb2,
)


class Turn(Protocol):
    """What a frame leads to: at most one of the two."""

    def request(self) -> None:
        """The frame is done with: read one more."""

    def hand(self, step: LaneStep) -> None:
        """A step for the handler."""


class LaneReader:
    """What the frames of a lane say, one after the other.

    Which steps they make, where the lane stands, and which sync is under way. Whose turn it is, its
    `LaneSession` decides.
    """

    def __init__(
        self,
        log: Log,
        stored: resume_pb2.LogResume | None,
        lacks_keys: bool,
        output: AckOutput,
        turn: Turn,
        sums: SumsSchedule,
    ) -> None:
        self._log = log
        self._output = output
        self._turn = turn
        self._sums = sums
        self._acks = LaneAcks(log, output, sums)
        # Everything at or below it is applied, or not for this agent. Never goes back within an
        # epoch while there is a stream.
        self.position = stored.position if stored is not None else None
        """Where the lane stands; None if it has no position yet."""
        # What a restart would resume from. Without a stream, it is where the lane stands.
        self._resume = ResumePoint(log, stored, lacks_keys)
        # Whether the coordinator of the session sends deltas, pages and receipts.
        self._minimal = False
        self._chooses_traced = False
        # Between the start of a plan, or FellBehind, and CaughtUp, where deltas are sent.
        self._sync: SyncProgress | None = None
        self._scopes: Sequence[Scope] = ()
        # Goes with the next step.
        self._start: SyncStart | None = None
        # The position moved without a step.
        self._moved = False
        # The keyed state differed at the end of the last sync.
        self._state_differed = False
        self.is_caught_up = False
        self.received = 0
        """Operations handed over since the lane was attached."""
        self.duplicates = 0
        """Operations that came again since the lane was attached."""
        self._ignored_before = 0
        self.out_of_order = 0
        """Frames that did not follow on what the lane had since the agent was started."""

    @property
    def ignored(self) -> int:
        """Operations that came again since the agent was started."""
        return self._ignored_before + self.duplicates

    def present(self, applying: LaneStep | None) -> resume_pb2.LogResume | None:
        """What Hello says of the lane while a handler has a step; None for nothing."""
        return self._resume.present(applying)

    def expect(self, terms: SessionTerms) -> None:
        """Take over what to expect of the coordinator of the session that begins."""
        self._minimal = terms.deltas and self._log is not Log.TELEMETRY
        self._chooses_traced = terms.chooses_traced
        self._sums.expect(self._minimal and terms.drift, terms.drift_interval_ns)

    def plan_misfit(self, plan: resume_pb2.LogPlan) -> str | None:
        """Why the plan cannot be followed from what is committed; None if it can."""
        return self._resume.misfit(plan, self._minimal)

    def attach(self, plan: resume_pb2.LogPlan | None) -> None:
        """A stream is open for the lane, and follows the plan."""
        self._start = None
        self._sync = None
        if plan is not None and plan.HasField("start"):
            self._adopt(plan)
        self._acks.attach()
        self.is_caught_up = False
        self.received = 0
        self._ignored_before += self.duplicates
        self.duplicates = 0

    def detach(self) -> None:
        """The stream is gone."""
        self.is_caught_up = False
        self._sync = None

    def stand_at_committed(self) -> None:
        """Forget what was read and not committed."""
        self.position = self._resume.position
        self._start = None
        self._moved = False

    def frame(self, frame: session_pb2.DataResponse) -> LaneOutcome:
        """Read a frame; no handler has a step."""
        match frame.WhichOneof("frame"):
            case "delivery":
                return self._delivery(frame.delivery)
            case "caught_up":
                return self._caught_up(frame.caught_up.position)
            case "fell_behind":
                return self._fell_behind(frame.fell_behind)
            case "telemetry":
                return self._telemetry(frame.telemetry)
            case "snapshot":
                return self._page(frame.snapshot)
            case "receipt":
                if self._sync is not None:
                    self._sync.receipt = frame.receipt
            case "digest_query":
                return self._query(frame.digest_query)
            case "repair":
                return self._repair(frame.repair)
            # What else there may be is of a later version; what must not be missed would come as a
            # capability we did not ask for.
        self._turn.request()
        return None

    def applied(
        self, step: LaneStep, done: PreparedStep, attached: bool, applied_unix_ns: int
    ) -> LaneOutcome:
        """A step is committed; `applied_unix_ns` is when that was, by the agent's clock."""
        if self._log is not Log.TELEMETRY:
            before = self._resume.position
            self.position = step.to
            self._resume.commit(done)
            self._acks.applied(step, applied_unix_ns)
            if attached:
                inside_sync = self._sync is not None and not isinstance(step.content, Finished)
                self._acks.committed(step, done, before, inside_sync)
        if attached and self._sync is not None:
            self._sync.applied(done.redundant)
            if isinstance(step.content, Finished):
                return self._finished(self._sync, done)
        if isinstance(step.content, Repaired):
            return Mended(RepairReport.of(step.content.repair, done.batch))
        return None

    def sums_due(self) -> None:
        """The interval between two reports is over."""
        self._sums.elapsed()

    def report(self) -> None:
        """Report what is held, if that is due and was not done with an ack.

        No handler has a step.
        """
        stands, committed = self.position, self._resume.committed
        if self._sync is not None or stands is None or committed is None or not self._sums.is_due:
            return
        if self._sums.compares_state:
            self._hand(self._resume.op_id, self._after(stands), Compared())
        else:
            self._acks.report(committed, with_state=True)

    def flush(self) -> None:
        """Hand over a position that moved without operations; no handler has a step."""
        if self._moved and self.position is not None:
            self._hand(self._resume.op_id, self._after(self.position), Delivered(()))

    def _hand(self, from_op_id: int, after: resume_pb2.LogResume, content: Content) -> None:
        step = LaneStep(self._log, from_op_id, after, content, self._start)
        self._start = None
        self._moved = False
        self._turn.hand(step)

    def _delivery(self, delivery: delivery_pb2.Delivery) -> LaneOutcome:
        under = self._sync
        operations = list(delivery.operations)
        op_ids = [operation.op_id for operation in operations]
        why = misfit(delivery, op_ids, self.position, None if under is None else under.target)
        if why is not None:
            return self._does_not_follow(why)
        from_op_id = delivery.from_op_id if self.position is None else self.position.op_id
        to = delivery.to
        if under is not None:
            under.delivered(len(operations))
        seen = sum(op_id <= from_op_id for op_id in op_ids)
        fresh = operations[seen:] if seen else operations
        self.duplicates += seen
        if not fresh and not (delivery.skipped and to.op_id > from_op_id):
            stands = self._resume.position
            if stands is not None and is_same_history(stands, to) and operations:
                # Applied while the lane was detached: nothing else would acknowledge it on this
                # stream.
                self._acks.position(to if to.op_id <= stands.op_id else stands)
            self._move(to)
            self._turn.request()
            return None
        self.received += len(fresh)
        content = Delivered(
            fresh,
            delivery.skipped,
            delivery.from_op_id < from_op_id,
            TraceChoice.of(delivery) if self._chooses_traced else SAMPLED_TRACES,
        )
        self._hand(from_op_id, self._after(to), content)
        return None

    def _page(self, page: delivery_pb2.SnapshotPage) -> LaneOutcome:
        under = self._sync
        if under is None:
            return self._does_not_follow(
                "Expected keyed state within a sync, but got some after one"
            )
        why = under.page_misfit(page)
        if why is not None:
            return self._does_not_follow(why)
        operations = len(page.operations)
        under.paged(operations)
        if under.is_behind(page):
            self.duplicates += operations
            self._turn.request()
            return None
        self.received += operations
        after = under.advance(page)
        self._hand(page.position.op_id, after, Paged(page, under.pending))
        return None

    def _caught_up(self, at: position_pb2.Position) -> LaneOutcome:
        ending = self._sync
        if ending is None:
            if self.position is None or is_same_history(self.position, at):
                self._move(at)
            self.is_caught_up = True
            self._turn.request()
            return CaughtUp(None)
        why = ending.end_misfit(at)
        if why is not None or ending.receipt is None:
            return self._does_not_follow(str(why))
        self._hand(
            at.op_id if self.position is None else self.position.op_id,
            resume_pb2.LogResume(position=ending.target),
            Finished(ending.receipt, self._scopes),
        )
        return None

    def _finished(self, ended: SyncProgress, done: PreparedStep) -> LaneOutcome:
        """The end of a sync is committed."""
        report = ended.report(done.mismatches)
        self._sync = None
        # Where sums are looked at, those that go with the end of the sync lead to a repair.
        if done.state_differs and not self._state_differed and not self._sums.heals:
            self._state_differed = True
            # Hello carries the sums: the coordinator answers with a snapshot.
            return Resync(
                "Expected the keyed state of the receipt, but it differs: " + done.mismatches[0],
                report,
            )
        # A second time in a row it is told only: nothing would mend it.
        self._state_differed = done.state_differs
        self.is_caught_up = True
        return CaughtUp(report)

    def _query(self, query: drift_pb2.DigestQuery) -> LaneOutcome:
        stands, under = self.position, self._sync
        if not self._sums.accepted:
            self._turn.request()
            return None
        if stands is None or (under is not None and not under.may_be_asked(stands)):
            return self._does_not_follow(
                "Expected queries of digests between syncs and where a plan compares, "
                f"but query {query.query_id} came elsewhere"
            )
        self._hand(self._resume.op_id, self._after(stands), Queried(query, under is not None))
        return None

    def _repair(self, repair: drift_pb2.Repair) -> LaneOutcome:
        stands = self.position
        if not self._sums.accepted:
            self._turn.request()
            return None
        if self._sync is not None or stands is None:
            return self._does_not_follow(
                "Expected repairs between syncs, "
                f"but one of {repair_scope(repair)} came inside of one"
            )
        why = repair_misfit(repair, stands, self._scopes)
        if why is not None:
            return self._does_not_follow(why)
        self._hand(stands.op_id, self._after(stands), Repaired(repair))
        return None

    def _fell_behind(self, frame: delivery_pb2.FellBehind) -> LaneOutcome:
        stands = self.position
        if self._minimal and stands is not None:
            if self._sync is not None or not is_same(stands, frame.position):
                return self._does_not_follow(
                    f"Expected to fall behind at operation {stands.op_id} with no sync under way, "
                    f"but it was at {frame.position.op_id}"
                )
            self._sync = SyncProgress.fell_behind(stands, frame.head)
        if self._minimal and self._resume.lacks_keys:
            return Resync(
                "Expected every key that changed, since operations were refused, but the delta of "
                "a reader that fell behind leaves out those with the value they had"
            )
        self.is_caught_up = False
        self._turn.request()
        return FellBehind(frame.head)

    def _telemetry(self, delivery: delivery_pb2.TelemetryDelivery) -> LaneOutcome:
        operations = list(delivery.operations)
        if operations:
            self.received += len(operations)
            nowhere = resume_pb2.LogResume(position=position_pb2.Position(log=self._log.wire))
            traced = NO_TRACES if self._chooses_traced else SAMPLED_TRACES
            self._hand(0, nowhere, Delivered(operations, traced=traced))
        else:
            self._turn.request()
        return Dropped(delivery.dropped_count) if delivery.dropped_count else None

    def _does_not_follow(self, why: str) -> LaneOutcome:
        """The frame does not follow on what the lane has."""
        self.out_of_order += 1
        return Resync(why)

    def _move(self, to: position_pb2.Position) -> None:
        """Move the position without operations, and see to it that it is committed in a moment."""
        if self._log is Log.TELEMETRY or (
            self.position is not None and to.op_id <= self.position.op_id
        ):
            return
        self.position = to
        if not self._moved:
            self._moved = True
            self._output.start_timer(
                TimerKey(TimerKind.FLUSH, self._log),
                constants.SESSION_FLUSH_DELAY_MS * NS_PER_MS,
            )

    def _adopt(self, plan: resume_pb2.LogPlan) -> None:
        """Take the start of a plan over.

        A start in another history replaces the position; in the same one it can only move it over
        what is lost. With deltas, that is committed with the first step and not before. Where the
        history that the lane knows goes on under the name of another epoch, so does all that it
        counted.
        """
        stands, start_at = self.position, plan.start
        self._resume.adopt(plan)
        if stands is not None and is_shared(stands, plan):
            stands = self.position = renamed(stands, start_at.epoch)
        replaces = stands is not None and (
            not is_same_history(stands, start_at) or start_at.op_id > stands.op_id
        )
        if stands is None or replaces:
            stands = self.position = start_at
            if not self._minimal or (self._resume.committed is None and start_at.op_id == 0):
                self._resume.committed = resume_pb2.LogResume(position=start_at)
        if self._minimal:
            self._scopes = [Scope.from_message(scope) for scope in plan.scopes]
            self._sync = SyncProgress(plan, stands, self._resume.committed)
            self._start = SyncStart(self._scopes, replaces, self._sync.begins_snapshot)

    def _after(self, to: position_pb2.Position) -> resume_pb2.LogResume:
        """What is committed with a delivery up to a position."""
        return self._resume.after(to) if self._sync is None else self._sync.after(to)
