"""What a lane has committed, and what Hello says of it."""

from __future__ import annotations

from collections.abc import Collection

from swarmlog.names import Log
from swarmlog.session.deliveries import (
    beginning,
    is_same,
    is_same_history,
    is_shared,
    renamed,
)
from swarmlog.session.digests import ZERO
from swarmlog.session.lane_step import LaneStep, PreparedStep
from swarmlog.session.scopes import Scope
from swarmlog.v1 import operation_pb2, position_pb2, resume_pb2


class ResumePoint:
    """What a lane has committed, and what Hello said of it.

    The coordinator selects what it sends by what Hello says the agent holds, and Hello says what
    is committed; but a step that a handler still has will be committed before anything of the new
    plan is applied. Waiting for the handler would hold up the other lanes, so:

    - While a handler has keyed operations, Hello says that it is not known what the agent holds of
      the keys from the cursor to the end of the step: a triple that is not exact. Then every key
      touched above the cursor comes with its newest operation. Those at or below the end of the
      step were applied by it (or left out, because the agent held that value), and are ignored as
      always; the others are right whatever the step did.
    - If the step was the first one of a snapshot, the plan knows nothing of that snapshot: the
      lane asks to connect once more (`misfit`). Later pages overlap instead: a page that lies
      behind is ignored, and any other replaces the same interval again.
    - While a handler has a repair, Hello says nothing of sums: those that are committed differ,
      and those behind the repair are not there yet. If it then refuses a key of it, the plan may
      leave that key out, because it has the value of the repair again: the lane asks to connect
      once more, too.
    - While the user's state lacks keys of operations that were refused, Hello says the same of the
      keys from the cursor on: a key that has the refused value again by then must come.
    - If the step was one of a delta that goes beyond where the epoch ended since, its operations
      were chosen by what is lost: a key may have been left out for a newer operation above the
      fork. The coordinator was told of the step only, and goes on at the fork: so the lane asks to
      connect once more, and then says how far the delta goes.
    - What a delivery skipped that began below the position cannot be told from what was counted:
      the event sums of those scopes are taken from the receipt.
    """

    def __init__(self, log: Log, stored: resume_pb2.LogResume | None, lacks_keys: bool) -> None:
        self._log = log
        self.committed = stored
        """What is committed; None before anything is."""
        self._renamed: resume_pb2.LogResume | None = None
        """The same, under the name of the epoch in which it goes on: a step of that epoch is one
        behind it. None where the name is as it was, or what was interrupted does not go on."""
        self._presented: resume_pb2.LogResume | None = None
        self.lacks_keys = lacks_keys
        """Whether the user's state lacks keys of operations that were refused."""

    def commit(self, done: PreparedStep) -> None:
        """Take a step over that is committed."""
        self.committed = done.after
        self._renamed = None
        self.lacks_keys = done.lacks

    def adopt(self, plan: resume_pb2.LogPlan) -> None:
        """Take over under which name the history goes on that a plan starts in."""
        stands, self._renamed = self.committed, None
        if (
            stands is not None
            and is_shared(stands.position, plan)
            and not stands.HasField("snapshot")
            and stands.triple.target_op_id <= plan.fork.op_id
        ):
            self._renamed = resume_pb2.LogResume()
            self._renamed.CopyFrom(stands)
            self._renamed.position.CopyFrom(renamed(stands.position, plan.start.epoch))

    @property
    def position(self) -> position_pb2.Position | None:
        """Where the lane stands; None if it has no position yet."""
        return None if self.committed is None else self.committed.position

    @property
    def op_id(self) -> int:
        """The last operation that is committed; 0 if there is none."""
        return 0 if self.committed is None else self.committed.position.op_id

    def present(self, applying: LaneStep | None) -> resume_pb2.LogResume | None:
        """What Hello says; None if there is nothing to say. A handler has the step, if any."""
        stands = self.committed
        if applying is not None and self._renamed is not None:
            stands = self._renamed
        if self._log is Log.TELEMETRY or stands is None:
            presented = None
        elif applying is not None and applying.delivers_keys:
            presented = _without_sums(uncertain(stands, applying.to))
        elif self.lacks_keys:
            presented = _without_sums(uncertain(stands, stands.position))
        elif applying is not None and applying.repairs:
            presented = _without_sums(stands)
        else:
            presented = as_presented(stands)
        self._presented = presented
        return presented

    def misfit(self, plan: resume_pb2.LogPlan, minimal: bool) -> str | None:
        """Why a plan that answers what was presented cannot be followed now; None if it can.

        `minimal`: the coordinator sends deltas and snapshots at all.
        """
        if self.committed is None or not self.committed.HasField("snapshot"):
            if minimal and self.lacks_keys and _says_what_is_held(self._presented):
                return (
                    f"Expected a plan of {self._log.label} for a state that lacks keys, "
                    "but it was made before they were refused"
                )
            return self._fork_misfit(plan)
        if not minimal:
            return (
                f"Expected a coordinator that finishes the snapshot of {self._log.label}, "
                "but this one sends none"
            )
        goes_on = self.committed.snapshot.position
        if self._presented is not None and is_same(self._presented.snapshot.position, goes_on):
            return None
        return (
            f"Expected a plan that goes on with the snapshot of {self._log.label}, "
            "but it was made before that began"
        )

    def _fork_misfit(self, plan: resume_pb2.LogPlan) -> str | None:
        """Why a plan cannot go on at a fork that the delta under way goes beyond."""
        stands, told, fork = self.committed, self._presented, plan.fork.op_id
        if (
            stands is None
            or not is_shared(stands.position, plan)
            or stands.triple.target_op_id <= fork
            or (told is not None and told.triple.target_op_id > fork)
        ):
            return None
        return (
            f"Expected a plan of {self._log.label} that knows of the delta to operation "
            f"{stands.triple.target_op_id}, which is lost behind {fork}, "
            "but it was made before that began"
        )

    def after(self, to: position_pb2.Position) -> resume_pb2.LogResume:
        """What is committed with a delivery of every operation up to a position, outside syncs."""
        after = resume_pb2.LogResume(position=to)
        if self.committed is not None and to.op_id < self.committed.triple.target_op_id:
            # Every operation comes instead of the rest of the delta: what is held in between is
            # unknown.
            after.triple.CopyFrom(self.committed.triple)
            after.triple.cursor_op_id = to.op_id
            after.triple.exact = False
        return after


def as_presented(stored: resume_pb2.LogResume) -> resume_pb2.LogResume:
    """What Hello says of a stored resume state.

    Sums only where nothing is interrupted and only what is known, and zero ones in full, since
    those are a claim too.
    """
    presented = _without_sums(stored)
    if _is_interrupted(stored):
        return presented
    zero = {Scope.from_message(scope): scope for scope in stored.scopes}
    for sums in stored.sums:
        zero.pop(Scope.from_message(sums.scope), None)
        if sums.event_hash:
            presented.sums.append(sums)
    presented.sums.extend(_zero(scope) for scope in zero.values())
    return presented


def reported(stored: resume_pb2.LogResume, with_state: bool) -> list[operation_pb2.ScopeSums]:
    """The sums that go with an ack of a resume state: of each scope held.

    Without state digest where its keys are not known, without event hash where its events are not.
    Empty where something is interrupted. `with_state` False: what is held of the keys could not be
    found out.
    """
    if _is_interrupted(stored):
        return []
    stated = {Scope.from_message(sums.scope): sums for sums in stored.sums}
    answer = []
    for scope in stored.scopes:
        sums = stated.get(Scope.from_message(scope)) or _zero(scope)
        if not with_state:
            whole, sums = sums, operation_pb2.ScopeSums()
            sums.CopyFrom(whole)
            sums.ClearField("state_digest")
        answer.append(sums)
    return answer


def uncertain(
    stands: resume_pb2.LogResume | None, to: position_pb2.Position
) -> resume_pb2.LogResume:
    """Say the same, but that it is not known what is held of some keys.

    Those are the keys of operations from there to a position, which may have taken effect or not.
    """
    if stands is None:
        return uncertain(resume_pb2.LogResume(position=beginning(to)), to)
    if stands.HasField("snapshot") or not is_same_history(stands.position, to):
        return stands  # Pages are replaced again.
    cursor = stands.position.op_id
    noted = _copy(stands)
    target = max(to.op_id, stands.triple.target_op_id)
    noted.triple.CopyFrom(
        resume_pb2.ResumeTriple(base_op_id=cursor, cursor_op_id=cursor, target_op_id=target)
    )
    return noted


def under_way(
    stands: resume_pb2.LogResume | None, after: resume_pb2.LogResume
) -> resume_pb2.LogResume:
    """What holds while a step may have taken effect or not.

    As `uncertain`, and without the scopes of which keys may be gone or replaced that would not
    come again. These are the scopes dropped from the view, since a later view may have them again;
    and every scope where pages of another snapshot or history come, since it is a coordinator that
    says whether the old one can be resumed.

    `after` is what is committed with the step; it names every scope of the view, as held or with
    sums.
    """
    noted = uncertain(stands, after.position)
    kept: set[Scope] = set()
    if not _is_replaced(noted, after):
        kept.update(map(Scope.from_message, after.scopes))
        kept.update(Scope.from_message(sums.scope) for sums in after.sums)
    return _keeping(noted, kept)


def within(
    stands: resume_pb2.LogResume, scopes: Collection[tuple[int, str, str]]
) -> resume_pb2.LogResume:
    """The same resume state, of a snapshot that is not in the middle of any scope but these."""
    snapshot = stands.snapshot
    if not snapshot.HasField("scope") or Scope.from_message(snapshot.scope) in scopes:
        return stands
    changed = _copy(stands)
    changed.snapshot.ClearField("scope")
    changed.snapshot.ClearField("last_key")
    return changed


def _says_what_is_held(presented: resume_pb2.LogResume | None) -> bool:
    """Whether a plan may leave out keys that have the value again that was presented as held."""
    return (
        presented is not None
        and not presented.HasField("snapshot")
        and (not presented.HasField("triple") or presented.triple.exact)
    )


def _is_interrupted(stored: resume_pb2.LogResume) -> bool:
    return stored.WhichOneof("interrupted") is not None


def _is_replaced(stands: resume_pb2.LogResume, after: resume_pb2.LogResume) -> bool:
    if stands.HasField("snapshot"):
        return after.HasField("snapshot") and not is_same(
            stands.snapshot.position, after.snapshot.position
        )
    return not is_same_history(stands.position, after.position)


def _keeping(stands: resume_pb2.LogResume, kept: Collection[Scope]) -> resume_pb2.LogResume:
    """Hold no scopes but these."""
    keeping = _copy(stands)
    held = [scope for scope in stands.scopes if Scope.from_message(scope) in kept]
    keeping.ClearField("scopes")
    keeping.scopes.extend(held)
    if stands.HasField("snapshot"):
        return within(keeping, kept)
    if not held and stands.scopes:
        # Without a snapshot it would mean that the agent does not say what it holds.
        keeping.snapshot.CopyFrom(resume_pb2.SnapshotResume(position=stands.position))
        return keeping
    for sums in keeping.sums:
        if Scope.from_message(sums.scope) not in kept:
            # A scope that is added to a delta has events from the target on, and not from here.
            sums.ClearField("event_count")
            sums.ClearField("event_hash")
    return keeping


def _copy(stands: resume_pb2.LogResume) -> resume_pb2.LogResume:
    copied = resume_pb2.LogResume()
    copied.CopyFrom(stands)
    return copied


def _without_sums(stands: resume_pb2.LogResume) -> resume_pb2.LogResume:
    copied = _copy(stands)
    copied.ClearField("sums")
    return copied


def _zero(scope: operation_pb2.Scope) -> operation_pb2.ScopeSums:
    return operation_pb2.ScopeSums(scope=scope, state_digest=ZERO, event_hash=ZERO)
