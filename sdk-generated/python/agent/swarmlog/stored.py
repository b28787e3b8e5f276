"""What an agent goes on from."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from swarmlog.cursor import AgentCursor, CursorStore, CursorStoreError, EffectStore
from swarmlog.names import Log, topic_named
from swarmlog.session.held_key import HeldKey
from swarmlog.session.held_state import StateSource
from swarmlog.session.lane_ledger import LaneLedger

T = TypeVar("T")

_LOG = logging.getLogger("swarmlog.agent")


@dataclass(frozen=True)
class Stored:
    """What an agent goes on from: its cursor, and the keys it holds."""

    cursor: AgentCursor
    keys: Iterable[HeldKey] | None
    """None: the store keeps none."""

    def ledgers(self, logs: Sequence[Log], state_of: StateSource | None) -> dict[Log, LaneLedger]:
        """What is held of each log; warns where the keys are not those of the cursor."""
        by_log: dict[Log, list[HeldKey]] = {log: [] for log in logs}
        for key in self.keys or ():
            of_log = by_log.get(topic_named(key.scope.topic).log)
            if of_log is not None:
                of_log.append(key)
        ledgers = {
            log: LaneLedger(self.cursor.resume(log), self.keys is not None, held, state_of)
            for log, held in by_log.items()
        }
        for ledger in ledgers.values():
            for scope in ledger.differing():
                _LOG.warning(
                    "Expected the keys that the cursor was saved with, but those of %s differ: "
                    "they are repaired from the log; look what changed the store",
                    scope,
                )
        return ledgers


def read(store: CursorStore | EffectStore, swarm: str, agent: str) -> Stored:
    """Read what a store has. CursorStoreError if that fails, or is another agent's."""
    cursor = _reading("the cursor", store.load).owned_by(swarm, agent)
    return Stored(cursor, _reading("the held keys", store.held_keys))


def _reading(what: str, read: Callable[[], T]) -> T:
    try:
        return read()
    except CursorStoreError:
        raise
    except Exception as e:
        raise CursorStoreError(f"Expected the store to load {what}, but it raised: {e!r}") from e
