"""What a lane applies and commits in one go, and what becomes of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import cast

from swarmlog.names import Log
from swarmlog.session.batch import Batch
from swarmlog.session.deliveries import is_keyed
from swarmlog.session.held_key import HeldKey, KeyInterval
from swarmlog.session.scopes import Scope
from swarmlog.v1 import (
    delivery_pb2,
    drift_pb2,
    operation_pb2,
    position_pb2,
    resume_pb2,
    session_pb2,
    sync_pb2,
)


@dataclass(frozen=True, slots=True)
class TraceChoice:
    """Which operations of a step are recorded as applied.

    Where the coordinator chooses, it is those it names, so that one broadcast does not become ten
    thousand spans; else those that are sampled.
    """

    coordinators: bool
    op_ids: frozenset[int] = frozenset()

    @staticmethod
    def of(delivery: delivery_pb2.Delivery) -> TraceChoice:
        """Of a delivery whose coordinator chooses."""
        chosen = delivery.traced_op_ids
        return TraceChoice(True, frozenset(chosen)) if chosen else NO_TRACES

    def takes(self, op_id: int, sampled: bool) -> bool:
        """Whether an operation that carries a valid trace context is recorded."""
        return op_id in self.op_ids if self.coordinators else sampled


SAMPLED_TRACES = TraceChoice(False)
"""Those that are sampled."""

NO_TRACES = TraceChoice(True)


@dataclass(frozen=True, slots=True)
class Delivered:
    """A run of the log.

    `partly_seen`: it began below the position: what it skipped cannot be told from what was counted
    before.
    """

    operations: Sequence[operation_pb2.Operation]
    skipped: Sequence[delivery_pb2.Skipped] = ()
    partly_seen: bool = False
    traced: TraceChoice = NO_TRACES


@dataclass(frozen=True, slots=True)
class Paged:
    """A run of the keyed state; `pending` are the scopes that are not complete yet behind it."""

    page: delivery_pb2.SnapshotPage
    pending: Sequence[Scope]


@dataclass(frozen=True, slots=True)
class Finished:
    """The end of a sync; `scopes` is the view, resolved: all of it is held now."""

    receipt: sync_pb2.SyncReceipt
    scopes: Sequence[Scope]


@dataclass(frozen=True, slots=True)
class Queried:
    """What is held is asked for: the answer goes with the prepared step.

    `inside_sync`: for a snapshot that compares first.
    """

    query: drift_pb2.DigestQuery
    inside_sync: bool


@dataclass(frozen=True, slots=True)
class Compared:
    """What the user holds is compared with the key index."""


@dataclass(frozen=True, slots=True)
class Repaired:
    """Some of what is held is replaced, outside of a sync."""

    repair: drift_pb2.Repair


Content = Delivered | Paged | Finished | Queried | Compared | Repaired


@dataclass(frozen=True, slots=True)
class SyncStart:
    """A sync begins."""

    scopes: Sequence[Scope]
    """The view, resolved: what the agent holds of other scopes it drops."""

    replaces: bool
    """The position is of another history, or events were lost: the sums mean nothing any more."""

    holds_nothing: bool
    """A snapshot begins: no scope is held until its pages have come."""


@dataclass(frozen=True, slots=True)
class LaneStep:
    """What a lane applies and commits in one go.

    Position and what is interrupted are in one message, so that they cannot be committed apart.
    """

    log: Log
    from_op_id: int
    """Where the lane stands before, exclusive."""

    resume: resume_pb2.LogResume
    """What is committed, without scopes and sums, which the ledger adds.

    Nothing but the log in telemetry.
    """

    content: Content
    start: SyncStart | None = None
    """Set on the first step of a session's sync."""

    @property
    def to(self) -> position_pb2.Position:
        """Where the lane stands afterwards."""
        return self.resume.position

    @property
    def delivers_keys(self) -> bool:
        """Whether it may change what is held of a key in the course of a delta or live."""
        return isinstance(self.content, Delivered) and any(map(is_keyed, self.content.operations))

    @property
    def repairs(self) -> bool:
        """Whether it is a repair."""
        return isinstance(self.content, Repaired)


@dataclass(frozen=True, slots=True)
class PreparedStep:
    """A step as it is handed to the user and committed."""

    batch: Batch
    after: resume_pb2.LogResume
    """What is committed."""

    made: frozenset[int] = frozenset()
    """Which of the operations, by index, are not of the log, but deletions that the agent makes."""

    redundant: int = 0
    """Keyed operations that changed nothing."""

    mismatches: Sequence[str] = ()
    """Where the agent's sums differ from the receipt's, in words."""

    state_differs: bool = False
    """One of them concerns the keyed state."""

    digests: drift_pb2.DigestReport | None = None
    """The answer to a query."""

    unread: Exception | None = None
    """Why the user's state could not be compared."""

    lacking: Sequence[HeldKey] = ()
    """The keys of which the user's state now lacks what the log has, or no longer does.

    Known once it is applied.
    """

    lacks: bool = False
    """Whether it lacks any of the lane; known once it is applied."""

    @property
    def saved_keys(self) -> Sequence[HeldKey]:
        """What is saved with the cursor, in order."""
        changed = self.batch.changed_keys
        return [*changed, *self.lacking] if self.lacking else changed

    def applied(self, lacking: Sequence[HeldKey], lacks: bool) -> PreparedStep:
        """The same, of which it is known now what the user's state has of it."""
        return replace(self, lacking=lacking, lacks=lacks)


@dataclass(slots=True)
class StepDraft:
    """What a step comes to, collected while the ledger prepares it.

    What the user gets, and what is found out.
    """

    operations: list[operation_pb2.Operation] = field(default_factory=list)
    made: set[int] = field(default_factory=set)
    changed: list[HeldKey] = field(default_factory=list)
    replaced: list[KeyInterval] = field(default_factory=list)
    redundant: int = 0
    mismatches: list[str] = field(default_factory=list)
    state_differs: bool = False
    digests: drift_pb2.DigestReport | None = None
    unread: Exception | None = None

    def delete(self, scope: Scope, key: str, at_op_id: int) -> None:
        """Adds a deletion that no operation of the log stands for."""
        self.made.add(len(self.operations))
        self.operations.append(
            operation_pb2.Operation(
                op_id=at_op_id,
                group_first=at_op_id,
                group_last=at_op_id,
                topic=cast("operation_pb2.Topic", scope.topic),
                target=scope.target(),
                operation_class=operation_pb2.OPERATION_CLASS_KEYED,
                key=key,
                key_existed=True,
                tombstone=True,
            )
        )
        self.changed.append(HeldKey(scope, key, b""))


@dataclass(frozen=True, slots=True)
class SessionTerms:
    """What the coordinator agreed to for one session."""

    deltas: bool
    """What comes is a minimal delta, else every operation that is missing."""

    drift: bool
    """What the agent holds is compared with the log."""

    drift_interval_ns: int
    """How often sums are looked at; 0 if only after repairs."""

    nacks: bool
    """Operations may be refused."""

    chooses_traced: bool
    """Deliveries say which operations are to be recorded."""

    @staticmethod
    def of(welcome: session_pb2.Welcome) -> SessionTerms:
        """Reads them."""
        accepted = welcome.capabilities
        return SessionTerms(
            deltas=bool(accepted & session_pb2.CAPABILITY_SYNC),
            drift=bool(accepted & session_pb2.CAPABILITY_DRIFT),
            drift_interval_ns=welcome.limits.drift_check_interval_ms * 1_000_000,
            nacks=bool(accepted & session_pb2.CAPABILITY_NACK),
            chooses_traced=welcome.chooses_traced,
        )
