"""Where an agent stands, and how that is kept."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Protocol

from google.protobuf.message import DecodeError

from swarmlog.arguments import require_methods
from swarmlog.names import Log
from swarmlog.session.batch import Batch
from swarmlog.session.deliveries import is_keyed
from swarmlog.session.held_key import HeldKey
from swarmlog.session.lane_step import PreparedStep
from swarmlog.session.redelivery import is_redelivery
from swarmlog.session.resume_point import under_way
from swarmlog.session.scopes import Scope
from swarmlog.v1 import position_pb2, resume_pb2, session_pb2


class CursorStoreError(Exception):
    """A cursor cannot be read or written; the message says what to do."""


class AgentCursor:
    """Where an agent stands. Immutable.

    Of each log the last position durably applied, what was interrupted there, the scopes it holds
    and their sums; and the highest term it has seen. Stores keep it opaque, by `to_bytes`. It names
    its swarm and agent, so that a cursor cannot be taken for another agent's.
    """

    __slots__ = ("_agent", "_resumes", "_swarm", "highest_term")

    def __init__(
        self,
        resumes: Mapping[Log, resume_pb2.LogResume] | None = None,
        highest_term: int = 0,
        swarm: str = "",
        agent: str = "",
    ) -> None:
        """Make a cursor; without arguments that of an agent that has applied nothing."""
        # Never changed.
        self._resumes = dict(resumes or {})
        self.highest_term = highest_term
        """The highest term seen; 0 if none."""
        self._swarm = swarm
        self._agent = agent

    @staticmethod
    def from_bytes(stored: bytes) -> AgentCursor:
        """Read what `to_bytes` wrote. CursorStoreError if it is not a cursor."""
        try:
            form = session_pb2.Hello.FromString(stored)
        except DecodeError as e:
            raise CursorStoreError(
                "Expected the bytes of a cursor, but they do not parse: restore them, or start the "
                "agent with a fresh cursor"
            ) from e
        resumes = {Log(resume.position.log): resume for resume in form.resume}
        return AgentCursor(resumes, form.highest_term, form.swarm, form.agent)

    def to_bytes(self) -> bytes:
        """The stored form; any version of the SDK from this one on reads it."""
        # The part of Hello that it becomes. So what is stored is what is presented.
        form = session_pb2.Hello(
            swarm=self._swarm, agent=self._agent, highest_term=self.highest_term
        )
        form.resume.extend(self._resumes.values())
        return form.SerializeToString()

    def position(self, log: Log) -> position_pb2.Position | None:
        """Position in the log; None if nothing of it was applied."""
        resume = self._resumes.get(log)
        return None if resume is None else resume.position

    @property
    def positions(self) -> dict[Log, position_pb2.Position]:
        """All positions, by log."""
        return {log: resume.position for log, resume in self._resumes.items()}

    def resume(self, log: Log) -> resume_pb2.LogResume | None:
        """All there is of the log, not to be changed; None if nothing."""
        return self._resumes.get(log)

    def with_position(self, position: position_pb2.Position) -> AgentCursor:
        """The same cursor with another position in the position's log.

        And of that log nothing else: no sums, nothing interrupted.
        """
        return self.with_resume(resume_pb2.LogResume(position=position))

    def with_resume(self, resume: resume_pb2.LogResume, term: int = 0) -> AgentCursor:
        """The same cursor with another resume state of a log, and a term at least this high."""
        return AgentCursor(
            {**self._resumes, Log(resume.position.log): resume},
            max(term, self.highest_term),
            self._swarm,
            self._agent,
        )

    def owned_by(self, swarm: str, agent: str) -> AgentCursor:
        """The same cursor under a name. CursorStoreError if it is another agent's or swarm's."""
        if (self._swarm, self._agent) not in {("", ""), (swarm, agent)}:
            raise CursorStoreError(
                f"Expected the cursor of agent '{agent}' in swarm '{swarm}', but the store holds "
                f"that of agent '{self._agent}' in swarm '{self._swarm}': give each agent a store "
                "of its own"
            )
        return AgentCursor(self._resumes, self.highest_term, swarm, agent)

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, AgentCursor)
            and self.highest_term == other.highest_term
            and self._resumes == other._resumes
            and (self._swarm, self._agent) == (other._swarm, other._agent)
        )

    __hash__ = None  # type: ignore[assignment] # messages are not hashable

    def __repr__(self) -> str:
        stands = [f"{log.label}={p.op_id}" for log, p in self.positions.items()]
        return f"<AgentCursor {' '.join([*stands, f'term={self.highest_term}'])}>"


class CursorStore(Protocol):
    """Keeps an agent's cursor and its key index: which keys it holds, the digest of each value.

    Called by one thread at a time, not always the same. `save` returns when the cursor is as
    durable as the store makes it, and only then the agent acknowledges.

    Effects and cursor are two steps here: after a crash between them the handler sees the last
    batch again. A store that commits both in one step is an `EffectStore`.
    """

    def load(self) -> AgentCursor:
        """The cursor saved last, or an empty one. Called once, before the agent connects.

        CursorStoreError if there is one that cannot be read.
        """

    def held_keys(self) -> Iterable[HeldKey]:
        """The keys held with that cursor, in any order. Called once, after `load`."""

    def save(self, cursor: AgentCursor, changed: Sequence[HeldKey]) -> None:
        """Make the cursor the one to load, and change the held keys, both or neither.

        `changed` in order: the last one of a key counts, and one that `is_gone` is no longer held.
        CursorStoreError if that failed; the agent stops then.
        """

    def close(self) -> None:
        """Release what the store holds. The agent closes the store it was given."""


class EffectStore(Protocol):
    """A user's own store that commits an agent's effects and its cursor in one step.

    So that no crash can part them: each operation takes effect exactly once. Takes the place of
    handlers and `CursorStore`. Called on a thread of the agent's, one call at a time, whatever the
    lane.
    """

    def load(self) -> AgentCursor:
        """The cursor committed last, or an empty one. Called once, before the agent connects."""

    def held_keys(self) -> Iterable[HeldKey] | None:
        """The agent's key index as it was committed with the cursor, if the store keeps it.

        Of each key the last of `Batch.changed_keys` that is not `is_gone`. Called once, after
        `load`. With it the agent checks its keyed state, and names what a snapshot deletes.

        None: the store keeps none. Then events are checked only, and where keyed state is replaced
        the batch says so by `Batch.replaced`.
        """

    def apply(self, batch: Batch, after: AgentCursor) -> None:
        """Commit the effects of the batch and the cursor, both or neither, durably.

        The agent acknowledges when this returns. So too `Batch.changed_keys`, if the store keeps
        them. The batch may be without operations: then only the cursor moves. Telemetry moves no
        cursor. What it raises says that neither was committed; the failure policy decides what
        happens next.
        """

    def close(self) -> None:
        """Release what the store holds. The agent closes the store it was given."""


def require_cursor_store(given: object) -> None:
    """TypeError unless it is one."""
    methods = ("load", "held_keys", "save", "close")
    hint = "give FileCursorStore(directory), or SqliteCursorStore(file)"
    require_methods("a cursor store", given, methods, hint)


def require_effects(given: object) -> None:
    """TypeError unless it is an effect store."""
    methods = ("load", "held_keys", "apply", "close")
    require_methods("an effect store", given, methods, "give SqliteEffectStore(file, apply)")


class MemoryCursorStore:
    """Cursor and keys in memory: durable as long as the object.

    An agent that restarts with a fresh one applies the whole view of the log again. The default:
    right for agents that rebuild their state from the log, and for tests.
    """

    never_blocks = True
    """It may be called on the event loop."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._cursor = AgentCursor()
        self._keys: dict[Scope, dict[str, bytes]] = {}

    def load(self) -> AgentCursor:
        """The cursor saved last."""
        return self._cursor

    def held_keys(self) -> Collection[HeldKey]:
        """The keys held with it."""
        with self._lock:
            return list(all_keys(self._keys))

    def save(self, cursor: AgentCursor, changed: Sequence[HeldKey]) -> None:
        """Keep cursor and keys."""
        with self._lock:
            change_keys(self._keys, changed)
            self._cursor = cursor

    def close(self) -> None:
        """Nothing is held."""


def change_keys(keys: dict[Scope, dict[str, bytes]], changed: Iterable[HeldKey]) -> None:
    """Take changes over into keys, by scope."""
    for scope, key, value_digest in changed:
        of_scope = keys.setdefault(scope, {})
        if value_digest:
            of_scope[key] = value_digest
        else:
            of_scope.pop(key, None)


def all_keys(keys: Mapping[Scope, Mapping[str, bytes]]) -> Iterator[HeldKey]:
    """The keys of all scopes."""
    for scope, of_scope in keys.items():
        for key, value_digest in of_scope.items():
            yield HeldKey(scope, key, value_digest)


class CommittedCursor:
    """The cursor as it was last committed, and the only way to move it.

    Handlers of all lanes come here; the lock makes them one after the other, so that each commit
    holds the positions of all lanes.
    """

    def __init__(self, loaded: AgentCursor) -> None:
        self._lock = threading.Lock()
        self.cursor = loaded
        """Written under the lock, read by anyone."""
        self._closed = False

    def announce(self, step: PreparedStep, store: CursorStore) -> None:
        """Note that keyed operations of a step are about to take effect.

        Where effects and cursor are two commits. Without that, an agent that crashed between the
        two would resume as one that holds the old values; and a key that has its old value again by
        then would be left out of the delta, while the user holds the one in between. Or as one that
        holds a scope whole, of which the user has dropped half.
        """
        if not needs_announcement(step):
            return
        with self._opened():
            batch = step.batch
            noted = self.cursor.with_resume(under_way(self.cursor.resume(batch.log), step.after))
            store.save(noted, [key.unknown() for key in batch.changed_keys])
            self.cursor = noted

    def commit(self, step: PreparedStep, store: CursorStore) -> None:
        """Commit a step after its effects."""
        if step.batch.log is Log.TELEMETRY:
            return
        with self._opened():
            after = self._after(step)
            if self._changes(step, after):
                store.save(after, step.saved_keys)
                self.cursor = after

    def commit_with_effects(self, step: PreparedStep, batch: Batch, effects: EffectStore) -> None:
        """Commit a step together with its effects; `batch` is the step's, or what is left of it."""
        with self._opened():
            after = self._after(step)
            if batch.messages or self._changes(step, after):
                effects.apply(batch, after)
                self.cursor = after

    def close(self) -> None:
        """Wait for a commit under way; none begins any more."""
        with self._lock:
            self._closed = True

    @contextlib.contextmanager
    def _opened(self) -> Iterator[None]:
        with self._lock:
            if self._closed:
                raise CursorStoreError(
                    "Expected the agent to be open, but it was closed before its handler returned: "
                    "the operations will come again"
                )
            yield

    def _changes(self, step: PreparedStep, after: AgentCursor) -> bool:
        """The end of a sync of which nothing was missing changes nothing."""
        return bool(step.saved_keys) or bool(step.batch.replaced) or after != self.cursor

    def _after(self, step: PreparedStep) -> AgentCursor:
        if step.batch.log is Log.TELEMETRY:
            return self.cursor
        term = max((message.term for message in step.batch.messages), default=0)
        return self.cursor.with_resume(step.after, term)


def needs_announcement(step: PreparedStep) -> bool:
    """Whether keyed operations of the step are about to take effect."""
    batch = step.batch
    return batch.log is not Log.TELEMETRY and (
        bool(batch.replaced)
        or any(is_keyed(message) and not is_redelivery(message) for message in batch.messages)
    )
